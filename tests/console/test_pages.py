"""What all pages have in common."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chalicelib.console.pages import MENU
from chalicelib.errors import Refused
from tests.console.test_journal import lead
from tests.world import World


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", MENU)
def test_each_page_of_the_menu_is_there_in_both_languages(
    administrator: FlaskClient, name: str, language: str
) -> None:
    administrator.set_cookie("language", language)
    with administrator.application.test_request_context():
        address = administrator.application.url_for(f"{name}.show")
    answer = administrator.get(address)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count("<h1") == 1
    assert "style=" not in answer.text, "the content security policy forbids it"


def test_an_unknown_page_is_told_in_words(operator: FlaskClient) -> None:
    answer = operator.get("/console/nothing")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text


def test_the_language_is_chosen_for_this_browser_and_leads_back(operator: FlaskClient) -> None:
    answer = operator.post("/console/language", data={"language": "en", "back": "/console/?day=1"})
    assert (answer.status_code, answer.location) == (303, "/console/?day=1")
    assert '<html lang="en">' in operator.get("/console/").text


@pytest.mark.parametrize(
    "back",
    ["//elsewhere.example", "https://elsewhere.example/", "/console/\\..//x", "/console/journal/\r\nX: y"],
)
def test_a_switch_of_the_language_never_leads_elsewhere(operator: FlaskClient, back: str) -> None:
    assert operator.post("/console/language", data={"language": "en", "back": back}).location == "/console/"


def test_a_switch_of_the_language_leads_to_no_address_that_answers_forms_alone(operator: FlaskClient) -> None:
    refused = operator.post("/console/profit/import")
    assert 'name="back" value="/console/profit/import"' in refused.text
    data = {"language": "en", "back": "/console/profit/import"}
    assert operator.post("/console/language", data=data, follow_redirects=True).status_code == 200


def test_a_service_that_fails_is_told_without_personal_data(
    operator: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_keys: object) -> object:
        raise Refused("crm-refused", "a client has the phone +79161234567")

    monkeypatch.setattr(world.engine.documents, "get_many", refuse)
    answer = operator.get("/console/effect")
    assert answer.status_code == 503
    assert "crm-refused: a client has the phone …67" in answer.text


def test_an_address_without_a_possible_host_is_refused(visitor: FlaskClient) -> None:
    answer = visitor.get("/console/sign-in", headers={"Host": "x" * 64})
    assert answer.status_code == 400
    assert "Content-Security-Policy" in answer.headers


def test_looking_changes_nothing(administrator: FlaskClient, world: World, tmp_path: Path) -> None:
    lead(world)
    rules = administrator.application.url_map.iter_rules()
    addresses = [rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments]
    addresses += [f"/console/journal/{world.entry.id}{end}" for end in ("", "/replay", "/discard")]
    addresses += ["/console/messages/preview?order=1001A&template=arrived", "/console/journal?q=1001A"]
    with closing(sqlite3.connect(next(tmp_path.rglob("leadkeeper.sqlite3")))) as other:
        before = changes(other)
        for address in addresses:
            assert administrator.get(address).status_code != 500, address
            assert changes(other) == before, address
        administrator.post("/console/sign-out")
        assert changes(other) != before, "this one is written down"


def changes(connection: sqlite3.Connection) -> int:
    """Another number after each change that somebody else makes."""
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)
