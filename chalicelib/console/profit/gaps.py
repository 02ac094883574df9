"""What is not known of a period, in words."""

from chalicelib.console.words import counted, word
from chalicelib.profit.formula import Indicator
from chalicelib.profit.statement import Gap, Statement

SYMBOLS = {Indicator.REACH: "Reach", Indicator.CHR: "ChR", Indicator.PU: "Pu", Indicator.RT: "Rt"}
"""As the formula writes them; it writes all others in capitals."""


def missing_words(statement: Statement, language: str) -> list[str]:
    """What is not known of a period and why, a sentence for each reason."""
    not_entered = [gap for gap in statement.gaps if gap.why == "not-entered"]
    reasons = dict.fromkeys(gap.why for gap in statement.gaps if gap.why != "not-entered")
    sentences = [word(language, f"profit.gap_{why.replace('-', '_')}") for why in reasons]
    if statement.is_unentered:
        return [word(language, "profit.gap_nothing_entered"), *sentences]
    if not_entered:
        names = ", ".join(_gap_name(gap, statement, language) for gap in not_entered)
        sentences.insert(0, word(language, "profit.gap_not_entered", names=names))
    return sentences


def _gap_name(gap: Gap, statement: Statement, language: str) -> str:
    symbol = SYMBOLS.get(gap.indicator, gap.indicator.value.upper())
    if len(gap.days) == len(statement.days):
        return symbol
    return f"{symbol} ({counted(language, 'profit.days', len(gap.days))})"
