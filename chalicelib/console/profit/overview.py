"""The list of periods and its picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from chalicelib.console import charts
from chalicelib.console.profit.gaps import missing_words
from chalicelib.console.profit.writing import UNKNOWN, Writer
from chalicelib.console.words import word
from chalicelib.periods import Period
from chalicelib.profit.statement import Statement


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period in the list. Clients and revenue are the formula's; what the CRM has of them stands beside.

    Attributes:
        is_running: True while it is not over.
        under_way: how many orders may be sold yet, in words; empty if there is none.
        has_orders: True if the CRM's orders are counted: their clients and revenue are known.
        missing: what is not known, in words; empty if the profit is.
    """

    period: Period
    label: str
    is_running: bool
    under_way: str
    has_orders: bool
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


def overview(statements: Sequence[Statement], language: str) -> Overview:
    """The list of periods and its picture; ``statements`` newest first."""
    words = Writer(language)
    told = without_blank_past(statements)
    known = any(each.result for each in told)
    return Overview(
        [_period_row(each, words) for each in told], _profit_chart(told, words) if known else None
    )


def without_blank_past(statements: Sequence[Statement]) -> Sequence[Statement]:
    """Those since the first one of which anything is known, and the newest one."""
    known = [place for place, each in enumerate(statements) if not each.is_blank]
    return statements[: max(known, default=0) + 1]


def _period_row(statement: Statement, words: Writer) -> PeriodRow:
    result, orders = statement.result, statement.counted
    return PeriodRow(
        period=statement.period,
        label=words.period(statement.period),
        is_running=not statement.is_over,
        under_way=words.under_way(statement),
        has_orders=orders is not None,
        clients=words.number(result.clients) if result else UNKNOWN,
        revenue=words.money(result.revenue) if result else UNKNOWN,
        crm_clients=words.number(Fraction(orders.clients)) if orders else UNKNOWN,
        crm_revenue=words.money(Fraction(orders.goods)) if orders else UNKNOWN,
        costs=words.money(result.costs) if result else UNKNOWN,
        profit=words.money(result.profit) if result else UNKNOWN,
        is_loss=result is not None and result.profit < 0,
        missing=missing_words(statement, words.language),
    )


def _profit_chart(statements: Sequence[Statement], words: Writer) -> Markup:
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
