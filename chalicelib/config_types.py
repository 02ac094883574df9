"""Values as people write them in the shop file, with errors that say how."""

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field

DURATION_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    number, unit = value[:-1], value[-1:]
    if not number.isdecimal() or unit not in DURATION_UNITS:
        raise ValueError(f"{value!r} is no duration; write it like 90s, 15m, 24h or 30d")
    try:
        return timedelta(seconds=int(number) * DURATION_UNITS[unit])
    except OverflowError:
        raise ValueError(f"{value!r} is too long") from None


def written(duration: timedelta) -> str:
    """A duration as the shop file has it, in the largest unit that fits: ``5d``, ``36h``."""
    seconds = int(duration.total_seconds())
    for unit, length in reversed(DURATION_UNITS.items()):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    raise AssertionError("each duration is a whole number of seconds")


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone; write it like Asia/Tomsk") from None


Mode = Literal["act", "observe"]
"""``observe``: read, decide and write down, but change nothing outside."""

Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta())]
"""Written as ``90s``, ``15m``, ``24h`` or ``30d``."""

Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
"""Written as ``Asia/Tomsk``."""

Url = Annotated[str, BeforeValidator(lambda value: str(AnyHttpUrl(value)).rstrip("/"))]
"""``http`` or ``https``; a slash at the end does not matter."""


def _as_written(url: str) -> str:
    """A signature covers the very letters: another spelling of the host would be refused.

    But without a slash at the end: the gate adds what follows it.
    """
    AnyHttpUrl(url)
    if "?" in url or "#" in url:
        raise ValueError("write it without a query and without a fragment")
    return url.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(_as_written)]
"""A URL of ours as a third party calls and signs it, in its very letters."""


class Table(BaseModel):
    """A table of the shop file. Unknown keys are mistakes."""

    # Secrets are among the input, so an error must not show it.
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )
