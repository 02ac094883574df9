from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.config_types import _duration, written
from chalicelib.hours import WorkingHours
from chalicelib.ladder_memory import LadderMemory, Stay
from chalicelib.ladders import WEEKDAYS, Ladders, highest_due

TOMSK = ZoneInfo("Asia/Tomsk")
FRIDAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""11:00 in Tomsk."""
DAY = timedelta(days=1)
STEPS = (5 * DAY, 10 * DAY)


@pytest.mark.parametrize(
    ("waits", "hours", "expected"),
    [
        (5 * DAY - timedelta(seconds=1), None, None),
        (5 * DAY, None, 5 * DAY),
        (10 * DAY - timedelta(seconds=1), None, 5 * DAY),
        (100 * DAY, None, 10 * DAY),
        (7 * DAY - timedelta(seconds=1), WEEKDAYS, None),
        (7 * DAY, WEEKDAYS, 5 * DAY),
        (14 * DAY, WEEKDAYS, 10 * DAY),
    ],
)
def test_only_the_highest_step_is_due(
    waits: timedelta, hours: WorkingHours | None, expected: timedelta | None
) -> None:
    assert highest_due(STEPS, FRIDAY, FRIDAY + waits, hours, TOMSK) == expected
    assert highest_due((), FRIDAY, FRIDAY + waits, hours, TOMSK) is None


@pytest.mark.parametrize("wrong", [["10d", "5d"], ["5d", "5d"], ["0d"], ["5 days"], "5d"])
def test_a_ladder_that_does_not_rise_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Ladders.model_validate({"stalled_pickup": wrong})


@given(st.integers(0, 10**9))
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert _duration(written(duration)) == duration


def test_an_order_waits_as_long_as_its_oldest_parcel() -> None:
    first = Stay(parcel="parcel:cdek:1", source="cdek", arrived_at=FRIDAY)
    second = Stay(parcel="parcel:cdek:2", source="cdek", arrived_at=FRIDAY + DAY)
    memory = LadderMemory().arrived(second).arrived(first)
    assert memory.waits_since(None) == FRIDAY
    memory = memory.left("parcel:cdek:1", FRIDAY + 2 * DAY)
    assert memory.waits_since(FRIDAY) == FRIDAY + DAY
    memory = memory.left("parcel:cdek:2", FRIDAY + 3 * DAY)
    assert memory.waits_since(FRIDAY) is None
    assert memory.waits_since(FRIDAY + 4 * DAY) == FRIDAY + 4 * DAY, "somebody said so later than the courier"
    assert memory.arrived(first).waits_since(None) == FRIDAY
