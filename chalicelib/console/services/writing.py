"""Shares, times and days as who reads the page writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from math import floor
from zoneinfo import ZoneInfo

from chalicelib.books.moments import HOUR
from chalicelib.console.formats import MISSING, percent
from chalicelib.console.words import word, words_of
from chalicelib.texts.filters import Filter, filters


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one language, on the clock of a zone."""

    language: str
    zone: ZoneInfo

    def say(self, key: str, **values: object) -> str:
        """The words of a key of these pages."""
        return word(self.language, f"services.{key}", **values)

    def say_if_known(self, key: str) -> str:
        """The same, but empty if there are no words for it."""
        return str(words_of(self.language).get(f"services.{key}", ""))

    def share(self, share: float | None) -> str:
        """``99,95 %``; never more than it was, so that 100 % means without any trouble. ``–`` if unknown."""
        if share is None:
            return MISSING
        return percent(Decimal(floor(share * 10_000 + 1e-6)) / 100, self.language)

    def milliseconds(self, span: timedelta | None) -> str:
        """``184 ms``; ``–`` if unknown."""
        if span is None:
            return MISSING
        return self.say("milliseconds", count=f"{span / timedelta(milliseconds=1):.0f}")

    def day(self, day: date) -> str:
        """``20 Nov``."""
        return self._written("day", datetime.combine(day, time(12), self.zone))

    def hour(self, hour: datetime) -> str:
        """``20 Nov, 14:00–15:00``, of the hour that begins then."""
        begins, ends = (self._written("time", moment) for moment in (hour, hour + HOUR))
        return f"{self._written('day', hour)}, {begins}–{ends}"

    def duration(self, span: timedelta) -> str:
        """``3 h 5 min``."""
        return self._written("duration", span)

    def _written(self, name: str, value: object) -> str:
        return _writers(self.language, self.zone)[name](value)


@cache
def _writers(language: str, zone: ZoneInfo) -> Mapping[str, Filter]:
    """Made once: a page writes thousands of times and days."""
    return filters(language, zone)
