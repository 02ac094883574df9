"""How the profit page writes values and periods."""

from fractions import Fraction

import pytest

from chalicelib.console.profit.writing import Writer
from chalicelib.periods import Period
from chalicelib.profit.formula import Indicator

RUSSIAN, ENGLISH = Writer("ru"), Writer("en")


@pytest.mark.parametrize(
    ("amount", "russian", "english"),
    [
        (Fraction(12_340), "12 340 ₽", "12,340 RUB"),
        (Fraction(-2_000_001, 2), "−1 000 001 ₽", "−1,000,001 RUB"),
        (Fraction(10, 3), "3,33 ₽", "3.33 RUB"),
        (Fraction(-1, 1000), "0 ₽", "0 RUB"),
    ],
)
def test_money(amount: Fraction, russian: str, english: str) -> None:
    assert (RUSSIAN.money(amount), ENGLISH.money(amount)) == (russian, english)


def test_a_change_has_its_sign() -> None:
    changes = [RUSSIAN.change(Fraction(amount)) for amount in (5, 0, -5)]
    assert changes == ["+5 ₽", "0 ₽", "−5 ₽"]


@pytest.mark.parametrize(
    ("indicator", "value", "text"),
    [
        (Indicator.REACH, Fraction(120_000), "120\N{NO-BREAK SPACE}000"),
        (Indicator.C1, Fraction(55, 100_000), "0,055\N{NO-BREAK SPACE}%"),
        (Indicator.C, Fraction(2, 3), "66,7\N{NO-BREAK SPACE}%"),
        (Indicator.Q1, Fraction(4, 3), "1,333"),
        (Indicator.H, Fraction(95_000), "95 000 ₽"),
        (Indicator.PU, None, "–"),
    ],
)
def test_an_indicator_has_its_unit(indicator: Indicator, value: Fraction | None, text: str) -> None:
    assert RUSSIAN.value(indicator, value) == text


@pytest.mark.parametrize(
    ("key", "russian", "english", "short"),
    [
        ("2026-11-05", "05.11.2026", "5 Nov 2026", "05.11"),
        ("2026-W53", "28.12–03.01.2027", "28 Dec–3 Jan 2027", "28.12"),
        ("2026-05", "май 2026", "May 2026", "май"),
    ],
)
def test_periods(key: str, russian: str, english: str, short: str) -> None:
    period = Period.parse(key)
    assert (RUSSIAN.period(period), ENGLISH.period(period)) == (russian, english)
    assert RUSSIAN.short(period) == short
