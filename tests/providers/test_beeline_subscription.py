"""Our subscription at Beeline lapses by itself, so it is renewed four times a day."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.checks.ourselves import LATE
from chalicelib.checks.port import Check, Watch
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.providers.beeline.checks import ASKED_FOR, Renewal, checks
from chalicelib.providers.beeline.read import Settings
from tests.world import World

URL = "https://shop.example/hooks/beeline/a-token"
PAIRED = {"api_token": "an-api-token", "webhook_url": URL}
YES = httpx.Response(200, json={"subscriptionId": "sub-1", "expires": 86400})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def checks_of(world: World, answer: Any, **settings: str) -> list[Check]:
    secrets: Any = {name: SecretStr(value) for name, value in {**PAIRED, **settings}.items() if value}
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    source = Settings(provider="beeline", token="a-token", **secrets)
    return checks("beeline", source, incidents, texts_of(world.shop), httpx.MockTransport(answer))


def test_each_run_subscribes_for_a_day(world: World) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, str(request.url), json.loads(request.read())))
        assert request.headers["x-mpbx-api-auth-token"] == "an-api-token"
        return YES

    [check] = checks_of(world, answer)
    assert check.name == "subscription-of-beeline"
    assert list(check.find(world.now)) == []
    address = "https://cloudpbx.beeline.ru/apis/portal/subscription"
    assert asked == [("PUT", address, {"url": URL, "subscriptionType": "BASIC_CALL", "expires": 86400})]


def test_people_hear_of_a_failing_renewal_before_the_subscription_ends() -> None:
    assert LATE * Renewal.every < ASKED_FOR


def test_a_look_changes_nothing(world: World) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    [check] = checks_of(world, nobody)
    assert isinstance(check, Watch)
    assert check.look(world.now) == ["subscription:beeline: renewed by each run"]


@pytest.mark.parametrize("missing", PAIRED)
def test_without_a_token_nobody_is_asked(world: World, missing: str) -> None:
    assert checks_of(world, lambda _: YES, **{missing: ""}) == []


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.Response(503), Unreachable),
        (httpx.Response(200, text="<html>"), Unreachable),
        (httpx.Response(200, json=[]), Unreachable),
        (httpx.Response(200, json={"expires": None}), Unreachable),
        (httpx.Response(200, json={"expires": 3600}), Refused),
        (httpx.Response(401, json={"errorCode": "unauthorized"}), Refused),
        (httpx.Response(302, headers={"location": "https://elsewhere.example"}), Refused),
    ],
)
def test_trouble_is_an_error_of_ours(
    world: World, trouble: httpx.Response | Exception, error: type[LeadkeeperError]
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        if isinstance(trouble, Exception):
            raise trouble
        return trouble

    [check] = checks_of(world, answer)
    with pytest.raises(error) as raised:
        list(check.find(world.now))
    assert "an-api-token" not in str(raised.value)
