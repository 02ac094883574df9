"""Who may open and change what."""

from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chalicelib.console.access.guard import current_user, needs, public, record
from chalicelib.console.access.roles import Role
from chalicelib.console.pages import BLUEPRINTS
from chalicelib.engine.port import Document
from tests.console.conftest import (
    OPERATOR,
    PASSWORD,
    VIEWER,
    Visitor,
    console_in,
    console_settings,
    signed_in,
)
from tests.world import World

SIGN_IN = "/console/sign-in"
OWN_CHANGES = {"language", "sign_in.sign_in", "sign_in.sign_out", "tried.own"}
"""What everybody may change: how they themselves look at it."""

OTHER_HASH = "scrypt:4096:1:1:c2FsdA==:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def tried_pages() -> Blueprint:
    """A page of each kind."""
    page = Blueprint("tried", __name__)

    @page.get("/look")
    def look() -> str:
        return f"seen by {current_user().name}"

    @page.post("/change")
    def change() -> str:
        record("changed", "a thing")
        return "changed"

    @page.post("/own")
    @needs(Role.VIEWER)
    def own() -> str:
        return "own"

    @needs(Role.ADMINISTRATOR)
    @page.get("/secret")
    def secret() -> str:
        return "secret"

    @page.get("/open")
    @public
    def everybody() -> str:
        return "open"

    return page


@pytest.fixture(autouse=True)
def _with_tried_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.console.app.BLUEPRINTS", (*BLUEPRINTS, tried_pages()))


def without_token(client: FlaskClient, address: str, **data: str) -> TestResponse:
    """As another site's form would post it."""
    return FlaskClient.open(client, address, method="POST", data=data)


@pytest.mark.parametrize("address", ["/console/", "/console/look", "/console/secret", "/", "/console/audit"])
def test_who_is_not_signed_in_sees_the_page_to_sign_in(visitor: FlaskClient, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 303
    assert answer.location.startswith(SIGN_IN)


def test_each_page_wants_somebody_to_be_signed_in(console: Flask, visitor: FlaskClient) -> None:
    open_ones = {"static", "language", "sign_in.show", "sign_in.sign_in", "tried.everybody"}
    open_ones |= {"status.show", "calendar.feed"}
    adapter = console.url_map.bind("localhost")
    for rule in console.url_map.iter_rules():
        if rule.endpoint in open_ones:
            continue
        values: dict[str, Any] = dict.fromkeys(rule.arguments, "1")
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = visitor.open(adapter.build(rule.endpoint, values, method=method), method=method)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, SIGN_IN), rule


def test_what_everybody_may_see_needs_no_session_and_starts_none(visitor: FlaskClient) -> None:
    answer = visitor.get("/console/open")
    assert answer.text == "open"
    assert "Set-Cookie" not in answer.headers
    assert visitor.get("/console/static/console.css", buffered=True).status_code == 200


def test_a_page_says_who_looks(viewer: FlaskClient) -> None:
    assert viewer.get("/console/look").text == f"seen by {VIEWER}"


def test_a_viewer_looks_and_changes_nothing(viewer: FlaskClient, world: World) -> None:
    assert viewer.get("/console/look").status_code == 200
    answer = viewer.post("/console/change")
    assert answer.status_code == 403
    assert "Нет доступа" in answer.text
    assert world.engine.documents.get(f"audit:{world.now.date()}").version == 0
    assert viewer.post("/console/own").status_code == 200


def test_what_an_operator_does_is_written_down(operator: FlaskClient, world: World) -> None:
    assert operator.post("/console/change").text == "changed"
    records = world.engine.documents.get(f"audit:{world.now.date()}").content["records"]
    assert [(each["who"], each["what"], each["about"]) for each in records] == [
        (OPERATOR, "changed", "a thing")
    ]


def test_what_is_for_administrators_is_for_them_alone(
    operator: FlaskClient, administrator: FlaskClient
) -> None:
    assert operator.get("/console/secret").status_code == 403
    assert administrator.get("/console/secret").text == "secret"


@pytest.mark.parametrize("token", [None, "", "x" * 43, "ж"])
def test_a_form_of_another_site_changes_nothing(operator: FlaskClient, token: str | None) -> None:
    operator.get("/console/")
    data = {} if token is None else {"csrf": token}
    assert without_token(operator, "/console/change", **data).status_code == 400


def test_a_form_that_is_too_large_is_refused_in_words(operator: FlaskClient) -> None:
    answer = operator.post("/console/change", data={"more": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "Файл слишком большой" in answer.text


def test_each_form_brings_the_token_of_its_session(operator: FlaskClient, viewer: FlaskClient) -> None:
    pages = [client.get("/console/").text for client in (operator, viewer, operator)]
    tokens = [page.split('name="csrf" value="')[1].split('"')[0] for page in pages]
    assert tokens[0] == tokens[2] != tokens[1]
    assert all(page.count("<form") == page.count('name="csrf"') for page in pages)
    assert without_token(operator, "/console/change", csrf=tokens[0]).text == "changed"
    assert without_token(operator, "/console/change", csrf=tokens[1]).status_code == 400


def test_who_signed_out_and_goes_back_must_sign_in(operator: FlaskClient) -> None:
    answer = operator.post("/console/sign-out")
    assert (answer.status_code, answer.location) == (303, SIGN_IN)
    assert operator.get("/console/look").status_code == 303


def test_one_can_sign_out_although_nothing_can_be_written_down(
    operator: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_document: Document) -> Document:
        raise OSError("no space left on device")

    monkeypatch.setattr(world.engine.documents, "put", full)
    assert operator.post("/console/sign-out").status_code == 500
    assert operator.get("/console/look").status_code == 303


def test_a_session_ends_after_its_time(operator: FlaskClient, world: World) -> None:
    world.later(hours=11, minutes=59)
    assert operator.get("/console/look").status_code == 200
    world.later(minutes=1)
    assert operator.get("/console/look").status_code == 303


@pytest.mark.parametrize(
    "users",
    [
        [{"name": OPERATOR, "role": "operator", "password_hash": OTHER_HASH}],
        [{"name": OPERATOR, "role": "operator", "password_hash": "locked"}],
        [{"name": VIEWER, "role": "operator", "password_hash": OTHER_HASH}],
    ],
    ids=["another password", "locked", "no such user any more"],
)
def test_a_session_ends_when_the_user_is_another_one(
    operator: FlaskClient, world: World, users: list[dict[str, str]]
) -> None:
    changed = console_in(world, console_settings(users=users)).test_client()
    carry_over(operator, changed)
    assert changed.get("/console/look").status_code == 303


def test_a_session_ends_with_the_key(operator: FlaskClient, world: World) -> None:
    changed = console_in(world, console_settings(session_key="n" * 40)).test_client()
    carry_over(operator, changed)
    assert changed.get("/console/look").status_code == 303


def test_the_role_is_what_the_shop_file_says_now(operator: FlaskClient, world: World) -> None:
    users = [user.model_dump() for user in console_settings().users]
    demoted = [{**user, "role": Role.VIEWER} for user in users]
    changed = console_in(world, console_settings(users=demoted)).test_client()
    carry_over(operator, changed)
    assert changed.get("/console/look").status_code == 200
    assert changed.post("/console/change").status_code == 403


def test_with_a_published_key_nobody_is_let_in(world: World) -> None:
    settings = console_settings(session_key="locked")
    forged = console_in(world, settings)
    client = signed_in(forged, world, OPERATOR, settings)
    assert client.get("/console/look").status_code == 303
    answer = client.post(SIGN_IN, data={"name": OPERATOR, "password": PASSWORD})
    assert answer.status_code == 403


@pytest.mark.parametrize("cookie", ["", "x", "eyJuYW1lIjoi0JDQu9C70LAifQ.x.y"])
def test_a_forged_cookie_is_nobody(visitor: FlaskClient, cookie: str) -> None:
    visitor.set_cookie("leadkeeper", cookie)
    assert visitor.get("/console/look").status_code == 303


def test_a_session_of_another_version_is_nobody(visitor: FlaskClient) -> None:
    with visitor.session_transaction() as session:
        session["name"] = OPERATOR
    assert visitor.get("/console/look").status_code == 303


def test_each_answer_forbids_what_pages_do_not_need(visitor: FlaskClient, operator: FlaskClient) -> None:
    answers = (
        operator.get("/console/"),
        visitor.get(SIGN_IN),
        visitor.get("/console/nothing"),
        visitor.get("/console/"),
        visitor.get("/console/static/console.css", buffered=True),
        without_token(operator, "/console/change"),
    )
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers[:4])


def test_the_menu_leads_to_what_may_be_opened(
    visitor: FlaskClient, operator: FlaskClient, administrator: FlaskClient
) -> None:
    assert "/console/audit" in administrator.get("/console/").text
    assert "/console/audit" not in operator.get("/console/").text
    assert "<nav" not in visitor.get(SIGN_IN).text


def carry_over(one: FlaskClient, other: FlaskClient) -> None:
    """The cookies of one browser, which comes back after the shop file has changed."""
    assert isinstance(one, Visitor)
    cookie = one.get_cookie("leadkeeper")
    assert cookie is not None
    other.set_cookie("leadkeeper", cookie.value)


def test_a_session_outlives_a_restart(operator: FlaskClient, world: World) -> None:
    same = console_in(world).test_client()
    carry_over(operator, same)
    assert same.get("/console/look").status_code == 200


def test_each_change_is_for_operators_with_the_token_of_their_session(
    console: Flask, viewer: FlaskClient, operator: FlaskClient
) -> None:
    adapter = console.url_map.bind("localhost")
    for rule in console.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in OWN_CHANGES:
            continue
        values: dict[str, Any] = dict.fromkeys(rule.arguments, "1")
        address = adapter.build(rule.endpoint, values, method="POST")
        assert viewer.post(address).status_code == 403, rule
        assert without_token(operator, address).status_code == 400, rule
