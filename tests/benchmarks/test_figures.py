import pytest

from benchmarks.figures import Spread, percentile, spread


@pytest.mark.parametrize(("percent", "found"), [(1, 10), (50, 20), (75, 30), (76, 40), (100, 40)])
def test_a_percentile_is_one_of_the_values(percent: float, found: float) -> None:
    assert percentile([10, 20, 30, 40], percent) == found


def test_one_value_is_every_percentile() -> None:
    assert percentile([7], 1) == percentile([7], 99) == 7


def test_a_spread_is_in_milliseconds() -> None:
    seconds = [number / 1000 for number in range(100, 0, -1)]
    assert spread(seconds) == Spread(samples=100, p50=50, p95=95, p99=99, max=100)


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing"):
        spread([])
