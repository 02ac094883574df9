"""What people entered, as documents: one for each year, as the periods' keys begin."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial

from pydantic import Field

from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents
from chalicelib.memory import Memory
from chalicelib.periods import KINDS, Period
from chalicelib.profit.entered import Row
from chalicelib.profit.formula import Indicator

MOST_KEYS = 100
"""Of one reading of documents: more years than there is a shop for."""

Change = Mapping[Indicator, Decimal | None]
"""New values of a period. None takes a value away; what is not there stays as it is."""


class EnteredYear(Memory):
    """The rows of a year, by the keys of their periods: at most 430, of eight values each."""

    rows: Mapping[str, Mapping[Indicator, Decimal]] = Field(default_factory=dict)

    def with_changes(self, changes: Mapping[Period, Change]) -> "EnteredYear":
        """After these changes; a row without values is gone."""
        rows = dict(self.rows)
        for period, change in changes.items():
            row = {**rows.pop(period.key, {}), **change}
            told = {indicator: value for indicator, value in row.items() if value is not None}
            if told:
                rows[period.key] = told
        return EnteredYear(rows=rows)


class EnteredBook:
    """What people entered."""

    def __init__(self, documents: Documents) -> None:
        """Keep it in these documents."""
        self._documents = documents

    def put(self, changes: Mapping[Period, Change]) -> None:
        """Write these changes, whoever else writes. Done again it changes nothing."""
        for year in sorted({_year(period) for period in changes}):
            of_year = {period: change for period, change in changes.items() if _year(period) == year}
            change_document(self._documents, _key(year), partial(_changed, of_year))

    def rows(self, first: date, last: date) -> dict[Period, Row]:
        """The rows that may say something of these days."""
        found: dict[Period, Row] = {}
        keys = [_key(year) for year in _years(first, last)]
        for document in self._documents.get_many(keys[:MOST_KEYS]).values():
            year = EnteredYear.model_validate(document.content)
            found |= {Period.parse(key): row for key, row in year.rows.items()}
        return found


def _changed(changes: Mapping[Period, Change], content: Content) -> Content:
    return EnteredYear.model_validate(content).with_changes(changes).content()


def _years(first: date, last: date) -> Iterable[str]:
    """A week may be of the year before, or after: as many as five days of it are."""
    ends = {_year(Period.containing(kind, day)) for kind in KINDS for day in (first, last)}
    return [f"{year:04}" for year in range(int(min(ends)), int(max(ends)) + 1)]


def _year(period: Period) -> str:
    return period.key[:4]


def _key(year: str) -> str:
    return f"profit-entered:{year}"
