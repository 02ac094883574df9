"""docs/forms.md: what a shop owner pastes from it works."""

import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest

from chalicelib.events import LeadSubmitted
from chalicelib.providers.generic.read import Settings
from tests.providers.contract import Door, a_webhook
from tests.world import FORM

PAGE = (Path(__file__).parent.parent / "docs" / "forms.md").read_text(encoding="utf-8")


class Inputs(HTMLParser):
    """The form's address and the names of what a visitor fills in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.names: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            assert given["method"] == "post"
            self.action = given["action"] or ""
        if tag in {"input", "textarea"}:
            self.names.append(given["name"] or "")


def block(language: str, containing: str) -> str:
    """The page's block of code in this language with these words."""
    found = [
        text
        for text in re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
        if containing in text
    ]
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("robot", [False, True])
def test_the_form_of_the_page_reaches_the_source_of_the_page(robot: bool) -> None:
    (name, settings), *_ = tomllib.loads(block("toml", "public = true"))["sources"].items()
    assert Settings(**settings).public
    form = Inputs(block("html", "<form"))
    assert form.action.endswith(f"/hooks/{name}")
    assert settings["honeypot"] in form.names
    filled = {
        "name": "Анна",
        "phone": "+7 916 123-45-67",
        "Что нужно сделать?": "Тент",
        "landing_page": "https://shop.ru/?utm_source=yandex",
        "referrer": "",
        "website": "spam" if robot else "",
    }
    assert sorted(form.names) == sorted(filled)
    door = Door(settings.pop("provider"), settings)
    headers = {"content-type": FORM, "origin": settings["origins"][0], "accept": "text/html"}
    reply = door.receive(replace(a_webhook(urlencode(filled).encode()), headers=headers))
    assert (reply.status, dict(reply.headers)["Location"]) == (303, settings["thanks"])
    assert len(door.queue) == (not robot)
    if robot:
        return
    (lead,) = door.reading().events
    assert isinstance(lead, LeadSubmitted)
    assert (lead.name, lead.phone, lead.attribution.source) == ("Анна", "+79161234567", "yandex")
    assert lead.answers == (("Что нужно сделать?", "Тент"),)
    assert lead.form_name == settings["form_name"]


def test_the_script_of_the_page_posts_what_the_form_has() -> None:
    script = block("html", "addEventListener")
    assert "fetch(form.action" in script
    assert '"Content-Type": "application/json"' in script
    assert "JSON.stringify(Object.fromEntries(new FormData(form)))" in script


def test_each_table_of_the_page_is_right() -> None:
    for text in re.findall(r"^ *```toml\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE):
        ((_, source),) = tomllib.loads(text)["sources"].items()
        proof = {} if "public" in source else {"token": "a-token"}
        Settings.model_validate({"provider": "generic", **source, **proof})
