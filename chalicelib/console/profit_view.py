"""What the profit page shows, made of statements. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from chalicelib.console import charts
from chalicelib.console.profit_words import UNKNOWN, ProfitWords
from chalicelib.console.words import counted, word
from chalicelib.profit.formula import COUNTED, Indicator
from chalicelib.profit.periods import Period
from chalicelib.profit.shares import Shares, shares
from chalicelib.profit.statement import Gap, Statement

SYMBOLS = {Indicator.REACH: "Reach", Indicator.CHR: "ChR", Indicator.PU: "Pu", Indicator.RT: "Rt"}
"""As the formula writes them; it writes all others in capitals."""


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period in the list. Clients and revenue are the formula's; what the CRM has of them stands beside.

    Attributes:
        is_running: True while it is not over.
        missing: what is not known, in words; empty if the profit is.
    """

    period: Period
    label: str
    is_running: bool
    clients: str
    revenue: str
    crm_clients: str
    crm_revenue: str
    costs: str
    profit: str
    is_loss: bool
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """The periods, the newest first.

    Attributes:
        chart: None if no period's profit is known.
    """

    rows: Sequence[PeriodRow]
    chart: Markup | None


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
        missing: what is not known of them, in words; the change is known if that is empty.
        is_running: True if one of them is not over: then it has fewer days.
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
    is_running: bool
    missing: Sequence[str]
    chart: Markup | None


def overview(statements: Sequence[Statement], language: str) -> Overview:
    """The list of periods and its picture; ``statements`` newest first."""
    words = ProfitWords(language)
    told = without_blank_past(statements)
    known = any(each.result for each in told)
    return Overview(
        [_period_row(each, words) for each in told], _profit_chart(told, words) if known else None
    )


def without_blank_past(statements: Sequence[Statement]) -> Sequence[Statement]:
    """Those since the first one of which anything is known, and the newest one."""
    known = [place for place, each in enumerate(statements) if not each.is_blank]
    return statements[: max(known, default=0) + 1]


def comparison(before: Statement, after: Statement, language: str) -> Comparison:
    """How one period's profit became another's."""
    words = ProfitWords(language)
    missing = [
        f"{words.period(each.period)}: {gap}"
        for each in (before, after)
        for gap in missing_words(each, language)
    ]
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
        is_running=not (before.is_over and after.is_over),
        missing=missing,
        chart=_waterfall(before, after, found, words) if found else None,
    )


def missing_words(statement: Statement, language: str) -> list[str]:
    """What is not known of a period and why, a sentence for each reason."""
    not_entered = [gap for gap in statement.gaps if gap.why == "not-entered"]
    reasons = dict.fromkeys(gap.why for gap in statement.gaps if gap.why != "not-entered")
    sentences = [word(language, f"profit.gap_{why.replace('-', '_')}") for why in reasons]
    if statement.is_blank:
        return [word(language, "profit.gap_nothing_entered"), *sentences]
    if not_entered:
        names = ", ".join(_gap_name(gap, statement, language) for gap in not_entered)
        sentences.insert(0, word(language, "profit.gap_not_entered", names=names))
    return sentences


def worth_comparing(statements: Sequence[Statement]) -> tuple[Period, Period]:
    """The last two periods that are over and whose profit is known, else simply the last two that are over.

    ``statements`` are at least three, the newest first.
    """
    known = [each.period for each in statements if each.is_over and each.result]
    after, before = known[:2] if len(known) > 1 else [each.period for each in statements[1:3]]
    return before, after


def _gap_name(gap: Gap, statement: Statement, language: str) -> str:
    symbol = SYMBOLS.get(gap.indicator, gap.indicator.value.upper())
    if len(gap.days) == len(statement.days):
        return symbol
    return f"{symbol} ({counted(language, 'profit.days', len(gap.days))})"


def _period_row(statement: Statement, words: ProfitWords) -> PeriodRow:
    result, orders = statement.result, statement.counted
    return PeriodRow(
        period=statement.period,
        label=words.period(statement.period),
        is_running=not statement.is_over,
        clients=words.number(result.clients) if result else UNKNOWN,
        revenue=words.money(result.revenue) if result else UNKNOWN,
        crm_clients=str(orders.clients) if orders else UNKNOWN,
        crm_revenue=words.money(Fraction(orders.goods)) if orders else UNKNOWN,
        costs=words.money(result.costs) if result else UNKNOWN,
        profit=_profit(statement, words),
        is_loss=result is not None and result.profit < 0,
        missing=missing_words(statement, words.language),
    )


def _profit(statement: Statement, words: ProfitWords) -> str:
    return words.money(statement.result.profit) if statement.result else UNKNOWN


def _indicator_row(
    indicator: Indicator, before: Statement, after: Statement, found: Shares | None, words: ProfitWords
) -> IndicatorRow:
    return IndicatorRow(
        indicator=indicator,
        name=words.name(indicator),
        definition=word(words.language, f"profit.is_{indicator.value}"),
        is_counted=indicator in COUNTED,
        before=words.value(indicator, before.values.get(indicator)),
        after=words.value(indicator, after.values.get(indicator)),
        own=words.change(found.own[indicator]) if found else "",
        part=_part(found.own[indicator], found, words) if found else "",
    )


def _part(amount: Fraction, found: Shares, words: ProfitWords) -> str:
    return words.percent(amount / found.change) if found.change else UNKNOWN


def _profit_chart(statements: Sequence[Statement], words: ProfitWords) -> Markup:
    oldest_first = list(reversed(statements))
    profits = [float(each.result.profit) if each.result else None for each in oldest_first]
    title = word(words.language, "profit.chart_title")
    return charts.columns(
        "profit-by-period",
        title,
        [words.short(each.period) for each in oldest_first],
        [charts.Series(title, profits)],
        description=word(words.language, "profit.chart_words"),
        measure=words.measure,
    )


def _waterfall(before: Statement, after: Statement, found: Shares, words: ProfitWords) -> Markup:
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
