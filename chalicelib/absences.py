"""Days on which somebody does not work, as people write them in the shop file."""

from datetime import date, timedelta
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, PlainSerializer

LONGEST = timedelta(days=1000)
_RIGHT_FORM = 'write it like "2026-12-28..2027-01-08", or one day alone'


class Days(NamedTuple):
    """From the first day to the last one, both included."""

    first: date
    last: date


def _days(value: object) -> Days:
    if isinstance(value, Days):
        return value
    first_text, dots, last_text = str(value).partition("..")
    try:
        first = date.fromisoformat(first_text.strip())
        last = date.fromisoformat(last_text.strip()) if dots else first
    except ValueError:
        raise ValueError(f"{str(value)!r} is no day and no span of days: {_RIGHT_FORM}") from None
    if last < first:
        raise ValueError(f"{str(value)!r} ends before it begins: {_RIGHT_FORM}")
    if last - first > LONGEST:
        raise ValueError(f"{str(value)!r} is very long: take out who has left the shop")
    return Days(first, last)


Absence = Annotated[
    Days, BeforeValidator(_days), PlainSerializer(lambda days: f"{days.first}..{days.last}", return_type=str)
]
"""Written as ``2026-12-28..2027-01-08``, or as one day; a date of the TOML file is a day, too."""
