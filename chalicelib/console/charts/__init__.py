"""Pictures of figures, drawn here as SVG: pure functions from values to markup, without scripts or styles.

A page's view makes the picture, with words of the reader's language, and its template shows it::

    chart = charts.columns(
        "came-in",                 # an id that no other picture of the page has
        title,                     # for those who do not see it
        ["00", "01", "02"],        # one label a column; those without room are left out
        [charts.Series("mango-main", [4, 0, 7]), charts.Series("tilda-covers", [1, None, 2])],
        description=words,         # what is to be seen in it
    )
    table = charts.values_table(hour, labels, series, charts.COUNT)

    {% from "parts.html" import as_table with context %}
    {{ chart }} {{ as_table(table) }}

What there is, each but the last two in a ``<figure>`` with its legend:

- ``columns``: how much, by hour or day; several series stand on top of each other.
- ``lines``: how something changes, such as shares and durations; None makes a gap.
- ``waterfall``: how one total became another: ``start``, ``[Step(name, amount), …]``, the name of the end.
- ``strip``: uptime, ``[Cell("up", "14 May: 100 %"), …]``, the oldest first; as wide as its place.
- ``sparkline``: a small line beside a number, within a line of text.

And how:

- Values are finite numbers. An exact decimal becomes ``float(…)`` here: a picture is not money.
- ``measure=`` writes values in the reader's language: ``Measure(say)`` for shares or money, with
  ``Measure(say, steps=DURATION_STEPS)`` for seconds. ``COUNT`` is the default.
- ``Series(…, tone=…)`` gives a colour with a meaning, such as "good" or "bad"; otherwise each series has
  the next one of six. ``largest(series, rest="Others")`` puts small ones together.
- ``mark=Mark(index, words)`` draws an upright line before a label of ``columns`` or ``lines``.
- A picture shows its values in hints, but a screen reader takes it as one thing: put ``values_table`` or a
  sentence beside it.
"""

from chalicelib.console.charts.axes import Mark
from chalicelib.console.charts.columns import columns
from chalicelib.console.charts.lines import lines
from chalicelib.console.charts.scale import COUNT, DURATION_STEPS, Measure
from chalicelib.console.charts.series import Series, Tone, largest, values_table, written_table
from chalicelib.console.charts.sparkline import sparkline
from chalicelib.console.charts.strip import Cell, strip
from chalicelib.console.charts.waterfall import Step, waterfall

__all__ = [
    "COUNT",
    "DURATION_STEPS",
    "Cell",
    "Mark",
    "Measure",
    "Series",
    "Step",
    "Tone",
    "columns",
    "largest",
    "lines",
    "sparkline",
    "strip",
    "values_table",
    "waterfall",
    "written_table",
]
