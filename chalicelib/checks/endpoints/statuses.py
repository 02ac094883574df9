"""Which HTTP statuses are right."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

FIRST_STATUS = 100
LAST_STATUS = 599

_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statuses:
    """Some statuses, as ranges whose both ends count."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, status: int) -> bool:
        return any(first <= status <= last for first, last in self.ranges)

    def __str__(self) -> str:
        return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ranges)


def parsed(value: object) -> object:
    """Read ``200``, ``"200-299"``, or a list of such.

    Raises:
        ValueError: names what is wrong, and the right form.
    """
    if isinstance(value, Statuses):
        return value
    parts = value if isinstance(value, list | tuple) else [value]
    if not parts:
        raise ValueError("an empty list: no answer would be right")
    return Statuses(tuple(_range(str(part)) for part in parts))


def _range(text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'{text!r} is no status; write it like 200, "200-299" or [200, 401]')
    first, last = int(found[1]), int(found[2] or found[1])
    if not FIRST_STATUS <= first <= last <= LAST_STATUS:
        raise ValueError(f"{text!r} is not within {FIRST_STATUS} and {LAST_STATUS}, the lower one first")
    return first, last


SUCCESS = Statuses(((200, 299),))
ANY = Statuses(((FIRST_STATUS, LAST_STATUS),))

ExpectedStatuses = Annotated[Statuses, BeforeValidator(parsed)]
"""Written as ``200``, ``"200-299"`` or ``[200, 401]``."""
