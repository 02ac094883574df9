"""The benchmark of the stock counts what it says."""

from pathlib import Path

from benchmarks import stock


def test_a_small_stock_is_compared(tmp_path: Path) -> None:
    first, second = stock.measure(tmp_path, offers=400, different=10)
    assert (first.reports, first.crm_reads, first.crm_writes) == (6, 5, 2)
    assert (second.reports, second.crm_reads, second.crm_writes) == (6, 5, 1)
