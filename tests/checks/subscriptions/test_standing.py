"""When something ends, and which step is due: without any store or network."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.checks.subscriptions.memory import ProbeMemory, Renewal, probe_key, renewal_key
from chalicelib.checks.subscriptions.settings import Balance, Dated, Domain, Subscription
from chalicelib.checks.subscriptions.standing import Standing, calendar, money_step, standing_of
from chalicelib.engine.port import Document
from chalicelib.ladders import Ladders
from tests.checks.subscriptions.outside import NAME, SUBSCRIPTIONS, dated, domain, money

TOMSK = ZoneInfo("Asia/Tomsk")
NEW_YORK = ZoneInfo("America/New_York")
LADDERS = Ladders()
START = datetime(2026, 11, 1, tzinfo=UTC)


def one(table: Mapping[str, Any]) -> Subscription:
    return SUBSCRIPTIONS.validate_python([table])[0]


def standing(
    table: Mapping[str, Any], zone: ZoneInfo = TOMSK, memory: ProbeMemory | Renewal | None = None
) -> Standing:
    """How it stands if this is what we remember of it."""
    subscription = one(table)
    key = renewal_key(NAME) if isinstance(subscription, Dated) else probe_key(subscription)
    content = {} if memory is None else memory.content()
    return standing_of(subscription, lambda asked: Document(asked, content if asked == key else {}, 1), zone)


def local(text: str, zone: ZoneInfo = TOMSK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "days_left", "step"),
    [
        ("2027-01-29T23:59", 31, None),
        ("2027-01-30T00:00", 30, 30),
        ("2027-02-14T23:59", 15, 30),
        ("2027-02-15T00:00", 14, 14),
        ("2027-02-22T00:00", 7, 7),
        ("2027-02-26T00:00", 3, 3),
        ("2027-02-27T23:59", 2, 3),
        ("2027-02-28T00:00", 1, 1),
        ("2027-03-01T23:59", 0, 1),
        ("2027-03-02T00:00", -1, 0),
        ("2027-06-01T00:00", -92, 0),
    ],
)
@pytest.mark.parametrize("zone", [TOMSK, NEW_YORK])
def test_days_are_counted_on_the_shops_clock_until_the_end_of_the_last_one(
    moment: str, days_left: int, step: int | None, zone: ZoneInfo
) -> None:
    found = standing(dated("2027-03-01"), zone)
    now = local(moment, zone)
    assert found.last_day(zone) == date(2027, 3, 1)
    assert found.days_left(now, zone) == days_left
    assert found.due_step(LADDERS, now, zone) == step


@pytest.mark.parametrize(
    ("renewed", "until", "origin"),
    [
        ("2028-03-01", date(2028, 3, 1), "renewed"),
        ("2027-03-01", date(2027, 3, 1), "file"),
        ("2026-03-01", date(2027, 3, 1), "file"),
        (None, date(2027, 3, 1), "file"),
    ],
)
def test_the_later_word_counts(renewed: str | None, until: date, origin: str) -> None:
    found = standing(dated("2027-03-01"), memory=Renewal.model_validate({"until": renewed}))
    assert (found.last_day(TOMSK), found.origin, found.period) == (until, origin, until.isoformat())


def test_what_a_probe_found_counts_to_the_second() -> None:
    memory = ProbeMemory().found_end(datetime(2027, 3, 1, 10, 0, tzinfo=UTC), START)
    found = standing(domain(), memory=memory)
    assert found.last_day(TOMSK) == date(2027, 3, 1)
    assert found.due_step(LADDERS, datetime(2027, 3, 1, 9, 59, tzinfo=UTC), TOMSK) == 1
    assert found.due_step(LADDERS, datetime(2027, 3, 1, 10, 0, tzinfo=UTC), TOMSK) == 0


def test_a_failing_probe_lets_nothing_pass_for_ended() -> None:
    memory = ProbeMemory().found_end(START, START - timedelta(days=2)).failed("no answer", START)
    found = standing(domain(), memory=memory)
    assert found.problem == "no answer"
    assert found.due_step(LADDERS, START - timedelta(hours=1), TOMSK) == 1
    assert found.due_step(LADDERS, START + timedelta(hours=1), TOMSK) is None


def test_nothing_is_due_before_a_probe_has_found_anything() -> None:
    for table in (domain(), money(threshold=100)):
        found = standing(table)
        assert (found.origin, found.ends_at) == ("unknown", None)
        assert found.due_step(LADDERS, START, TOMSK) is None


def test_another_thing_to_probe_is_not_taken_for_the_old_one() -> None:
    old, new = one(domain("old.example")), one(domain("new.example"))
    assert isinstance(old, Domain)
    assert isinstance(new, Domain)
    assert probe_key(old) != probe_key(new)


def test_the_calendar_begins_with_what_ends_first() -> None:
    tables = [
        domain(),
        {**dated("2027-03-01"), "name": "b"},
        {**dated("2027-03-01"), "name": "a"},
        dated("2026-12-01"),
    ]
    found = calendar(SUBSCRIPTIONS.validate_python(tables), lambda key: Document(key, {}, 0), TOMSK)
    assert [each.subscription.name for each in found] == [NAME, "a", "b", "Домен"]


# Money


def spending(*amounts: float, every: timedelta = timedelta(days=1)) -> ProbeMemory:
    """An account with these amounts, one after the other."""
    memory = ProbeMemory()
    for number, amount in enumerate(amounts):
        memory = memory.found_money(Decimal(str(amount)), "RUB", START + number * every)
    return memory


def test_burn_is_what_goes_in_a_day() -> None:
    memory = spending(1000, 990, 970, 970, 950, 940, 930, 920)
    assert memory.spent_a_day == Decimal(80) / 7
    assert memory.spent_at == START + timedelta(days=7) + timedelta(days=920 / (80 / 7))


def test_burn_is_not_told_before_a_week_has_passed_nor_where_nothing_goes() -> None:
    assert spending(1000, 900, 800, 700, 600, 500, 400).spent_a_day is None
    assert spending(*[1000] * 20).spent_at is None
    assert ProbeMemory().spent_at is None


def test_a_time_in_which_money_came_in_is_left_out_of_the_burn() -> None:
    memory = spending(1000, 990, 980, 970, 5000, 4990, 4980, 4970, 4960)
    assert memory.spent_a_day == 10


def test_only_a_month_is_remembered_and_two_readings_a_day() -> None:
    memory = spending(*range(5000, 0, -1), every=timedelta(hours=1))
    assert len(memory.readings) <= 61
    assert memory.spent_a_day == 24
    assert memory.reading is not None
    assert memory.reading.amount == 1


@pytest.mark.parametrize(
    ("fields", "amount", "days", "step"),
    [
        ({"threshold": 500}, 500, None, None),
        ({"threshold": 500}, 499.99, None, 3),
        ({"threshold": 500}, 0, None, 0),
        ({"threshold": 0}, 0.01, None, None),
        ({"days_left": "14d"}, 500, None, None),
        ({"days_left": "14d"}, 500, 15, None),
        ({"days_left": "14d"}, 500, 14, 14),
        ({"days_left": "14d"}, 500, 6, 7),
        ({"days_left": "10d"}, 500, 9, 10),
        ({"days_left": "14d"}, -5, 30, 0),
        ({"days_left": "14d", "threshold": 600}, 500, 6, 3),
        ({"days_left": "14d", "threshold": 600}, 500, 0.5, 1),
        ({"threshold": 100}, 500, 2, None),
    ],
)
def test_money_is_low_below_its_threshold_or_when_it_lasts_too_short(
    fields: Mapping[str, Any], amount: float, days: float | None, step: int | None
) -> None:
    subscription = one(money(**fields))
    assert isinstance(subscription, Balance)
    spent_at = None if days is None else START + timedelta(days=days)
    assert money_step(subscription, Decimal(str(amount)), spent_at, LADDERS, START) == step


def test_money_is_enough_again_only_when_there_is_more_than_when_it_became_low() -> None:
    memory = spending(499).judged(is_low=True)
    since = memory.low
    assert since is not None
    later = memory.found_money(Decimal(400), "RUB", START + timedelta(days=1))
    assert later.judged(is_low=True).low == since
    assert later.judged(is_low=False).low == since
    filled = later.found_money(Decimal(900), "RUB", START + timedelta(days=2))
    assert filled.judged(is_low=False).low is None
