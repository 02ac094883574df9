import json
from datetime import UTC, date, datetime, timedelta

from chalicelib.crm.port import User
from chalicelib.engine.port import NothingStored
from chalicelib.events import MistakesMade
from chalicelib.memory import is_personal
from chalicelib.mistakes.memory import DayOfMistakes, Mistake, day_key
from chalicelib.mistakes.report import mistakes_of, names_of, table
from chalicelib.mistakes.settings import REQUIREMENTS

AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


def made(step_id: int, at: datetime = AT) -> MistakesMade:
    return MistakesMade(
        step_id=step_id,
        order_id=7,
        order_number="7A",
        status="agreed",
        user_id=1,
        rules=("phone", "address"),
        at=at,
    )


class Days(NothingStored):
    """What was kept of some days."""

    def __init__(self, days: dict[date, DayOfMistakes]) -> None:
        self._days = {day_key(day): memory.content() for day, memory in days.items()}

    def get(self, key: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 -- as there
        document = super().get(key)
        return type(document)(key, self._days.get(key, {}), 1)


def test_a_step_stands_in_its_day_once() -> None:
    day = DayOfMistakes().with_made(made(1)).with_made(made(2)).with_made(made(1))
    assert [mistake.step_id for mistake in day.made] == [1, 2]


def test_a_day_never_grows_too_large_to_be_stored() -> None:
    everything = (*REQUIREMENTS, "field:width")
    fields = made(0).model_dump(include=set(Mistake.model_fields)) | {"rules": everything}
    day = DayOfMistakes.model_validate({"made": [fields] * 1300})
    for step_id in range(1, 101):
        day = day.with_made(made(step_id).model_copy(update={"rules": everything}))
    assert 1300 < len(day.made) < 1400
    assert len(json.dumps(day.content())) < 400_000


def test_what_is_kept_of_people_goes_like_other_personal_data() -> None:
    assert is_personal(day_key(AT.date()))


def test_the_mistakes_of_some_days_are_read_oldest_first() -> None:
    today = AT.date()
    days = {
        today - timedelta(days=back): DayOfMistakes().with_made(made(back, AT - timedelta(days=back)))
        for back in range(4)
    }
    assert [mistake.step_id for mistake in mistakes_of(Days(days), today, 3)] == [2, 1, 0]


def test_a_table_has_who_broke_most_and_what_was_broken_most_first() -> None:
    rows = [(1, "phone"), (2, "address"), (2, "address"), (2, "phone"), (2, "address"), (None, "step")]
    names = names_of([User(id=2, name="Иван"), User(id=1)])
    assert table(rows, names, "programs") == [
        ["manager", "address", "phone", "step"],
        ["Иван", "3", "1", "0"],
        ["user 1", "0", "1", "0"],
        ["programs", "0", "0", "1"],
        ["all", "3", "2", "1"],
    ]
    assert table([], names, "programs") == []
