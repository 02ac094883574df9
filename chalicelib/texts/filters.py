"""How times, money and counts are written in each language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from chalicelib.phones import readable

Filter = Callable[..., str]
LocalFormat = Callable[[datetime], str]

# strftime would ask the machine's locale.
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

BYTES_OF_UNIT = 1024


@dataclass(frozen=True, slots=True)
class Language:
    """What differs from language to language.

    Attributes:
        local_formats: filters for moments; they are given the local time.
        filters: all the others.
    """

    local_formats: Mapping[str, LocalFormat]
    filters: Mapping[str, Filter]


def filters(language: str, zone: ZoneInfo) -> dict[str, Filter]:
    """The filters of one language; moments are written on the clock of ``zone``."""
    chosen = LANGUAGES[language]
    return {
        "phone": readable,
        "one_line": one_line,
        "addressed_to": addressed_to,
        **chosen.filters,
        **{name: _at_home(write, zone) for name, write in chosen.local_formats.items()},
    }


def one_line(text: str) -> str:
    """What a client typed, fit for the middle of a sentence."""
    return " ".join(text.split())


def addressed_to(text: str, name: str) -> str:
    """``Ольга, заказ принят``; ``Заказ принят`` if the name is not known."""
    return f"{one_line(name)}, {text}" if name.strip() else text[:1].upper() + text[1:]


def plural_russian(count: int, one: str, few: str, many: str) -> str:
    """1, 21, 31 звонок; 2–4, 22 звонка; 0, 5–20, 25 звонков."""
    if count % 10 == 1 and count % 100 != 11:  # noqa: PLR2004 -- the rule is made of these numbers
        return one
    if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
        return few
    return many


def plural_english(count: int, one: str, many: str) -> str:
    """1 call; 0, 2, 21 calls."""
    return one if count == 1 else many


def money_russian(amount: Decimal) -> str:
    """``4 990 ₽``; kopecks only where there are any.

    With plain spaces: what we sent can be searched for as anybody would type it, and a non-breaking
    space is one more character that GSM-7 doesn't have.
    """
    return _grouped(amount).replace(",", " ").replace(".", ",") + " ₽"


def money_english(amount: Decimal) -> str:
    """``4,990 RUB``: the sign of the rouble alone would double the price of an English SMS."""
    return _grouped(amount) + " RUB"


def _grouped(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}".removesuffix(".00")


def _file_size(units: tuple[str, str, str], point: str) -> Filter:
    """``1,2 МБ``; what is smaller than a unit of its own in whole ones: ``340 КБ``."""

    def written(size: int) -> str:
        if size >= BYTES_OF_UNIT**2:
            return f"{size / BYTES_OF_UNIT**2:.1f} {units[2]}".replace(".", point)
        return f"{size // BYTES_OF_UNIT} {units[1]}" if size >= BYTES_OF_UNIT else f"{size} {units[0]}"

    return written


def _duration(units: tuple[str, str, str, str]) -> Filter:
    """The two largest units: ``2 d 4 h``, ``3 h 5 min``, ``40 s``."""

    def written(span: timedelta) -> str:
        seconds = int(span.total_seconds())
        counts = (seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
        first = next((place for place, count in enumerate(counts) if count), 3)
        parts = zip(counts[first : first + 2], units[first : first + 2], strict=True)
        return " ".join(f"{count} {unit}" for count, unit in parts if count) or f"0 {units[-1]}"

    return written


def _at_home(write: LocalFormat, zone: ZoneInfo) -> Filter:
    def written(moment: datetime) -> str:
        if moment.utcoffset() is None:
            raise ValueError(f"{moment} has no time zone")
        return write(moment.astimezone(zone))

    return written


def _clock(local: datetime) -> str:
    return f"{local:%H:%M}"


def _english_day(local: datetime) -> str:
    return f"{local.day} {ENGLISH_MONTHS[local.month - 1]}"


RUSSIAN = Language(
    local_formats={
        "time": _clock,
        "day": lambda local: f"{local:%d.%m}",
        "date": lambda local: f"{local:%d.%m}.{local.year}",
        "moment": lambda local: f"{local:%d.%m} в {local:%H:%M}",
    },
    filters={
        "plural": plural_russian,
        "money": money_russian,
        "duration": _duration(("дн.", "ч", "мин", "с")),
        "file_size": _file_size(("Б", "КБ", "МБ"), ","),
    },
)
ENGLISH = Language(
    local_formats={
        "time": _clock,
        "day": _english_day,
        "date": lambda local: f"{_english_day(local)} {local.year}",
        "moment": lambda local: f"{_english_day(local)}, {_clock(local)}",
    },
    filters={
        "plural": plural_english,
        "money": money_english,
        "duration": _duration(("d", "h", "min", "s")),
        "file_size": _file_size(("B", "KB", "MB"), "."),
    },
)
LANGUAGES = {"ru": RUSSIAN, "en": ENGLISH}
