"""What is due when, and which differences are none."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.reconciliation.settings import ReconciliationSettings

TOMSK = ZoneInfo("Asia/Tomsk")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 20, 20, 59, tzinfo=UTC), datetime(2026, 11, 19, 21, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 21, 0, tzinfo=UTC), datetime(2026, 11, 20, 21, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 4, 0, tzinfo=UTC), datetime(2026, 11, 20, 21, 0, tzinfo=UTC)),
    ],
)
def test_it_is_due_at_four_by_the_shops_clock(now: datetime, due: datetime) -> None:
    settings = ReconciliationSettings.model_validate({"at": "04:00"})
    assert settings.last_due(now, TOMSK) == due
    assert ReconciliationSettings(at="never").last_due(now, TOMSK) is None
