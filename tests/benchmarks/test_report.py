"""What a run's figures come to: bars, page, exit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks.aws_events import Event
from benchmarks.bars import at_least, at_most, judged
from benchmarks.burst import Burst
from benchmarks.checks import Look
from benchmarks.cold_start import WAYS, Row
from benchmarks.endpoints import Watch
from benchmarks.figures import Spread
from benchmarks.pages import Page
from benchmarks.report import page, summary
from benchmarks.results import Machine, Results, this_machine
from benchmarks.saturation import BARE, OURS, Crash, Saturation, Target
from benchmarks.steady import Load, Steady


def spread(milliseconds: float) -> Spread:
    return Spread(100, milliseconds, milliseconds, milliseconds, milliseconds)


def load(rate: int, accept: float, arrival: float) -> Load:
    return Load(rate, 60, rate * 60, rate * 60, 0, 0, spread(accept), spread(arrival), 5.0, 75.0)


RESULTS = Results(
    watch=Watch(1000, 50, 0.9, 11.0, 0.8, 50, 71.0),
    look=Look(10_000, 50, 100, 1, 50, 50, 0, 4.2, 5.5),
    began_at=datetime(2026, 11, 22, tzinfo=UTC),
    took_seconds=500,
    machine=Machine("EPYC", 2, 24, "Linux", "CPython 3.11.7", 0.1),
    start_seconds=0.4,
    steady=Steady(spread(2.0), 0.5, 70.0, 80.0, (load(10, 3.0, 20.0), load(50, 15.0, 102.0))),
    saturation=Saturation(
        connections=32,
        flush_ms=0.1,
        targets=(
            Target(OURS, 5000.0, (4000.0, 5000.0)),
            Target(BARE["insert"], 10_000.0, (5000.0, 10_000.0)),
            Target(BARE["insert-threads"], 7000.0, (8000.0, 6000.0)),
        ),
        share_of_insert=0.5,
        share_of_answer=0.1,
        peak_memory_mib=90.0,
        crash=Crash(100_000, 12_345, 0.6, 200.0, 150.0),
        accepted=25_000,
        lost=0,
        doubled=0,
    ),
    burst=Burst(300, 300, 0, 0, 112.0, 0.2, 900, 0, 3.0, 0.8, 0.99),
    pages=(
        Page("today", 70.0, spread(15.0), 7, 78.0),
        Page("journal", 80.0, spread(200.0), 9, 200.0),
        Page("effect", 900.0, spread(900.0), 1, 900.0),
    ),
    aws=(Event("missed call of a new client", 1, 9821, 3, 6, 12, 3, 3, 3, 1, 0.0215),),
    cold_start=tuple(
        Row(way.name, bytecode, 1.0, 50.0, 99.0, 2.5) for bytecode in (True, False) for way in WAYS
    ),
)


def missed(results: Results) -> list[str]:
    return [bar.name for bar in judged(results) if not bar.is_met]


def test_what_is_just_reached_is_met() -> None:
    assert missed(RESULTS) == []
    assert "MISSED" not in summary(RESULTS)


def test_what_is_not_reached_is_told_as_it_was_found() -> None:
    slow = replace(RESULTS, saturation=replace(RESULTS.saturation, share_of_insert=0.36))
    assert missed(slow) == ["saturation as a share of a bare durable insert's"]
    assert "| ≥ 50 % | 36 % | **missed** |" in page(slow)
    assert "MISSED" in summary(slow)


def test_arrival_is_judged_above_the_crms_own_latency() -> None:
    slow_crm = replace(RESULTS.steady, crm=spread(1.9))
    assert missed(replace(RESULTS, steady=slow_crm)) == [
        "accept → CRM above the CRM's own latency, p95, the worst rate"
    ]


@pytest.mark.parametrize("part", ["saturation", "burst"])
def test_a_lost_or_doubled_lead_breaks_the_promise(part: str) -> None:
    broken = replace(RESULTS, **{part: replace(getattr(RESULTS, part), lost=1, doubled=2)})
    assert RESULTS.broken_promises == 0
    assert broken.broken_promises == 3
    assert missed(broken) == ["accepted leads lost or doubled, all runs together"]


def test_bars_include_their_ends() -> None:
    assert at_most("x", 15, 15).is_met
    assert not at_most("x", 15.01, 15).is_met
    assert at_least("x", 50, 50).is_met
    assert not at_least("x", 49.9, 50).is_met


def test_the_page_has_the_figures_and_a_row_for_each_way() -> None:
    text = page(RESULTS)
    assert "12,345 leads wait" in text
    assert "| missed call of a new client | 1 | 3 | 6 (12) | 3 (3) | 3 | 9,821 | 0.0215 |" in text
    assert all(f"| {way.name} | 50 | 2.5 | 50 | 2.5 |" in text for way in WAYS)
    assert "| today | 70.0 | 15.0 | 15.0 | 7 | 78.0 |" in text
    assert "\n\n\n" not in text


def test_a_round_is_compared_with_its_own_faster_insert() -> None:
    assert RESULTS.saturation.shares_by_round == (0.5, 0.5)


def test_this_machine_is_known() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gib >= 1
    assert machine.python.startswith("CPython 3.")
