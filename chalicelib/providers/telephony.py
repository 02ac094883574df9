"""What telephone companies' webhooks have in common."""

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

LONGEST_CALL = timedelta(days=2)
"""What is longer is a mistake, such as milliseconds taken for seconds."""

Seconds = Annotated[int, Field(ge=0, le=int(LONGEST_CALL.total_seconds()))]
"""The length of a call or of a part of it, where something depends on it."""


def _length(value: object) -> int | None:
    try:
        seconds = int(float(str(value)))
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= LONGEST_CALL.total_seconds() else None


Length = Annotated[int | None, BeforeValidator(_length)]
"""The same where nothing does: an absurd one is None. No client waits because it cannot be read."""

_EXTENSION = re.compile(r"[0-9]{2,5}", re.ASCII)


def is_extension(number: str) -> bool:
    """Whether this is an employee's extension, or a short number: no client either way."""
    return _EXTENSION.fullmatch(number.strip()) is not None


def talk_time(answered_at: datetime | None, ended_at: datetime | None) -> timedelta | None:
    """How long they talked; None if that is not told, or absurd."""
    if answered_at is None or ended_at is None:
        return None
    talked = ended_at - answered_at
    return talked if timedelta() <= talked <= LONGEST_CALL else None
