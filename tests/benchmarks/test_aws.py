from collections import Counter
from typing import Any

import pytest

from benchmarks import prices
from benchmarks.aws_events import KINDS, event, measure
from benchmarks.aws_items import item_bytes, read_units, write_units
from benchmarks.aws_meter import Usage


def item(size: int = 0, **keys: str) -> dict[str, Any]:
    texts = {name: {"S": value} for name, value in keys.items()}
    return {**texts, "x": {"S": "y" * (size - 1 - item_bytes(texts))}} if size else texts


def test_the_size_of_an_item_is_names_and_values() -> None:
    assert item_bytes({"pk": {"S": "тент"}, "n": {"N": "-1234"}, "b": {"B": "AAAA"}}) == 2 + 8 + 1 + 3 + 1 + 3


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_reads_cost_a_unit_for_each_four_kibibytes_begun(size: int, units: int) -> None:
    assert read_units(size) == units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item(1024), 1),
        (None, item(1025), 2),
        (item(3000), item(10), 3),
        (None, item(10, status="open"), 2),
        (item(10, status="open"), item(10, status="open"), 1),
        (item(10, status="open"), item(10, status="done"), 3),
    ],
)
def test_writes_cost_units_in_table_and_index(before: Any, after: Any, units: int) -> None:
    assert write_units(before, after) == units


def test_the_cost_of_a_thousand_events_is_what_each_part_costs() -> None:
    nothing = event("x", 1, Usage(), outside_calls=0, messages=1).dollars
    used = Usage(Counter(GetItem=2, PutItem=1), queue_requests=3, write_units=40, read_units=50)
    parts = (
        3 * prices.QUEUE_REQUEST.dollars + 40 * prices.WRITE_UNIT.dollars + 50 * prices.READ_UNIT.dollars
    ) / 1000
    found = event("x", 1, used, outside_calls=0, messages=1)
    assert (found.writes, found.reads) == (1, 2)
    assert found.dollars - nothing == pytest.approx(parts, rel=0.05)


def test_all_kinds_are_counted_from_the_first_call_to_the_last() -> None:
    found = {event.kind: event for event in measure(lambda _text: None)}
    assert list(found) == [kind.name for kind in KINDS]
    assert {event.accept_calls for event in found.values()} == {1}
    assert {kind: (each.writes, each.reads, each.messages) for kind, each in found.items()} == {
        "missed call of a new client": (6, 5, 1),
        "missed call of a known client": (8, 5, 1),  # a task, and a timer: who calls back?
        "missed call, hidden number": (6, 4, 1),
        "lead": (6, 4, 1),
        "a webhook that came before": (0, 1, 1),
        "parcel arrived, with SMS": (14, 16, 2),
    }
