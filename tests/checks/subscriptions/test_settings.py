"""The tables of the shop file: what is right, and what is said about what is wrong."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from chalicelib.checks.subscriptions.settings import Certificate, Dated, Domain, TwilioBalance
from chalicelib.checks.subscriptions.standing import steps_of
from chalicelib.settings import Shop
from tests.test_settings import ENVIRONMENT, MINIMAL, SECRET, mistake, shop_of

OWN = {**ENVIRONMENT, "TWILIO": SECRET, "CALENDAR_TOKEN": "one-token", "CALENDAR_TOKEN_OLD": "other-token"}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shop(text: str) -> Shop:
    return shop_of(f"{MINIMAL}\n{text}", OWN)


def table(*lines: str) -> str:
    return "\n".join(["[[subscriptions]]", 'name = "x"', *lines])


def test_each_kind_is_known_by_its_probe() -> None:
    (crm, site, name, twilio) = shop("""
[[subscriptions]]
name = "retailCRM"
expires = 2027-03-01
responsible = "Анна"
price = "4 990 ₽"
url = "https://www.retailcrm.ru/"

[[subscriptions]]
name = "Сайт"
probe = "certificate"
host = "Тенты.РФ"

[[subscriptions]]
name = "Домен"
probe = "domain"
domain = "tents.ru"
rdap = "https://rdap.example/"

[[subscriptions]]
name = "Twilio"
probe = "twilio-balance"
account = "AC1"
token = "env:TWILIO"
threshold = 10.5
""").subscriptions
    assert isinstance(crm, Dated)
    assert crm.expires == date(2027, 3, 1)
    assert isinstance(site, Certificate)
    assert (site.host, site.port) == ("xn--e1aqnc9b.xn--p1ai", 443)
    assert isinstance(name, Domain)
    assert name.rdap == "https://rdap.example"
    assert isinstance(twilio, TwilioBalance)
    assert twilio.token.get_secret_value() == SECRET
    assert SECRET not in repr(twilio)


def test_ladder_is_the_shops_and_shorter_where_a_subscription_says_so() -> None:
    found = shop(f"""
[ladders]
expiry = ["7d", "60d", "30d"]

{table("expires = 2027-03-01")}

[[subscriptions]]
name = "certificate"
probe = "certificate"
host = "shop.example"

[[subscriptions]]
name = "short"
expires = 2027-03-01
days_left = "3d"
""")
    steps = [steps_of(subscription, found.ladders) for subscription in found.subscriptions]
    assert steps == [[60, 30, 7], [14, 7], [3]]
    assert shop("").ladders.expiry == tuple(timedelta(days=days) for days in (30, 14, 7, 3, 1))


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (table(), "subscriptions.0", "say either expires = 2027-03-01 or probe = one of certificate, domain"),
        (table("expires = 2027-03-01", 'probe = "domain"'), "subscriptions.0", "say either expires"),
        (table('probe = "whois"'), "subscriptions.0", "say either expires"),
        (table("expires = 2027"), "subscriptions.0.expires", "write it like 2027-03-01"),
        (table("expires = 2027-03-01T10:00:00"), "subscriptions.0.expires", "write it like 2027-03-01"),
        (table('expires = "soon"'), "subscriptions.0.expires", "valid date"),
        (table("expires = 2027-03-01", 'host = "x"'), "subscriptions.0.host", "there is no such key"),
        (table("expires = 2027-03-01", 'days_left = "36h"'), "subscriptions.0.days_left", "whole days"),
        (table("expires = 2027-03-01", 'responsible = "Пётр"'), "subscriptions.0.responsible", "nobody"),
        (table('probe = "certificate"'), "subscriptions.0.host", "missing"),
        (
            table('probe = "certificate"', 'host = "https://x.example"'),
            "subscriptions.0.host",
            "no host name",
        ),
        (table('probe = "certificate"', 'host = "x"', "port = 0"), "subscriptions.0.port", "greater than 0"),
        (table('probe = "domain"', 'domain = ""'), "subscriptions.0.domain", "no host name"),
        (
            table('probe = "twilio-balance"', 'account = "a"', 'token = "env:TWILIO"'),
            "subscriptions.0",
            "say when it is low",
        ),
        (
            table('probe = "twilio-balance"', 'account = "a"', "threshold = 1"),
            "subscriptions.0.token",
            "missing",
        ),
        (
            table('probe = "twilio-balance"', 'account = "a"', 'token = "env:TWILIO"', "threshold = -1"),
            "subscriptions.0.threshold",
            "greater than or equal to 0",
        ),
        (
            table("expires = 2027-03-01") + "\n" + table("expires = 2027-03-02"),
            "subscriptions",
            "two of them have the name 'x'",
        ),
        ('[ladders]\nexpiry = ["12h"]', "ladders.expiry.0", "whole days"),
        ("[ladders]\nexpiry = []", "ladders.expiry", "at least 1"),
        ("[calendar]", "calendar.token", "missing"),
        ("[calendar]\ntoken = []", "calendar.token", "at least 1"),
    ],
)
def test_a_mistake_is_named_with_its_key(text: str, key: str, words: str) -> None:
    error = mistake(f"{MINIMAL}\n{text}", OWN)
    assert error.key == key
    assert words in error.problem


@pytest.mark.parametrize(
    ("probe", "lines", "key"),
    [
        ("smsru-balance", ('api_id = "{}"',), "subscriptions.api_id"),
        ("smsc-balance", ('login = "shop"', 'password = "{}"'), "subscriptions.password"),
        ("mango-balance", ('api_key = "env:TWILIO"', 'api_salt = "{}"'), "subscriptions.api_salt"),
        ("zadarma-balance", ('api_key = "env:TWILIO"', 'api_secret = "{}"'), "subscriptions.api_secret"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    probe: str, lines: tuple[str, ...], key: str
) -> None:
    text = table(f'probe = "{probe}"', "threshold = 1", *(line.format(SECRET) for line in lines))
    error = mistake(f"{MINIMAL}\n{text}", OWN)
    assert error.key == key


def test_a_secret_that_is_not_set_is_named() -> None:
    lines = ('probe = "smsru-balance"', 'api_id = "env:SMSRU"', "threshold = 1")
    assert mistake(f"{MINIMAL}\n{table(*lines)}", OWN).key == "SMSRU"


def test_calendar_has_one_token_or_two() -> None:
    one = shop('[calendar]\ntoken = "env:CALENDAR_TOKEN"').calendar
    two = shop('[calendar]\ntoken = ["env:CALENDAR_TOKEN", "env:CALENDAR_TOKEN_OLD"]').calendar
    assert one is not None
    assert two is not None
    assert one.tokens == ("one-token",)
    assert two.tokens == ("one-token", "other-token")
    assert "one-token" not in repr(two)
