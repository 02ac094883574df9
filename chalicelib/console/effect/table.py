"""All figures of the page as a table for spreadsheets. Pure."""

import csv
import io
from collections.abc import Sequence

from chalicelib.console.effect.figures import Figure, Kind, Value
from chalicelib.console.effect.sections import sections
from chalicelib.console.effect.view import Stretch
from chalicelib.console.words import word
from chalicelib.settings import Shop

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it a spreadsheet program would not take the letters for Cyrillic ones."""


def as_csv(stretch: Stretch, shop: Shop, language: str) -> str:
    """A row for each period, oldest first; shares in percent, durations in minutes, nothing where unknown.

    A Russian spreadsheet wants semicolons and decimal commas.
    """
    rows = [
        (section.title, figure)
        for section in sections(stretch.together(), shop, language)
        for figure in section.figures
    ]
    separator, point = (";", ",") if language == "ru" else (",", ".")
    file = io.StringIO()
    file.write(BYTE_ORDER_MARK)
    table = csv.writer(file, delimiter=separator)
    table.writerow([_t(language, "first_day"), _t(language, "last_day"), *_headings(rows, language)])
    for period, facts in zip(stretch.periods, stretch.facts, strict=True):
        values = [_written(figure.of(facts), figure.kind, point) for _, figure in rows]
        table.writerow([period.first.isoformat(), period.last.isoformat(), *values])
    return file.getvalue()


def _headings(columns: Sequence[tuple[str, Figure]], language: str) -> list[str]:
    units = {Kind.SHARE: ", %", Kind.DURATION: _t(language, "minutes"), Kind.COUNT: ""}
    return [f"{title}: {figure.name}{units[figure.kind]}" for title, figure in columns]


def _written(value: Value, kind: Kind, point: str) -> str:
    if value is None:
        return ""
    if kind is Kind.COUNT:
        return str(int(value))
    exact = value * 100 if kind is Kind.SHARE else value / 60
    return f"{exact:.1f}".replace(".", point)


def _t(language: str, key: str) -> str:
    return word(language, f"effect.{key}")
