"""What was counted, as documents. None of them holds a name, a phone or an address, so that they stay."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from chalicelib.changing import replace_document
from chalicelib.engine.port import Documents
from chalicelib.periods import Kind, Period
from chalicelib.profit.counting import Counted, CountedDay, total
from chalicelib.profit.progress import Progress

PROGRESS_KEY = "profit-progress"
"""The document of :class:`Progress`."""

ROLLED_UP: tuple[Kind, ...] = ("week", "month")
MOST_KEYS = 100
"""Of one reading of documents."""


class CountedPeriod(Counted):
    """What the counted days of a period come to.

    Attributes:
        days: how many of its days are counted.
    """

    days: int = 0


class CountedBook:
    """What was counted of each day, and the weeks and months that these days make."""

    def __init__(self, documents: Documents) -> None:
        """Keep it in these documents."""
        self._documents = documents

    def progress(self) -> Progress:
        """How far the counting came."""
        return Progress.model_validate(self._documents.get(PROGRESS_KEY).content)

    def remember(self, progress: Progress) -> None:
        """Write down how far the counting came."""
        replace_document(self._documents, PROGRESS_KEY, progress.content())

    def put(self, days: Mapping[date, CountedDay]) -> None:
        """Write these days instead of what was known of them, then the weeks and months that they belong to.

        Done again it changes nothing. A crash in between is put right by counting the same days again.
        """
        for day, counted in days.items():
            self._write(_day_key(day), counted)
        touched = {Period.containing(kind, day) for kind in ROLLED_UP for day in days}
        for period in touched:
            self._write(_period_key(period), _rolled_up(self._days(period.days)))

    def periods(self, periods: Collection[Period]) -> dict[Period, CountedPeriod]:
        """What was counted of each of these; without those of which nothing was."""
        days = [period.first for period in periods if period.kind == "day"]
        found = {
            Period("day", day): _rolled_up([counted]) for day, counted in self._days_by_date(days).items()
        }
        keys = {_period_key(period): period for period in periods if period.kind != "day"}
        for key, content in self._contents(list(keys)).items():
            found[keys[key]] = CountedPeriod.model_validate(content)
        return found

    def _days(self, days: Sequence[date]) -> list[CountedDay]:
        return list(self._days_by_date(days).values())

    def _days_by_date(self, days: Sequence[date]) -> dict[date, CountedDay]:
        keys = {_day_key(day): day for day in days}
        return {
            keys[key]: CountedDay.model_validate(content)
            for key, content in self._contents(list(keys)).items()
        }

    def _contents(self, keys: Sequence[str]) -> dict[str, Mapping[str, object]]:
        """Of the documents that there are."""
        found: dict[str, Mapping[str, object]] = {}
        for first in range(0, len(keys), MOST_KEYS):
            documents = self._documents.get_many(keys[first : first + MOST_KEYS])
            found |= {key: document.content for key, document in documents.items() if document.content}
        return found

    def _write(self, key: str, memory: CountedDay | CountedPeriod) -> None:
        replace_document(self._documents, key, memory.content())


def _rolled_up(days: Sequence[CountedDay]) -> CountedPeriod:
    return CountedPeriod(**total(days).model_dump(), days=len(days))


def _day_key(day: date) -> str:
    return f"profit-day:{day.isoformat()}"


def _period_key(period: Period) -> str:
    return f"profit-{period.kind}:{period.key}"
