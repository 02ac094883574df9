"""The table ``[sms]``."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.providers.twilio_sms.read import Settings as TwilioSource
from chalicelib.sms.settings import SmsSettings
from chalicelib.sms.smsru import SmsRu
from chalicelib.sms.twilio import TwilioSms
from chalicelib.sms.wiring import gateways_of

TWILIO = {"account": "AC1", "token": "t0ken", "sender": "+15005550006"}
SMSRU = {"api_id": "1d"}


def problem(table: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        SmsSettings.model_validate(table)
    assert "t0ken" not in str(caught.value)
    return str(caught.value)


def test_one_gateway_needs_no_order() -> None:
    settings = SmsSettings.model_validate({"smsru": SMSRU})
    assert settings.gateways == ("smsru",)
    assert settings.delivered_within is None


def test_the_order_of_several() -> None:
    settings = SmsSettings.model_validate(
        {"order": ["smsru", "twilio"], "twilio": TWILIO, "smsru": SMSRU, "delivered_within": "30m"}
    )
    assert list(gateways_of(settings, ())) == ["smsru", "twilio"]
    assert [type(gateway) for gateway in gateways_of(settings, ()).values()] == [SmsRu, TwilioSms]
    assert settings.delivered_within == timedelta(minutes=30)


def test_the_form_of_older_files() -> None:
    old = SmsSettings.model_validate({"kind": "twilio", "url": "http://127.0.0.1:8001", **TWILIO})
    new = SmsSettings.model_validate({"twilio": {"url": "http://127.0.0.1:8001", **TWILIO}})
    assert old == new
    assert old.gateways == ("twilio",)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "there is no gateway"),
        ({"order": ["twilio"]}, "there is no gateway"),
        ({"twilio": TWILIO, "smsru": SMSRU}, 'order = ["smsru", "twilio"]'),
        ({"order": ["twilio"], "twilio": TWILIO, "smsru": SMSRU}, "order must name each gateway once"),
        ({"order": ["twilio", "twilio"], "twilio": TWILIO}, "order must name each gateway once"),
        ({"order": ["exolve"], "twilio": TWILIO}, "'twilio', 'smsru' or 'smsc'"),
        ({"kind": "smsru", "api_id": "1d"}, "kind is 'twilio' only"),
        ({"kind": "twilio", "account": "AC1"}, "twilio.token"),
        ({"twilio": TWILIO, "delivered_within": "30s"}, "delivered_within"),
        ({"twilio": TWILIO, "delivered_within": "11h"}, "delivered_within"),
    ],
)
def test_a_mistake_is_named(table: dict[str, Any], words: str) -> None:
    assert words in problem(table)


def test_without_the_table_there_are_no_gateways() -> None:
    assert gateways_of(None, ()) == {}


def test_the_url_of_receipts_is_kept_as_it_is_written() -> None:
    """Twilio signs what it was given: another spelling of the host would be refused."""
    source = TwilioSource(
        provider="twilio_sms", auth_token="secret", url="https://Hooks.Shop.example:443/hooks/twilio-sms/"
    )
    assert source.url == "https://Hooks.Shop.example:443/hooks/twilio-sms"


@pytest.mark.parametrize("url", ["", "shop.example/hooks", [], ["ftp://shop.example"]])
def test_the_url_of_receipts_is_one(url: object) -> None:
    with pytest.raises(ValidationError, match="url"):
        TwilioSource.model_validate({"provider": "twilio_sms", "auth_token": "secret", "url": url})
