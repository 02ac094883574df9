import os

from benchmarks.process_stats import TICKS_PER_SECOND, cpu_seconds, cpu_seconds_in, memory, memory_in


def test_cpu_time_whatever_the_program_is_called() -> None:
    stat = (
        f"42 (a) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 {3 * TICKS_PER_SECOND} {TICKS_PER_SECOND} 7 7 20 0 1"
    )
    assert cpu_seconds_in(stat) == 4


def test_memory_in_mebibytes() -> None:
    found = memory_in("Name:\tx\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t1\n")
    assert (found.now, found.peak) == (100, 200)


def test_our_own_process_has_both() -> None:
    assert cpu_seconds(os.getpid()) > 0
    assert 1 < memory(os.getpid()).now <= memory(os.getpid()).peak
