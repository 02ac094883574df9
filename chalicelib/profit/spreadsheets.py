"""Periods and numbers as spreadsheets write them.

Whoever types ``2026-11-20`` or ``2026-10`` into a spreadsheet finds a date of its own there, which it saves
in the style of the machine's language.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.periods import Period
from chalicelib.profit.formula import Indicator
from chalicelib.profit.numbers import may_be_thousands

_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_MONTH = re.compile(r"([a-zа-я]{3})[.-](\d{2})", re.IGNORECASE)
_MONTHS = (
    ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)


def read_period(text: str) -> Period:
    """``2026-11-20``, ``2026-W47``, ``2026-11``; or what it became: ``20.11.2026``, ``ноя.26``, ``Nov-26``.

    Raises:
        ValueError: it is none of these.
    """
    if day := _DAY.fullmatch(text):
        return Period.parse("-".join(reversed(day.groups())))
    if (month := _MONTH.fullmatch(text)) and (number := _month_number(month[1].lower())):
        return Period.parse(f"20{month[2]}-{number:02}")
    return Period.parse(text)


def _month_number(name: str) -> int | None:
    return next((names.index(name) + 1 for names in _MONTHS if name in names), None)


@dataclass(frozen=True, slots=True)
class Style:
    """How spreadsheets of a language read a table.

    Attributes:
        delimiter: between two cells.
        point: between the whole and its parts.
    """

    delimiter: str
    point: str

    def number(self, indicator: Indicator, value: Decimal) -> str:
        """A number that reads as the same one; a share in percent."""
        if indicator is Indicator.C1:
            return f"{_plain(value * 100)}%".replace(".", self.point)
        text = _plain(value).replace(".", self.point)
        # 1,2340 has one meaning alone.
        return f"{text}0" if may_be_thousands(text) else text


STYLES = {"ru": Style(";", ","), "en": Style(",", ".")}


def _plain(value: Decimal) -> str:
    """Without an exponent, and without zeros at the end that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
