"""Read a table of entered values, as spreadsheets write it. Pure. All of it is right, or nothing is taken.

The first line names the columns: ``period`` and indicators. Spreadsheets of Russia write semicolons, decimal
commas and a code page of their own; all of that is understood.
"""

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from chalicelib.periods import Period
from chalicelib.profit.entered import Row
from chalicelib.profit.formula import ENTERED, Indicator
from chalicelib.profit.numbers import NotANumber, NumberProblem, number
from chalicelib.profit.spreadsheets import Style, read_period

PERIOD = "period"
PERIOD_NAMES = frozenset({PERIOD, "период"})
DELIMITERS = ";\t,"
MOST_LINES = 5000
MOST_PROBLEMS = 20
"""That many are told: a table in another form has one in each cell."""

Code = (
    NumberProblem
    | Literal[
        "not-text",
        "empty",
        "no-period-column",
        "unknown-column",
        "column-twice",
        "too-many-lines",
        "too-many-cells",
        "broken-quotes",
        "not-a-period",
        "period-twice",
    ]
)

_LOOK_ALIKE = str.maketrans("снарехо", "chapexo")
"""Cyrillic letters that nobody can tell from the formula's Latin ones."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where.

    Attributes:
        line: of the file, the first one is 1; 0 for the file as a whole.
        column: as its first line names it; empty for the line as a whole.
        value: what stands there.
    """

    code: Code
    line: int = 0
    column: str = ""
    value: str = ""


@dataclass(slots=True)
class Table:
    """What was read.

    Attributes:
        rows: what each line says; an empty cell says nothing, so that a line of them is left out.
        problems: the first of them, at most :data:`MOST_PROBLEMS`.
        lines: on which line each period stands.
    """

    rows: dict[Period, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lines: dict[Period, int] = field(default_factory=dict)

    def complain(self, problem: Problem) -> None:
        """Note a problem."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def read_table(content: bytes) -> Table:
    """Read the file. Whoever uses its rows looks first whether there are problems."""
    table = Table()
    text = _text(content)
    if text is None:
        table.complain(Problem("not-text"))
        return table
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        columns = _columns(next(reader, []), table)
        if table.problems:
            return table
        for cells in reader:
            if reader.line_num > MOST_LINES:
                table.complain(Problem("too-many-lines", reader.line_num))
                break
            if any(cell.strip() for cell in cells):
                _read_line(cells, columns, reader.line_num, table)
    except csv.Error:
        table.complain(Problem("broken-quotes", reader.line_num))
    return table


def template(periods: Sequence[Period], rows: Mapping[Period, Row], style: Style) -> str:
    """A table to fill in, with what is known already."""
    lines = [[PERIOD, *(indicator.value for indicator in ENTERED)]]
    for period in periods:
        row = rows.get(period, {})
        cells = [style.number(each, row[each]) if each in row else "" for each in ENTERED]
        lines.append([period.key, *cells])
    return "".join(f"{style.delimiter.join(line)}\r\n" for line in lines)


def _text(content: bytes) -> str | None:
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", "cp1251"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    """What stands most often in the first line."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _columns(names: Sequence[str], table: Table) -> list[tuple[str, Indicator | None]]:
    """Each column's name and indicator; None for the period."""
    if not any(name.strip() for name in names):
        table.complain(Problem("empty"))
        return []
    columns: list[tuple[str, Indicator | None]] = []
    known = {indicator.value: indicator for indicator in ENTERED}
    for name in (name.strip() for name in names):
        plain = name.lower()
        indicator = known.get(plain.translate(_LOOK_ALIKE))
        if indicator is None and plain not in PERIOD_NAMES:
            table.complain(Problem("unknown-column", 1, name))
        elif indicator in {each for _, each in columns}:
            table.complain(Problem("column-twice", 1, name))
        columns.append((name, indicator))
    if not PERIOD_NAMES & {name.lower() for name, _ in columns}:
        table.complain(Problem("no-period-column", 1))
    return columns


def _read_line(
    cells: Sequence[str], columns: Sequence[tuple[str, Indicator | None]], line: int, table: Table
) -> None:
    if any(cell.strip() for cell in cells[len(columns) :]):
        table.complain(Problem("too-many-cells", line))
        return
    period: Period | None = None
    row: dict[Indicator, Decimal] = {}
    filled = [*cells, *[""] * len(columns)]
    for (name, indicator), cell in zip(columns, map(str.strip, filled), strict=False):
        if indicator is None:
            period = _period(cell, name, line, table)
        elif cell:
            try:
                row[indicator] = number(indicator, cell)
            except NotANumber as error:
                table.complain(Problem(error.code, line, name, cell))
    if period is not None:
        table.lines[period] = line
    if period is not None and row:
        table.rows[period] = row


def _period(cell: str, column: str, line: int, table: Table) -> Period | None:
    try:
        period = read_period(cell)
    except ValueError:
        table.complain(Problem("not-a-period", line, column, cell))
        return None
    if period in table.lines:
        table.complain(Problem("period-twice", line, column, cell))
    return period
