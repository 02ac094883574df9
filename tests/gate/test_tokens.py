"""A token in the URL: only the token itself opens the door, of whichever provider."""

import importlib
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import chalicelib.providers
from chalicelib.gate.form_provider import FormProvider
from chalicelib.gate.tokens import UrlTokenProvider
from tests.providers.contract import Door, a_webhook

TOKEN = "3f9a1c0e7b"
NAMES = sorted(path.parent.name for path in Path(chalicelib.providers.__path__[0]).glob("*/gate.py"))
BY_TOKEN = [
    name
    for name in NAMES
    if isinstance(
        importlib.import_module(f"chalicelib.providers.{name}.gate").GATE, UrlTokenProvider | FormProvider
    )
]


def test_those_that_nothing_else_proves_are_among_them() -> None:
    assert {"marquiz", "flexbe", "contactform7", "elementor", "yandexforms", "calltouch"} <= set(BY_TOKEN)


@pytest.mark.parametrize("provider", BY_TOKEN)
@given(data=st.data())
def test_whatever_is_not_the_token_opens_nothing(provider: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TOKEN)))
    near = data.draw(st.characters()).join((TOKEN[:at], TOKEN[at + data.draw(st.integers(0, 1)) :]))
    guess = data.draw(st.text() | st.just(near) | st.just(TOKEN.upper()) | st.just(TOKEN[:at]))
    assume(guess != TOKEN)
    door = Door(provider, {"token": TOKEN})
    for webhook in (a_webhook(b"{}", path=(guess,)), a_webhook(b"{}", query={"token": guess})):
        assert door.receive(webhook).status in {401, 403}
    assert not door.queue
    assert door.receive(a_webhook(b'{"a": "b"}', path=(TOKEN,))).status == 200
