"""A look at many waiting parcels costs one request for each hundred, and memory within its bar."""

from pathlib import Path

import pytest

from benchmarks.checks import measure

BAR_MIB = 256


@pytest.mark.parametrize(("waiting", "due"), [(0, 0), (100, 1), (101, 3), (1_000, 50), (10_000, 50)])
def test_a_look_costs_one_read_for_each_hundred_and_one_write_for_each_due_task(
    tmp_path: Path, waiting: int, due: int
) -> None:
    look = measure(tmp_path, waiting, due)
    assert look.list_reads == max(1, -(-waiting // 100))
    assert look.other_reads <= 1
    assert (look.due, look.order_reads, look.tasks, look.told_again) == (due, due, due, 0)
    assert look.peak_mib <= BAR_MIB
