"""What is not known of a period, in words."""

from collections.abc import Iterator

from chalicelib.console.words import counted, word
from chalicelib.profit.formula import Indicator
from chalicelib.profit.statement import Statement

SYMBOLS = {Indicator.REACH: "Reach", Indicator.CHR: "ChR", Indicator.PU: "Pu", Indicator.RT: "Rt"}
"""As the formula writes them; it writes all others in capitals."""


def missing_words(statement: Statement, language: str) -> list[str]:
    """What is not known of a period and why, a sentence for each reason."""
    reasons = dict.fromkeys(gap.why for gap in statement.gaps if gap.why != "not-entered")
    sentences = [word(language, f"profit.gap_{why.replace('-', '_')}") for why in reasons]
    return [*_not_entered(statement, language), *sentences]


def _not_entered(statement: Statement, language: str) -> Iterator[str]:
    if not statement.days:
        # None of its days has begun when orders were counted last: there is nothing to be entered for yet.
        return
    if statement.is_unentered:
        yield word(language, "profit.gap_nothing_entered")
        return
    symbols: dict[int, list[str]] = {}
    for gap in statement.gaps:
        if gap.why == "not-entered":
            symbol = SYMBOLS.get(gap.indicator, gap.indicator.value.upper())
            symbols.setdefault(len(gap.days), []).append(symbol)
    for days, of_days in symbols.items():
        names = ", ".join(of_days)
        if days == len(statement.days):
            yield word(language, "profit.gap_not_entered", names=names)
        else:
            yield counted(language, "profit.gap_days_not_entered", days, names=names)
