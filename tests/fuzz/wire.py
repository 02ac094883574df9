"""Requests that no honest sender makes: paths, queries, headers and bodies as bytes."""

from typing import Any
from urllib.parse import unquote

from hypothesis import strategies as st

from chalicelib.gate.envelope import Envelope
from tests.fuzz import hostile
from tests.fuzz.over_http import answered, scope_of
from tests.fuzz.strategies import Maker, any_value, changed
from tests.fuzz.watching import watched_logs
from tests.providers.contract import Door, ProviderContract

WireRequest = tuple[dict[str, Any], bytes]
"""An ASGI scope and a body."""

RAW_PATHS = [
    b"/",
    b"//",
    b"*",
    b"/hooks",
    b"/hooks//",
    b"/health/",
    b"/health%2F",
    b"/hooks/shop/%2e%2e/%2e%2e",
    b"/hooks/shop/../shop",
    b"/hooks/%73hop/%",
    b"/hooks/shop/%zz/%F",
    b"/hooks/shop/%00",
    b"/hooks/shop/%ff%fe",
    b"/hooks/shop\xff\xfe",
    b"/hooks/{source}/{first}",
    b"/hooks/shop/a/b/c",
    b"/hooks/shop/a/b/c/d",
    b"/hooks/" + b"a" * 60_000,
    b"/" * 60_000,
    b"http://elsewhere/hooks/shop",
]
QUERIES = [
    b"",
    b"&",
    b"=",
    b"&&==&&",
    b"token",
    b"token=&token=a",
    b"a=%zz&b=%ff",
    b"a=%ED%A0%80",
    b"a;b=c",
    b"\xff=\xfe",
    b"a=b&" * 5_000,
    b"?" * 50,
    b"a=" + b"%00" * 1_000,
]
NAMES = [
    b"content-type",
    b"content-length",
    b"authorization",
    b"accept",
    b"cookie",
    b"x",
    b"",
    b"\xff",
    b":x",
]
VALUES = [
    b"",
    b"*/*",
    b"application/json",
    b"Bearer \xff",
    b"Bearer",
    b"\x00",
    b"-1",
    b"9" * 30,
    b"a" * 9_000,
]


@st.composite
def requests(draw: st.DrawFn, maker: Maker) -> WireRequest:
    """An authentic request with parts replaced."""
    case = maker.authentic(draw(changed(maker, any_value)).encoded())
    scope = scope_of(case)
    body = case.webhook.body
    if draw(st.booleans()):
        raw = st.sampled_from(RAW_PATHS) | st.binary(max_size=20).map(lambda end: b"/hooks/" + end)
        scope["raw_path"] = draw(raw)
        scope["path"] = unquote(scope["raw_path"].decode("latin-1"))
    if draw(st.booleans()):
        scope["query_string"] = draw(st.sampled_from(QUERIES) | st.binary(max_size=30))
    if draw(st.booleans()):
        pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.binary(max_size=10))
        scope["headers"] = [*scope["headers"], *draw(st.lists(pairs, max_size=5))]
    if draw(st.booleans()):
        scope["method"] = draw(st.sampled_from(["POST", "GET", *filter(str.isascii, hostile.METHODS)]))
    if draw(st.booleans()):
        body = draw(st.binary(max_size=50))
    return scope, body


def check_request(contract: ProviderContract, request: WireRequest) -> None:
    """Whatever is sent is answered, and never with a fault of our own."""
    door = Door(contract.provider, contract.source_settings)
    with watched_logs(contract.secrets.values()):
        assert answered(door, *request).status < 500
        assert len(door.queue) <= 1
        for envelope in door.queue:
            assert Envelope.from_json(envelope.to_json()) == envelope
