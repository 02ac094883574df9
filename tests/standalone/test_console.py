"""The console behind the one-machine host: real requests over a socket."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from chalicelib.console.access.limits import MOST_BY_ADDRESS
from chalicelib.console.app import MAX_FORM_BYTES
from chalicelib.functions import console
from standalone.console import THREADS
from tests.console.conftest import PASSWORD_HASH
from tests.standalone.host import PATIENCE_SECONDS, Host, running

FORM = "application/x-www-form-urlencoded"
LANGUAGE = "/console/language"
WITHOUT_CONSOLE = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "http://127.0.0.1:8001"
api_key = "sandbox"

[[people]]
name = "Анна"
crm_user = 1
"""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("CONSOLE_SESSION_KEY", "k" * 40)
    monkeypatch.setenv("CONSOLE_OWNER_PASSWORD", PASSWORD_HASH)
    with running() as host:
        yield host


def knock(host: Host, forwarded_for: str) -> int:
    """Try a wrong password through a proxy on this machine that names the sender so."""
    page = host.http.get("/console/sign-in").text
    form = {"csrf": page.split('name="csrf" value="')[1].split('"')[0], "name": "owner", "password": "wrong"}
    headers = {"X-Forwarded-For": forwarded_for}
    return host.http.post("/console/sign-in", data=form, headers=headers).status_code


def test_who_opens_the_hosts_address_is_led_to_the_console(host: Host) -> None:
    answer = host.http.get("/", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/console/sign-in")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_behind_a_proxy_attempts_count_for_the_address_that_the_proxy_saw(host: Host) -> None:
    for number in range(MOST_BY_ADDRESS):
        assert knock(host, f"198.51.100.{number}, 203.0.113.7") == 403
    assert knock(host, "198.51.100.99, 203.0.113.7") == 429, "what the sender says counts for nothing"
    assert knock(host, "203.0.113.8") == 403


def test_its_style_sheet_is_there_without_a_login(host: Host) -> None:
    answer = host.http.get("/console/static/console.css")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("query", [b"day=\xd1\x91\xff", b"a=%D1%91&b=1+2", b"<script>", b"=&&="])
def test_a_query_may_hold_anything(host: Host, query: bytes) -> None:
    head = b"GET /console/nothing?" + query + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert int(host.raw(head).split(b" ")[1]) < 500


def test_a_form_that_is_too_large_is_refused_in_words(host: Host) -> None:
    answer = host.http.post(LANGUAGE, content=b"x" * (MAX_FORM_BYTES + 1), headers={"content-type": FORM})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_who_sends_forms_slowly_holds_nobody_up(host: Host) -> None:
    head = f"POST {LANGUAGE} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\nhalf"
    with ExitStack() as connections:
        for _ in range(2 * THREADS):
            slow = socket.create_connection(("127.0.0.1", host.port), PATIENCE_SECONDS)
            connections.enter_context(slow).sendall(head.encode())
        assert host.http.get("/console/static/console.css").status_code == 200


def test_who_hangs_up_in_the_middle_of_a_form_does_no_harm(host: Host) -> None:
    head = f"POST {LANGUAGE} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\nhalf"
    with socket.create_connection(("127.0.0.1", host.port), PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode())
    assert host.http.get("/console/static/console.css").status_code == 200


def test_webhooks_need_none_of_its_threads(host: Host) -> None:
    lead = urlencode({"tranid": "1:1", "formid": "form100", "Phone": "+79161234567"}).encode()
    assert host.post("/hooks/tilda/demo-token", lead) == 200
    assert host.post("/console/hooks/tilda/demo-token", lead) in {302, 303, 403, 404, 405}
    assert len(host.received()) == 1


def test_only_a_shop_with_a_console_loads_flask() -> None:
    code = "import sys, standalone.serve; sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_shop_whose_file_says_nothing_of_a_console_has_none() -> None:
    Path("shop.toml").write_text(WITHOUT_CONSOLE, "utf-8")
    with running() as host:
        addresses = ("/", "/console", "/console/sign-in", "/console/static/console.css", "/status")
        assert {host.http.get(address).status_code for address in addresses} == {404}
        assert console({"requestContext": {}}, None) == {"statusCode": 404}
