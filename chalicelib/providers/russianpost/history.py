"""What one parcel's operations say about each other: their order, and which came after a return was begun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.providers.russianpost.read import Operation

NAMES = ("OperTypeID", "OperCtgID", "DateOper", "IndexOper")
RETURN = "3/"

Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """An operation in its place.

    Attributes:
        operation: its attributes, as far as we read them.
        place: how many other operations of the same second stand before it in the answer.
        after: the return that was begun before it; empty if none was.
    """

    operation: Attributes
    place: int = 0
    after: str = ""


def steps_of(operations: Sequence[Attributes], zone: ZoneInfo) -> list[Step]:
    """A parcel's operations by their time; within a second in the answer's order, and each once.

    Those that cannot be read come last.
    """
    known: dict[tuple[str | None, ...], Attributes] = {}
    for attributes in operations:
        own = {name: attributes[name] for name in NAMES if name in attributes}
        known.setdefault(tuple(own.get(name) for name in NAMES), own)
    dated: list[tuple[datetime, str, Attributes]] = []
    unreadable: list[Step] = []
    for each in known.values():
        try:
            operation = Operation.model_validate(each)
            dated.append((operation.at(zone), operation.code, each))
        except (ValidationError, Unreadable):
            unreadable.append(Step(each))
    return [*_in_order(dated), *unreadable]


def _in_order(dated: Sequence[tuple[datetime, str, Attributes]]) -> list[Step]:
    steps: list[Step] = []
    second: datetime | None = None
    place = 0
    after = ""
    for at, code, attributes in sorted(dated, key=lambda each: each[0]):
        place = place + 1 if at == second else 0
        second = at
        is_return = code.startswith(RETURN)
        steps.append(Step(attributes, place, "" if is_return else after))
        after = code if is_return else after
    return steps
