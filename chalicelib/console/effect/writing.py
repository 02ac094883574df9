"""Values and periods of the page in the reader's language."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from chalicelib.books.moments import midnight
from chalicelib.console import charts
from chalicelib.console.effect.figures import Kind, Value
from chalicelib.console.formats import MISSING, short_month, whole_percent
from chalicelib.console.words import word
from chalicelib.periods import Period
from chalicelib.texts.filters import filters

MINUTE = 60
SHARE_STEPS = (0.01, 0.02, 0.05, 0.1, 0.25)


class Writer:
    """Writes values and periods in the reader's language."""

    def __init__(self, zone: ZoneInfo, language: str) -> None:
        """Write days of this zone in this language."""
        self._language = language
        self._zone = zone
        self._duration, self._day = (filters(language, zone)[name] for name in ("duration", "day"))

    def measure(self, kind: Kind) -> charts.Measure:
        """How values of this kind are written and divided."""
        return {
            Kind.COUNT: charts.COUNT,
            Kind.SHARE: charts.Measure(self._percent, steps=SHARE_STEPS),
            Kind.DURATION: charts.Measure(self._span, steps=charts.DURATION_STEPS),
        }[kind]

    def value(self, value: Value, kind: Kind) -> str:
        """A value for a person; a dash for none."""
        return MISSING if value is None else self.measure(kind).say(value)

    def period(self, period: Period) -> str:
        """A day and a week by the date on which they begin, a month by its name."""
        first = period.first
        if period.kind == "month":
            return f"{short_month(first, self._language)} {first:%y}"
        return self._day(midnight(first, self._zone))

    def word(self, key: str, **values: object) -> str:
        """A word of the page."""
        return word(self._language, f"effect.{key}", **values)

    def _percent(self, share: float) -> str:
        return whole_percent(share, self._language)

    def _span(self, seconds: float) -> str:
        # To the minute: what the books keep is no more exact than that.
        rounded = seconds if seconds < MINUTE else round(seconds / MINUTE) * MINUTE
        return self._duration(timedelta(seconds=rounded)) if seconds else "0"
