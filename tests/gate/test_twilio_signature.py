"""Twilio's signature. The first vector is the sample of a call in Twilio's documented form."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from twilio.request_validator import RequestValidator

from chalicelib.gate.form import form_pairs
from chalicelib.gate.provider import Forged, Source
from chalicelib.gate.twilio_signature import require_signature, signature
from chalicelib.gate.webhook import Webhook

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/api/hooks/twilio"
BODY = (
    b"AccountSid=AC11111111111111111111111111111111&ApiVersion=2010-04-01"
    b"&CallSid=CA22222222222222222222222222222222&CallStatus=no-answer&CallDuration=0"
    b"&CallbackSource=call-progress-events&Called=%2B74950000001&Caller=%2B79161234567&Direction=inbound"
    b"&From=%2B79161234567&SequenceNumber=2&Timestamp=Mon%2C+03+Nov+2025+09%3A15%3A42+%2B0000"
    b"&To=%2B74950000001"
)


def a_webhook(signed_url: str, body: bytes = BODY, path: tuple[str, ...] = (), token: str = TOKEN) -> Webhook:
    """A webhook that Twilio signed for this URL."""
    headers = {"x-twilio-signature": signature(token, signed_url, form_pairs(body))}
    return Webhook("twilio", "POST", path, {}, headers, body, datetime(2026, 11, 20, tzinfo=UTC))


def a_source(**settings: object) -> Source:
    return Source("twilio", "twilio", {"auth_token": TOKEN, "url": URL, **settings})


def test_the_known_vector() -> None:
    url = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/api/telephony/twilio/s3cr3t?shop=main"
    assert signature(TOKEN, url, form_pairs(BODY)) == "y0Zg2CexCWjqUdIUsZyxD6sd6pU="


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"a=&B=1&b=+%D1%8F+", {"a": "", "B": "1", "b": " я "}),
        (b"CallSid=1&callSid=2&CALLSID=3", {"CallSid": "1", "callSid": "2", "CALLSID": "3"}),
        (b"a=2&a=1&a=2", {"a": "1a2"}),  # as if the name stood before each distinct value
    ],
)
def test_it_is_what_the_official_library_makes(body: bytes, fields: dict[str, object]) -> None:
    assert signature(TOKEN, URL, form_pairs(body)) == RequestValidator(TOKEN).compute_signature(URL, fields)


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        (URL, URL),
        (f"{URL}/", URL),
        ("https://shop.example/hooks/twilio", "https://shop.example:443/hooks/twilio"),
        ("https://shop.example:443/hooks/twilio", "https://shop.example/hooks/twilio"),
        ("https://shop.example:8443/hooks/twilio", "https://shop.example:8443/hooks/twilio"),
        ("http://shop.example/hooks/twilio", "http://shop.example:80/hooks/twilio"),
    ],
)
def test_with_and_without_the_port(configured: str, signed: str) -> None:
    require_signature(a_webhook(signed), a_source(url=configured))


def test_what_the_path_adds_is_signed() -> None:
    require_signature(a_webhook(f"{URL}/dial%20ended", path=("dial ended",)), a_source())
    with pytest.raises(Forged, match="wrong-signature"):
        require_signature(a_webhook(URL, path=("status",)), a_source())


def test_two_tokens_and_two_urls_are_valid_at_once() -> None:
    source = a_source(auth_token=["new", TOKEN], url=["https://new.example/hooks/twilio", URL])
    require_signature(a_webhook(URL), source)
    require_signature(a_webhook("https://new.example/hooks/twilio", token="new"), source)


def test_a_form_without_fields() -> None:
    require_signature(a_webhook(URL, b""), a_source())


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY.replace(b"no-answer", b"completed")},
        {"body": BODY + b"&Extra="},
        {"headers": {"x-twilio-signature": "y0Zg2CexCWjqUdIUsZyxD6sd6pU="}},
        {"headers": {"x-twilio-signature": "я"}},
        {"path": ("\udcff",)},
    ],
)
def test_forged(change: dict[str, object]) -> None:
    with pytest.raises(Forged, match="wrong-signature"):
        require_signature(replace(a_webhook(URL), **change), a_source())  # type: ignore[arg-type]  # any field


def test_unsigned() -> None:
    with pytest.raises(Forged, match="unsigned"):
        require_signature(replace(a_webhook(URL), headers={}), a_source())


def test_too_many_fields() -> None:
    with pytest.raises(Forged, match="too-many-fields"):
        require_signature(replace(a_webhook(URL), body=b"a=&" * 2000), a_source())


@pytest.mark.parametrize("settings", [{"auth_token": ""}, {"auth_token": []}, {"url": ""}])
def test_without_settings_nobody_is_let_in(settings: dict[str, object]) -> None:
    with pytest.raises(Forged, match="wrong-signature"):
        require_signature(a_webhook(URL, token=""), a_source(**settings))
