"""What people read, in both languages."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.texts import Texts

RUSSIAN, ENGLISH = (Texts(language, ZoneInfo("Asia/Tomsk")) for language in ("ru", "en"))
LAST_MOMENT = datetime(2027, 3, 1, 16, 59, 59, tzinfo=UTC)
DATED = {"name": "retailCRM", "money": "", "has_ended": False, "last_moment": LAST_MOMENT, "days": 22}
MONEY = {"name": "Twilio", "money": "9.50 USD", "has_ended": False, "last_moment": None, "days": None}


@pytest.mark.parametrize(
    ("fields", "russian", "english"),
    [
        (
            DATED,
            "Продлить: retailCRM, осталось 22 дня, до 01.03.2027",
            "Renew: retailCRM, 22 days left, until 1 Mar 2027",
        ),
        (
            {**DATED, "days": 1},
            "Продлить: retailCRM, остался 1 день, до 01.03.2027",
            "Renew: retailCRM, 1 day left, until 1 Mar 2027",
        ),
        (
            {**DATED, "days": 0},
            "Продлить: retailCRM, сегодня последний день",
            "Renew: retailCRM, today is the last day",
        ),
        (
            {**DATED, "days": -2, "has_ended": True},
            "Продлить: retailCRM, срок истёк 01.03.2027",
            "Renew: retailCRM, it ended on 1 Mar 2027",
        ),
        (MONEY, "Пополнить счёт: Twilio, осталось 9.50 USD", "Top up: Twilio, 9.50 USD left"),
        (
            {**MONEY, "days": 5, "last_moment": LAST_MOMENT},
            "Пополнить счёт: Twilio, осталось 9.50 USD, хватит примерно на 5 дней",
            "Top up: Twilio, 9.50 USD left, enough for about 5 days",
        ),
        (
            {**MONEY, "has_ended": True, "money": "0.00 USD"},
            "Пополнить счёт: Twilio, денег нет: 0.00 USD",
            "Top up: Twilio, no money left: 0.00 USD",
        ),
    ],
)
def test_one_line_says_it_all(fields: dict[str, Any], russian: str, english: str) -> None:
    assert RUSSIAN.render("task/subscription", **fields) == russian
    assert ENGLISH.render("task/subscription", **fields) == english


def test_details_end_with_what_to_do_afterwards() -> None:
    fields = {"name": "retailCRM", "price": "10 $", "note": "", "url": "https://crm.example"}
    assert ENGLISH.render("task/subscription_commentary", **fields, is_dated=True) == (
        "Price: 10 $\nWhere: https://crm.example\n"
        'Once it is paid, tell the new day: leadkeeper subscriptions renew "retailCRM" YYYY-MM-DD'
    )
    assert RUSSIAN.render("task/subscription_commentary", **fields, is_dated=False) == (
        "Цена: 10 $\nГде: https://crm.example\nНовую дату или баланс увидим сами."
    )
