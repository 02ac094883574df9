"""How numbers and shares are written."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.console.formats import month, number, percent, short_month, whole_percent
from chalicelib.console.words import LANGUAGES


@pytest.mark.parametrize(
    ("value", "russian", "english"),
    [
        ("12340.50", "12_340,5", "12,340.5"),
        ("1000", "1_000", "1,000"),
        ("1000.00", "1_000", "1,000"),
        ("-0.250", "−0,25", "−0.25"),
        ("0.00", "0", "0"),
    ],
)
def test_a_number_without_needless_zeros(value: str, russian: str, english: str) -> None:
    assert number(Decimal(value), "ru") == russian.replace("_", "\N{NO-BREAK SPACE}")
    assert number(Decimal(value), "en") == english


def test_a_share_keeps_its_sign_on_the_line() -> None:
    assert percent(Decimal("5.20"), "ru") == "5,2\N{NO-BREAK SPACE}%"
    assert percent(Decimal("5.20"), "en") == "5.2%"
    assert [whole_percent(share, "en") for share in (0.0, 0.074, 1.0)] == ["0%", "7%", "100%"]


def test_each_month_has_its_name_in_both_languages() -> None:
    days = [date(2026, number, 1) for number in range(1, 13)]
    names = {language: [month(day, language) for day in days] for language in LANGUAGES}
    assert (names["ru"][0], names["en"][11]) == ("январь", "December")
    assert all(len(set(of_language)) == 12 for of_language in names.values())
    assert [short_month(day, "ru") for day in days] == (
        ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]
    )
