"""The shop whose month it is: its people, and what its shop file says, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from chalicelib import shopfile
from chalicelib.scenario.settings import Scenario
from chalicelib.settings import Shop
from chalicelib.validation import validate
from sandbox.production import PATH, SECRET
from tests.month.calendar import DAY, at, local
from tests.month.scenario import QUESTION_STATUS, READY_STATUS, SCENARIO
from tests.world import FAST_ENOUGH

BOSS = 2
FIRED = 3
"""A user of the CRM who is not active any more."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A manager.

    Attributes:
        user: of the CRM.
        days: from Monday, which is 0.
        absent: first and last days.
    """

    name: str
    user: int
    days: frozenset[int]
    opens: time
    closes: time
    absent: tuple[tuple[date, date], ...] = ()

    def is_absent(self, moment: datetime) -> bool:
        """Whether they do not work at all on this day."""
        return any(first <= local(moment).date() <= last for first, last in self.absent)

    def is_away(self, moment: datetime) -> bool:
        """Whether they do not work today, or on the next day on which they usually do."""
        back = replace(self, absent=()).next_at_work(moment)
        return self.is_absent(moment) or self.is_absent(back)

    def next_at_work(self, moment: datetime) -> datetime:
        """The moment itself if they are at work, else when they are again."""
        while True:
            here = local(moment)
            if not self.is_absent(moment) and here.weekday() in self.days:
                if here.time() < self.opens:
                    return at(here.date(), self.opens)
                if here.time() < self.closes:
                    return moment
            moment = at(here.date() + DAY, time())

    def is_at_work(self, moment: datetime) -> bool:
        """Whether they work at this moment."""
        return self.next_at_work(moment) == moment


ALL_WEEK = frozenset(range(7))
WORKERS = (
    Worker("Анна Смирнова", 1, ALL_WEEK, time(9), time(20), ((date(2026, 11, 28), date(2026, 12, 6)),)),
    Worker("Мария Орлова", 4, frozenset(range(5)), time(9), time(18), ((date(2026, 12, 10),) * 2,)),
    Worker("Олег Зайцев", 5, frozenset(range(1, 6)), time(10), time(20)),
    Worker("Дарья Лис", 6, ALL_WEEK, time(12), time(20), ((date(2026, 11, 23), date(2026, 11, 25)),)),
)
"""In the order of the shop file. On each day, somebody is there from nine to eight."""

DUTY_ROTA = ("Олег Зайцев", "Дарья Лис")
DUTY_SINCE, DUTY_EVERY = date(2026, 11, 23), timedelta(weeks=1)
DUTY_ON: Mapping[date, str] = {date(2026, 12, 4): "Мария Орлова"}
RULES: tuple[Mapping[str, Any], ...] = (
    {"region": "Омская область", "people": ["Мария Орлова", "Олег Зайцев"]},
    {"product": "Чехол", "people": ["Дарья Лис"]},
)
"""Who gets what belongs to nobody: by the shop file's ``[duty]`` and ``[[assignment.rules]]``."""

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

MAKING = ("send-to-assembling", "assembling")
MADE_STATUS = "assembling-complete"
QUESTION_FIELD, ANSWER_FIELD = "production_question", "production_answer"
PROMISED_FIELD = "production_promised"
ORDER_TEXTS: Mapping[str, str] = {
    "prepayed": "order_accepted",
    "assembling": "in_production",
    MADE_STATUS: "ready",
}
WORKSHOP: Mapping[str, Any] = {
    "provider": "production",
    "secret": SECRET,
    "answer_url": f"http://127.0.0.1:8001{PATH}",
}
PARCEL_STATUSES: Mapping[str, str] = {
    "in_transit": "delivering",
    "waiting": "arrived-in-pickup-point",
    "delivered": "complete",
    "returning": "return",
}
PICKUP_STEPS = (timedelta(days=5), timedelta(days=10))
LEAD_STEPS = (timedelta(minutes=15), timedelta(hours=1))
ESCALATE_AFTER = timedelta(minutes=30)


def worker(user: int | None) -> Worker | None:
    """Who has this user of the CRM."""
    return next((each for each in WORKERS if each.user == user), None)


def month_shop(choice: str) -> Shop:
    """The example shop with more people, and nothing that asks clients questions.

    Args:
        choice: of several who may get a task, as the shop file says it.
    """
    file = shopfile.load({})
    content: dict[str, Any] = {**file.content}
    content["crm"] = {
        **content["crm"],
        "requests_per_second": FAST_ENOUGH,
        "reserved_per_second": FAST_ENOUGH / 2,
        "parcel_statuses": dict(PARCEL_STATUSES),
    }
    content["messages"] = {"order_statuses": dict(ORDER_TEXTS)}
    content["people"] = [*map(_person, WORKERS), {**content["people"][1], "crm_user": BOSS}]
    # Each night looks at its own day alone; what is compared at the end are all days.
    content["reconciliation"] = {"days": 1}
    content["duty"] = {
        "rota": list(DUTY_ROTA),
        "since": DUTY_SINCE,
        "every": f"{DUTY_EVERY.days}d",
        "on": [{"days": day.isoformat(), "person": person} for day, person in DUTY_ON.items()],
    }
    content["sources"] = {**content["sources"], "workshop": dict(WORKSHOP)}
    content["production"] = {
        "question_field": QUESTION_FIELD,
        "answer_field": ANSWER_FIELD,
        "promised_field": PROMISED_FIELD,
        "question_status": QUESTION_STATUS,
        "making": list(MAKING),
        "next_status": MADE_STATUS,
    }
    content["assignment"] = {"choice": choice, "rules": [dict(rule) for rule in RULES]}
    content.pop("request_form")
    content.pop("endpoints")  # A month of rounds would ask the real network.
    scenario = Scenario.model_validate(SCENARIO)
    shop = validate(replace(file, content=content))
    # The example's scenario, by which it was checked, does not have this status.
    production = shop.production.model_copy(update={"ready_status": READY_STATUS})
    return shop.model_copy(update={"scenario": scenario, "production": production})


def _person(one: Worker) -> dict[str, Any]:
    days = ",".join(WEEK[day] for day in sorted(one.days))
    return {
        "name": one.name,
        "crm_user": one.user,
        "roles": ["manager"],
        "hours": f"{days} {one.opens:%H:%M}-{one.closes:%H:%M}",
        "absent": [f"{first}..{last}" for first, last in one.absent],
        "boss": "Иван Петров",
    }
