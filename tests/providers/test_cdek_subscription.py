"""Our subscription at CDEK is looked at once a day, and registered again when it is gone."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.checks.port import Check, Watch
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.providers.cdek.checks import checks
from chalicelib.providers.cdek.read import Settings
from tests.world import World

URL = "https://shop.example/hooks/cdek/a-token"
OTHERS = {"uuid": "1", "type": "ORDER_STATUS", "url": "https://another.example"}
PAIRED = {"account": "an-account", "secure_password": "a-password", "webhook_url": URL}


class Cdek:
    """As much of CDEK's API as a subscription needs."""

    def __init__(self) -> None:
        self.subscriptions: list[dict[str, str]] = [OTHERS]
        self.requests: list[str] = []
        self.trouble: httpx.Response | Exception | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble is not None:
            return self.trouble
        if request.url.path == "/v2/oauth/token":
            form = parse_qs(request.read().decode())
            right = form["client_id"] == ["an-account"] and form["client_secret"] == ["a-password"]
            return httpx.Response(200, json={"access_token": "jwt"}) if right else httpx.Response(401)
        assert request.headers["authorization"] == "Bearer jwt"
        if request.method == "GET":
            return httpx.Response(200, json=self.subscriptions)
        self.subscriptions.append({"uuid": "2", **json.loads(request.read())})
        return httpx.Response(200, json={"entity": {"uuid": "2"}, "requests": []})


@pytest.fixture
def cdek() -> Cdek:
    return Cdek()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def check_of(world: World, cdek: Cdek, **settings: Any) -> list[Check]:
    secrets = {name: SecretStr(value) for name, value in {**PAIRED, **settings}.items() if value}
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    source = Settings(provider="cdek", token="a-token", **secrets)
    return checks("cdek", source, incidents, texts_of(world.shop), httpx.MockTransport(cdek.answer))


def look(world: World, cdek: Cdek) -> None:
    [check] = check_of(world, cdek)
    assert check.every == timedelta(days=1)
    assert list(check.find(world.now)) == []
    world.work()


def test_what_is_gone_is_registered_again_and_told(world: World, cdek: Cdek) -> None:
    look(world, cdek)
    assert cdek.subscriptions == [OTHERS, {"uuid": "2", "type": "ORDER_STATUS", "url": URL}]
    [told] = world.alerts
    assert told.startswith("Сбой: подписка источника cdek пропала")
    assert "a-token" not in told
    world.later(days=1)
    look(world, cdek)
    assert len(cdek.subscriptions) == 2
    assert world.alerts[1].startswith("Снова в порядке")
    world.later(days=1)
    look(world, cdek)
    assert len(world.alerts) == 2


def test_a_look_changes_nothing(world: World, cdek: Cdek) -> None:
    [check] = check_of(world, cdek)
    assert isinstance(check, Watch)
    assert check.look(world.now) == ["subscription:cdek: gone"]
    assert cdek.subscriptions == [OTHERS]
    world.work()
    assert world.alerts == []


@pytest.mark.parametrize("missing", PAIRED)
def test_without_credentials_nobody_is_asked(world: World, cdek: Cdek, missing: str) -> None:
    assert check_of(world, cdek, **{missing: ""}) == []


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.Response(503), Unreachable),
        (httpx.Response(200, text="<html>"), Unreachable),
        (httpx.Response(200, json=[]), Unreachable),
        (httpx.Response(401, json={"error": "unauthorized"}), Refused),
    ],
)
def test_trouble_is_an_error_of_ours_and_no_alarm(
    world: World, cdek: Cdek, trouble: httpx.Response | Exception, error: type[LeadkeeperError]
) -> None:
    cdek.trouble = trouble
    [check] = check_of(world, cdek)
    with pytest.raises(error):
        list(check.find(world.now))
    assert world.alerts == []


def test_problems_are_subscribed_to_if_the_shop_wants_them(world: World, cdek: Cdek) -> None:
    secrets: dict[str, Any] = {name: SecretStr(value) for name, value in PAIRED.items()}
    kinds = ("ORDER_STATUS", "DELIV_PROBLEM")
    source = Settings(provider="cdek", token="a-token", subscribes_to=kinds, **secrets)
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    for _ in range(2):
        (check,) = checks("cdek", source, incidents, texts_of(world.shop), httpx.MockTransport(cdek.answer))
        list(check.find(world.now))
    assert [one["type"] for one in cdek.subscriptions if one["url"] == URL] == [*kinds]
