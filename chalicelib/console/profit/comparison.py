"""Two periods beside each other: what changed the profit."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from chalicelib.console import charts
from chalicelib.console.profit.gaps import missing_words
from chalicelib.console.profit.writing import UNKNOWN, Writer
from chalicelib.console.words import word
from chalicelib.periods import Period
from chalicelib.profit.formula import COUNTED, Indicator
from chalicelib.profit.shares import Shares, shares
from chalicelib.profit.statement import Statement


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator in two periods.

    Attributes:
        is_counted: True if the CRM tells it.
        own: its own share of the change, in money; empty if the change is not known.
        part: the same as a part of the whole change; a dash if there was none.
    """

    indicator: Indicator
    name: str
    definition: str
    is_counted: bool
    before: str
    after: str
    own: str
    part: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods beside each other.

    Attributes:
        missing: what is not known of them, a line for each; the change is known if that is empty.
        unripe: what may change yet, a line for each of them that is running or has orders under way.
    """

    before: Period
    after: Period
    before_label: str
    after_label: str
    rows: Sequence[IndicatorRow]
    together: str
    together_part: str
    profit_before: str
    profit_after: str
    change: str
    missing: Sequence[str]
    unripe: Sequence[str]
    chart: Markup | None


def comparison(before: Statement, after: Statement, language: str) -> Comparison:
    """How one period's profit became another's."""
    words = Writer(language)
    gaps = {each.period: missing_words(each, language) for each in (before, after)}
    missing = [f"{words.period(period)}: {'; '.join(told)}" for period, told in gaps.items() if told]
    found = None if missing else shares(before.values, after.values)
    return Comparison(
        before=before.period,
        after=after.period,
        before_label=words.period(before.period),
        after_label=words.period(after.period),
        rows=[_indicator_row(indicator, before, after, found, words) for indicator in Indicator],
        together=words.change(found.together) if found else "",
        together_part=_part(found.together, found, words) if found else "",
        profit_before=_profit(before, words),
        profit_after=_profit(after, words),
        change=words.change(found.change) if found else "",
        missing=missing,
        unripe=[line for each in (before, after) if (line := _unripe(each, words))],
        chart=_waterfall(before, after, found, words) if found else None,
    )


def worth_comparing(statements: Sequence[Statement]) -> tuple[Period, Period]:
    """The last two periods that are over and whose profit is known, else simply the last two that are over.

    ``statements`` are at least three, the newest first.
    """
    known = [each.period for each in statements if each.is_over and each.result]
    after, before = known[:2] if len(known) > 1 else [each.period for each in statements[1:3]]
    return before, after


def _unripe(statement: Statement, words: Writer) -> str:
    running = "" if statement.is_over else word(words.language, "profit.is_running")
    told = [each for each in (running, words.under_way(statement)) if each]
    return f"{words.period(statement.period)}: {'; '.join(told)}" if told else ""


def _profit(statement: Statement, words: Writer) -> str:
    return words.money(statement.result.profit) if statement.result else UNKNOWN


def _indicator_row(
    indicator: Indicator, before: Statement, after: Statement, found: Shares | None, words: Writer
) -> IndicatorRow:
    return IndicatorRow(
        indicator=indicator,
        name=words.name(indicator),
        definition=words.definition(indicator),
        is_counted=indicator in COUNTED,
        before=words.value(indicator, before.values.get(indicator)),
        after=words.value(indicator, after.values.get(indicator)),
        own=words.change(found.own[indicator]) if found else "",
        part=_part(found.own[indicator], found, words) if found else "",
    )


def _part(amount: Fraction, found: Shares, words: Writer) -> str:
    return words.percent(amount / found.change) if found.change else UNKNOWN


def _waterfall(before: Statement, after: Statement, found: Shares, words: Writer) -> Markup:
    steps = [
        charts.Step(words.name(indicator), float(amount)) for indicator, amount in found.own.items() if amount
    ]
    if found.together:
        steps.append(charts.Step(word(words.language, "profit.together"), float(found.together)))
    names = {"before": words.period(before.period), "after": words.period(after.period)}
    return charts.waterfall(
        "profit-shares",
        word(words.language, "profit.waterfall_title"),
        charts.Step(names["before"], float(found.before)),
        steps,
        names["after"],
        description=word(words.language, "profit.waterfall_words", **names),
        measure=words.measure,
    )
