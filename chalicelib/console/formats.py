"""How the console writes numbers and shares. Each page rounds first, as its figures want it."""

from decimal import Decimal

MISSING = "–"
"""In place of what nobody knows."""

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def number(value: Decimal, language: str) -> str:
    """``12 340,5`` in Russian, ``12,340.5`` in English; without needless zeros after the point."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if language == "ru":
        text = text.replace(",", NO_BREAK).replace(".", ",")
    return text.replace("-", MINUS)


def percent(hundredths: Decimal, language: str) -> str:
    """``5,2 %`` in Russian, ``5.2%`` in English."""
    return number(hundredths, language) + (f"{NO_BREAK}%" if language == "ru" else "%")


def whole_percent(share: float, language: str) -> str:
    """A share of 1 to the whole percent."""
    return percent(Decimal(round(share * 100)), language)
