"""How the console writes numbers, shares and months. Each page rounds first, as its figures want it."""

from datetime import date
from decimal import Decimal

from chalicelib.console.words import word

MISSING = "–"
"""In place of what nobody knows."""

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
LETTERS_OF_A_MONTH = 3


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


def month(day: date, language: str) -> str:
    """The name of a day's month."""
    return word(language, f"months.{day.month}")


def short_month(day: date, language: str) -> str:
    """The same for the foot of a chart."""
    return month(day, language)[:LETTERS_OF_A_MONTH]
