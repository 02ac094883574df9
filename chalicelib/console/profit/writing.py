"""How the profit page writes periods and values in a language."""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from chalicelib.console import formats
from chalicelib.console.charts import Measure
from chalicelib.console.words import counted, word
from chalicelib.periods import Period
from chalicelib.profit.formula import Indicator
from chalicelib.profit.statement import Statement
from chalicelib.texts.filters import LANGUAGES

SHARES = frozenset({Indicator.C1, Indicator.C})
COUNTS = frozenset({Indicator.REACH, Indicator.CHR})
RATIOS = frozenset({Indicator.D, Indicator.Q1, Indicator.RT})
"""All others are money."""

WHOLE_FROM = 1000
"""From so much money on nobody reads the kopecks."""

UNKNOWN = formats.MISSING


class Writer:
    """Values and periods in one language."""

    def __init__(self, language: str) -> None:
        """Write in this language."""
        self.language = language
        self._money: Callable[[Decimal], str] = LANGUAGES[language].filters["money"]
        self.measure = Measure(lambda amount: self.money(Fraction(amount)))

    def money(self, amount: Fraction) -> str:
        """``12 340 ₽``; of small amounts the kopecks, too."""
        places = Decimal(1) if abs(amount) >= WHOLE_FROM else Decimal("0.01")
        return self._money(_rounded(amount, places)).replace("-", formats.MINUS)

    def change(self, amount: Fraction) -> str:
        """The same with its sign."""
        return f"+{self.money(amount)}" if amount > 0 else self.money(amount)

    def number(self, value: Fraction, places: Decimal = Decimal("0.01")) -> str:
        """Without the zeros after the point that say nothing."""
        return formats.number(_rounded(value, places), self.language)

    def percent(self, share: Fraction, places: Decimal = Decimal("0.1")) -> str:
        """``5,2 %`` in Russian, ``5.2%`` in English."""
        return formats.percent(_rounded(share * 100, places), self.language)

    def value(self, indicator: Indicator, value: Fraction | None) -> str:
        """What an indicator is, in its unit."""
        if value is None:
            return UNKNOWN
        if indicator in SHARES:
            # Of many who saw the offer few answer: a tenth of a percent would hide a change.
            return self.percent(value, Decimal("0.001" if indicator is Indicator.C1 else "0.1"))
        if indicator in RATIOS:
            # Of a client there are seldom many orders: a hundredth would hide a change that money tells of.
            return self.number(value, Decimal("0.001"))
        return self.number(value) if indicator in COUNTS else self.money(value)

    def under_way(self, statement: Statement) -> str:
        """How many orders of a period may be sold yet; empty if there is none."""
        count = statement.counted.under_way if statement.counted else 0
        return counted(self.language, "profit.under_way", count) if count else ""

    def name(self, indicator: Indicator) -> str:
        """What an indicator is called."""
        return word(self.language, f"profit.name_{indicator.value}")

    def definition(self, indicator: Indicator) -> str:
        """What it is, in a sentence."""
        return word(self.language, f"profit.is_{indicator.value}")

    def period(self, period: Period) -> str:
        """``20.11.2026``; ``16.11–22.11.2026``; ``ноябрь 2026``."""
        if period.kind == "month":
            return f"{formats.month(period.first, self.language)} {period.first.year}"
        last = f"{self._day(period.last)}{'.' if self.language == 'ru' else ' '}{period.last.year}"
        return f"{self._day(period.first)}–{last}" if period.kind == "week" else last

    def short(self, period: Period) -> str:
        """The same for the foot of a chart."""
        if period.kind == "month":
            return formats.short_month(period.first, self.language)
        return self._day(period.first)

    def _day(self, day: date) -> str:
        if self.language == "ru":
            return f"{day:%d.%m}"
        return f"{day.day} {formats.short_month(day, self.language)}"


def _rounded(value: Fraction, places: Decimal) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    # Adding zero turns a minus zero into a zero.
    return exact.quantize(places, ROUND_HALF_UP) + 0
