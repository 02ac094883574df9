"""Until when a client wants something, by what they write. A day on the shop's calendar."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple


class Found(NamedTuple):
    """A day that a text names.

    Attributes:
        span: where it stands in the text.
    """

    day: date
    span: tuple[int, int]


MONTHS = {
    "янв": 1,
    "фев": 2,
    "мар": 3,
    "апр": 4,
    "мая": 5,
    "май": 5,
    "июн": 6,
    "июл": 7,
    "авг": 8,
    "сен": 9,
    "окт": 10,
    "ноя": 11,
    "дек": 12,
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
"""By the first three letters."""

_RUSSIAN_MONTHS = (
    r"янв(?:аря|арь)?|фев(?:раля|раль)?|мар(?:та|т)?|апр(?:еля|ель)?|ма[яй]|июн[яь]?|июл[яь]?|авг(?:уста|уст)?"
    r"|сен(?:тября|тябрь|т)?|окт(?:ября|ябрь)?|ноя(?:бря|брь|б)?|дек(?:абря|абрь)?"
)
_ENGLISH_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
WEEKDAYS = {
    "понедельник": 0,
    "вторник": 1,
    "сред": 2,
    "четверг": 3,
    "пятниц": 4,
    "суббот": 5,
    "воскресень": 6,
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
}
NUMBERS = {
    "": 1,
    "пару": 2,
    "два": 2,
    "две": 2,
    "три": 3,
    "четыре": 4,
    "пять": 5,
    "шесть": 6,
    "семь": 7,
    "десять": 10,
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
}
DAYS_OF = {"д": 1, "н": 7, "м": 30, "ч": 0, "d": 1, "w": 7, "m": 30, "h": 0}
"""Days of a unit, by its first letter: ``день``, ``неделя``, ``месяц``, ``час``."""

FARTHEST = 300
"""Days. A day without a year that has passed is meant for the next one, unless that is so far away."""

LONGEST_SPAN = 366

Reading = Callable[[re.Match[str], date], date | None]


def deadline_in(text: str, today: date) -> Found | None:
    """The day that a text wants something by; None if it names none, or one that has passed.

    Of several, one that is said to be a limit wins ("до 5 декабря"), then the first one.

    Args:
        text: what the client wrote.
        today: when they wrote it, on the shop's calendar.
    """
    found = list(_all_in(text, today))
    limits = [one for one in found if LIMIT.search(text[: one.span[0]])]
    return min(limits or found, key=lambda one: one.span, default=None)


LIMIT = re.compile(
    r"(?:^|\W)(?:до|к|ко|не\s+позднее|не\s+позже|срок\w*|дедлайн|by|until|before|deadline)\W*$", re.IGNORECASE
)


def _all_in(text: str, today: date) -> Iterator[Found]:
    for pattern, day_of in PATTERNS:
        for match in pattern.finditer(text):
            day = day_of(match, today)
            if day is not None and day >= today:
                yield Found(day, match.span())


def _full_date(match: re.Match[str], today: date) -> date | None:
    year = int(match["year"])
    del today
    return _day(year if year >= 100 else 2000 + year, int(match["month"]), int(match["day"]))  # noqa: PLR2004 -- two digits or four


def _short_date(match: re.Match[str], today: date) -> date | None:
    return _next(int(match["month"]), int(match["day"]), today)


def _named_date(match: re.Match[str], today: date) -> date | None:
    month, day = MONTHS[match["month"][:3].lower()], int(match["day"])
    return _day(int(match["year"]), month, day) if match["year"] else _next(month, day, today)


def _weekday(match: re.Match[str], today: date) -> date:
    word = match["weekday"].lower()
    number = next(number for stem, number in WEEKDAYS.items() if word.startswith(stem))
    return today + timedelta(days=(number - today.weekday()) % 7)


def _span(match: re.Match[str], today: date) -> date | None:
    count = match["count"].strip().lower() if match["count"] else ""
    number = int(count) if count.isdecimal() else NUMBERS[count]
    days = number * DAYS_OF[match["unit"][0].lower()]
    return today + timedelta(days=days) if days <= LONGEST_SPAN else None


def _end(match: re.Match[str], today: date) -> date:
    if match["of"][0].lower() in "нw":
        return today + timedelta(days=6 - today.weekday())
    return today.replace(day=monthrange(today.year, today.month)[1])


def _in_days(days: int) -> Reading:
    return lambda _match, today: today + timedelta(days=days)


def _next(month: int, day: int, today: date) -> date | None:
    """This year's, or the next one's if it has passed."""
    this_year = _day(today.year, month, day)
    if this_year is not None and this_year >= today:
        return this_year
    next_year = _day(today.year + 1, month, day)
    return next_year if next_year is not None and (next_year - today).days <= FARTHEST else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_COUNT = rf"(?:(?P<count>\d{{1,3}}|{'|'.join(filter(None, NUMBERS))})\s*-?\s*)?"
_UNIT = (
    r"(?:рабоч\w+\s+)?(?P<unit>дн(?:я|ей|ь)|день|недел[юиь]\w*|месяц\w*|час\w*|days?|weeks?|months?|hours?)\b"
)
PATTERNS: tuple[tuple[re.Pattern[str], Reading], ...] = (
    (
        _pattern(
            r"(?<![\d.])(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>20\d\d|\d\d)(?![\d.]\d|\d)"
        ),
        _full_date,
    ),
    # Without a year it may be a size: a word before it must say that it is a day, or it stands alone.
    (
        _pattern(
            r"(?:(?<!\w)(?:до|к|ко|по|не\s+позднее|не\s+позже|срок\w*|дедлайн|by|until|before|deadline)[\s:–—-]*|^\s*)"
            r"(?P<day>\d{1,2})\.(?P<month>\d{2})(?!\s*(?:\.?\d|[мmсk]|к[гм]|%|руб|₽|[xх*×]))"
        ),
        _short_date,
    ),
    (
        _pattern(
            rf"(?<!\d)(?P<day>\d{{1,2}})(?:-?(?:го|ого|е|th|st|nd|rd))?\s+(?P<month>{_RUSSIAN_MONTHS}|{_ENGLISH_MONTHS})\b"
            r"\.?(?:,?\s+(?P<year>20\d\d))?"
        ),
        _named_date,
    ),
    (
        _pattern(
            rf"\b(?P<month>{_ENGLISH_MONTHS})\s+(?P<day>\d{{1,2}})(?:th|st|nd|rd)?\b(?:,?\s+(?P<year>20\d\d))?"
        ),
        _named_date,
    ),
    (
        _pattern(
            r"(?<!\w)(?:до|к|ко|в|во|на|by|until|before|on)\s+(?:след\w+\s+|эт\w+\s+|next\s+|this\s+)?"
            r"(?P<weekday>понедельник\w*|вторник\w*|сред[аыуе]|четверг\w*|пятниц\w+|суббот\w+|воскресень\w+"
            r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
        ),
        _weekday,
    ),
    (_pattern(rf"(?<!\w)(?:через|за|в\s+течени[еи]|in|within)\s+{_COUNT}{_UNIT}"), _span),
    (
        _pattern(r"(?<!\w)(?:до\s+конца|в\s+конце|end\s+of(?:\s+the)?)\s+(?P<of>недели|месяца|week|month)\b"),
        _end,
    ),
    (_pattern(r"\b(?:послезавтра|day\s+after\s+tomorrow)\b"), _in_days(2)),
    (_pattern(r"(?<!day\safter\s)\b(?:завтра|tomorrow)\b"), _in_days(1)),
    (
        _pattern(
            r"(?<!не\s)(?<!not\s)\b(?:сегодня|срочно|срочный|как\s+можно\s+(?:скорее|быстрее)|today|urgent(?:ly)?|asap)\b"
        ),
        _in_days(0),
    ),
)
"""How a day is named, and which one is meant."""
