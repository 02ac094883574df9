"""The page to sign in, as a browser sees it."""

import logging
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chalicelib.console.access.limits import MOST_BY_ADDRESS, MOST_BY_NAME
from tests.console.conftest import OPERATOR, PASSWORD, VIEWER, console_in, console_settings
from tests.world import World

SIGN_IN = "/console/sign-in"


def sign_in(client: FlaskClient, name: str = VIEWER, password: str = PASSWORD, **more: Any) -> TestResponse:
    data = {"name": name, "password": password, **more.pop("form", {})}
    return client.post(SIGN_IN, data=data, **more)


def cookies(answer: TestResponse) -> dict[str, Any]:
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.getlist("Set-Cookie"):
        found.load(header)
    return dict(found)


def whose(world: World) -> list[tuple[str, str]]:
    content = world.engine.documents.get(f"audit:{world.now.date()}").content
    return [(record["who"], record["what"]) for record in content.get("records", [])]


def test_name_and_password_open_the_console(visitor: FlaskClient, world: World) -> None:
    answer = sign_in(visitor, f" {VIEWER.lower()}")
    assert (answer.status_code, answer.location) == (303, "/console/")
    page = visitor.get("/console/")
    assert page.status_code == 200
    assert VIEWER in page.text
    assert "наблюдатель" in page.text
    assert whose(world) == [(VIEWER, "signed_in")]
    visitor.post("/console/sign-out")
    assert whose(world) == [(VIEWER, "signed_in"), (VIEWER, "signed_out")]


def test_after_signing_in_one_sees_what_one_asked_for(visitor: FlaskClient) -> None:
    asked = visitor.get("/console/audit?until=2026-11-20")
    page = visitor.get(asked.location).text
    assert 'name="back" value="/console/audit?until=2026-11-20"' in page
    answer = sign_in(visitor, form={"back": "/console/audit?until=2026-11-20"})
    assert answer.location == "/console/audit?until=2026-11-20"


@pytest.mark.parametrize(
    "back",
    [
        "//elsewhere.example",
        "https://elsewhere.example/",
        "/\\elsewhere",
        "/console/\\..\\x",
        "",
        "/",
        "/console/journal/\r\nX: y",
    ],
)
def test_a_link_to_sign_in_leads_nowhere_else(visitor: FlaskClient, back: str) -> None:
    assert sign_in(visitor, form={"back": back}).location == "/console/"


@pytest.mark.parametrize(
    ("name", "password"), [(VIEWER, "wrong"), ("nobody", PASSWORD), ("", ""), (VIEWER, ""), ("\ud800", "x")]
)
def test_whatever_is_wrong_the_answer_is_the_same(visitor: FlaskClient, name: str, password: str) -> None:
    answer = sign_in(visitor, name.encode("utf-8", "replace").decode(), password)
    assert answer.status_code == 403
    assert "Имя или пароль не подходят." in answer.text
    assert visitor.get("/console/").status_code == 303


def test_the_password_is_not_shown_again(visitor: FlaskClient) -> None:
    answer = sign_in(visitor, '"><script>', "mistyped one")
    assert "mistyped one" not in answer.text
    assert "<script>" not in answer.text


def test_another_sites_form_signs_nobody_in(visitor: FlaskClient) -> None:
    visitor.get(SIGN_IN)
    data = {"name": VIEWER, "password": PASSWORD}
    assert FlaskClient.open(visitor, SIGN_IN, method="POST", data=data).status_code == 400
    assert visitor.get("/console/").status_code == 303


def test_the_session_begins_anew(visitor: FlaskClient) -> None:
    visitor.get(SIGN_IN)
    with visitor.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = session["csrf"]
    sign_in(visitor)
    with visitor.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf") != before


def test_cookies_travel_encrypted_and_are_for_no_script(visitor: FlaskClient) -> None:
    found = cookies(sign_in(visitor, base_url="https://console.shop.example"))
    assert set(found) == {"leadkeeper", "leadkeeper-browser"}
    for cookie in found.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
    assert not found["leadkeeper"]["max-age"], "it ends with the browser"


@pytest.mark.parametrize(
    ("base_url", "is_secure"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("http://shop.example", True),
        ("http://192.168.1.5:8000", True),
        ("https://127.0.0.1", True),
    ],
)
def test_only_on_this_machine_a_cookie_travels_as_it_is(
    visitor: FlaskClient, base_url: str, *, is_secure: bool
) -> None:
    answer = visitor.get(SIGN_IN, base_url=base_url)
    assert bool(cookies(answer)["leadkeeper"]["secure"]) == is_secure


def test_too_many_attempts_are_told_with_the_time_to_wait(visitor: FlaskClient, world: World) -> None:
    for _ in range(MOST_BY_ADDRESS):
        assert sign_in(visitor, password="wrong").status_code == 403
    world.later(minutes=10)
    answer = sign_in(visitor)
    assert answer.status_code == 429
    assert "через 6 минут." in answer.text
    world.later(minutes=5)
    assert sign_in(visitor).status_code == 303


def test_who_was_here_before_gets_in_while_others_attack(visitor: FlaskClient) -> None:
    sign_in(visitor)
    visitor.post("/console/sign-out")
    attacker = visitor.application.test_client()
    for number in range(MOST_BY_NAME):
        address = {"REMOTE_ADDR": f"198.51.100.{number // MOST_BY_ADDRESS}"}
        assert sign_in(attacker, password="wrong", environ_base=address).status_code == 403
    newcomer = visitor.application.test_client()
    assert sign_in(newcomer).status_code == 429
    assert sign_in(visitor).status_code == 303
    assert sign_in(visitor, OPERATOR).status_code == 303, "another name, which nobody attacks"


@pytest.mark.parametrize("cookie", ["x", "WyJhIiwiYiJd.x.y", "IngiLg"])
def test_a_forged_browser_is_not_known(visitor: FlaskClient, cookie: str) -> None:
    visitor.set_cookie("leadkeeper-browser", cookie)
    for _ in range(MOST_BY_ADDRESS):
        sign_in(visitor, password="wrong")
    assert sign_in(visitor).status_code == 429


def test_neither_passwords_nor_what_might_be_one_are_logged(
    visitor: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in(visitor, PASSWORD, VIEWER)
    sign_in(visitor, VIEWER, "mistyped one")
    sign_in(visitor)
    lines = [str(vars(record)) for record in caplog.records]
    assert [record.getMessage() for record in caplog.records].count(
        "somebody could not sign in to the console"
    ) == 2
    assert any(VIEWER in line for line in lines)
    assert not any(PASSWORD in line or "mistyped one" in line for line in lines)


def test_in_english_too(visitor: FlaskClient) -> None:
    visitor.set_cookie("language", "en")
    assert "The name or the password is wrong." in sign_in(visitor, password="wrong").text


def test_as_long_as_nobody_can_sign_in_the_page_says_so(world: World, visitor: FlaskClient) -> None:
    locked = console_in(world, console_settings(session_key="locked")).test_client()
    assert "Пока никто не может войти" in locked.get(SIGN_IN).text
    assert "Пока никто не может войти" not in visitor.get(SIGN_IN).text


@pytest.mark.parametrize(
    ("base_url", "warns"),
    [("http://shop.example", True), ("https://shop.example", False), ("http://127.0.0.1:8000", False)],
)
def test_without_encryption_the_page_says_why_nobody_can_sign_in(
    visitor: FlaskClient, base_url: str, *, warns: bool
) -> None:
    assert ("без шифрования" in visitor.get(SIGN_IN, base_url=base_url).text) == warns
