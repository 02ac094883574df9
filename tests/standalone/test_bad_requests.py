"""Raw bytes to the real server: it answers what it can, keeps nothing of it, and serves on."""

import random

import pytest

from tests.standalone.host import Host, running
from tests.world import mango_body

MANGO = b"/hooks/mango/events/summary"
BODY = mango_body({"entry_id": "1"})


def post(path: bytes = MANGO, *headers: bytes, body: bytes = BODY, method: bytes = b"POST") -> bytes:
    length = b"content-length: %d" % len(body)
    lines = [method + b" " + path + b" HTTP/1.1", b"host: x", b"connection: close", length, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


KEPT = {
    "as it should be": post(),
    "two content types": post(MANGO, b"content-type: application/json", b"content-type: text/plain"),
    "content type in cp1251": post(MANGO, "content-type: приложение/джейсон".encode("cp1251")),
    "absolute address": post(b"http://elsewhere" + MANGO),
    "rubbish query": post(MANGO + b"?&&=%ff%zz&a=%00;b"),
    "empty segments": post(b"//hooks//mango///events/summary//"),
}
REFUSED = {
    "websocket": post(MANGO, b"connection: upgrade", b"upgrade: websocket"),
    "HTTP/2 over an upgrade": post(b"/hooks/tilda/demo-token", b"connection: upgrade", b"upgrade: h2c"),
    "the same in chunks": (
        b"POST /hooks/tilda/demo-token HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n"
        b"transfer-encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n"
    ),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"POST " + MANGO + b"\r\n\r\n",
    "odd method": post(method=b"BREW"),
    "lower case method": post(method=b"post"),
    "CONNECT": post(b"elsewhere:443", method=b"CONNECT"),
    "path with NUL": post(b"/hooks/mango\x00/events/summary"),
    "path of bytes": post(b"/hooks/\xff\xfe/\xd0"),
    "encoded rubbish": post(b"/hooks/%ff%fe/%00/%zz"),
    "dots": post(b"/hooks/tilda/../mango/events/summary"),
    "encoded slash": post(b"/hooks/mango/events%2Fsummary%2F/x/y/z"),
    "endless path": post(b"/" + b"a" * 100_000),
    "endless header": post(MANGO + b"/x/y/z", b"x: " + b"a" * 100_000),
    "length lies": post(MANGO, b"content-length: 5"),
    "negative length": post(MANGO, b"content-length: -1"),
    "length and chunks": post(MANGO, b"transfer-encoding: chunked"),
    "header without colon": post(MANGO, b"rubbish"),
    "folded header": post(MANGO + b"/x/y/z", b"x: a\r\n b"),
}


def status(answer: bytes) -> int:
    """0 if the server hung up."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


@pytest.mark.parametrize("name", KEPT)
def test_an_odd_but_authentic_request_is_kept(name: str) -> None:
    with running() as host:
        assert status(host.raw(KEPT[name])) == 200
        assert len(host.received()) == 1


def test_bad_requests_are_refused_and_the_server_serves_on() -> None:
    with running() as host:
        for name, request in REFUSED.items():
            assert status(said(host, request)) in {0, *range(400, 500)}, name
            assert host.received() == [], name
        assert status(host.raw(KEPT["as it should be"])) == 200


def test_requests_with_bytes_changed_by_chance_never_fail_in_the_server() -> None:
    chance = random.Random(20261120)  # noqa: S311 -- to be repeated, not to be secret
    with running() as host:
        for _ in range(200):
            request = bytearray(chance.choice(list(KEPT.values())))
            for _ in range(chance.randint(1, 4)):
                request[chance.randrange(len(request))] = chance.randrange(256)
            assert status(said(host, bytes(request) + b"\r\n\r\n")) < 500, bytes(request)
        assert status(host.raw(KEPT["as it should be"])) == 200


def said(host: Host, request: bytes) -> bytes:
    """The answer; nothing if the server hangs up, or waits for more."""
    try:
        return host.raw(request, patience_seconds=0.2)
    except OSError:
        return b""
