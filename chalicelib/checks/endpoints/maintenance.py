"""Maintenance windows: times in which trouble is expected, and nobody is told of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from chalicelib.hours import WorkingHours

_DATED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)\s*[-–]\s*(\d{4}-\d\d-\d\d \d\d:\d\d)", re.ASCII)
_RIGHT_FORM = 'write it like "Sun 02:00-04:00" or "2026-12-01 22:00 - 2026-12-02 06:00"'


@dataclass(frozen=True, slots=True)
class DatedWindow:
    """One stretch of time on the wall clock of the shop's zone.

    Attributes:
        begins: local, without a zone.
        ends: likewise, later.
    """

    begins: datetime
    ends: datetime

    def is_open(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Say whether the moment is within the window. The end itself is not."""
        return self.begins.replace(tzinfo=zone) <= moment < self.ends.replace(tzinfo=zone)


def parsed(value: object) -> object:
    """Read one window as the shop file writes it.

    Raises:
        ValueError: names what is wrong, and the right form.
    """
    if not isinstance(value, str):
        return value
    dated = _DATED.fullmatch(value.strip())
    if dated is None:
        try:
            return WorkingHours.parse(value)
        except ValueError:
            raise ValueError(f"{value!r} is no maintenance window; {_RIGHT_FORM}") from None
    try:
        begins, ends = (datetime.fromisoformat(text) for text in dated.groups())
    except ValueError:
        raise ValueError(f"{value!r} names a time that there is not") from None
    if begins >= ends:
        raise ValueError(f"{value!r} ends before it begins")
    return DatedWindow(begins, ends)


Window = Annotated[WorkingHours | DatedWindow, BeforeValidator(parsed)]
"""Written as ``Sun 02:00-04:00``, or as ``2026-12-01 22:00 - 2026-12-02 06:00``."""
