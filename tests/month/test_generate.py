import pytest

from tests.month.generate import MonthPlan


@pytest.mark.parametrize("days", range(1, 8))
def test_a_few_days_are_a_short_month(days: int) -> None:
    assert MonthPlan(seed=1, orders=5, days=days).happenings()
