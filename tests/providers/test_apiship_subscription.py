"""Our subscription at ApiShip is looked at once a day, and registered again when it is gone."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.checks.port import Check, Watch
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.providers.apiship.checks import checks
from chalicelib.providers.apiship.read import Settings
from tests.world import World

URL = "https://shop.example/hooks/apiship/a-token"
OTHERS = {"uuid": "1", "type": "ORDER_STATUS", "url": "https://another.example"}


class ApiShip:
    """As much of ApiShip's API as a subscription needs."""

    def __init__(self) -> None:
        self.subscriptions: list[dict[str, str]] = [OTHERS]
        self.in_rows = False
        self.trouble: httpx.Response | Exception | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble is not None:
            return self.trouble
        assert request.headers["authorization"] == "an-api-token"
        assert request.url.path == "/v1/webhooks"
        if request.method == "GET":
            listed: Any = {"rows": self.subscriptions} if self.in_rows else self.subscriptions
            return httpx.Response(200, json=listed)
        self.subscriptions.append({"uuid": "2", **json.loads(request.read())})
        return httpx.Response(200, json={"uuid": "2"})


@pytest.fixture
def apiship() -> ApiShip:
    return ApiShip()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def checks_of(world: World, apiship: ApiShip, url: str | None = URL) -> list[Check]:
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    source = Settings.model_validate(
        {"provider": "apiship", "token": "a-token", "api_token": "an-api-token", "webhook_url": url}
    )
    return checks("apiship", source, incidents, texts_of(world.shop), httpx.MockTransport(apiship.answer))


@pytest.mark.parametrize("in_rows", [False, True])
def test_what_is_gone_is_registered_again_and_told(world: World, apiship: ApiShip, in_rows: bool) -> None:
    apiship.in_rows = in_rows
    for _ in range(3):
        [check] = checks_of(world, apiship)
        assert check.every == timedelta(days=1)
        assert list(check.find(world.now)) == []
        world.work()
        world.later(days=1)
    assert apiship.subscriptions == [OTHERS, {"uuid": "2", "type": "ORDER_STATUS", "url": URL}]
    told, over = world.alerts
    assert told.startswith("Сбой: подписка источника apiship пропала")
    assert over.startswith("Снова в порядке")
    assert "a-token" not in told


def test_a_look_changes_nothing(world: World, apiship: ApiShip) -> None:
    [check] = checks_of(world, apiship)
    assert isinstance(check, Watch)
    assert check.look(world.now) == ["subscription:apiship: gone"]
    assert apiship.subscriptions == [OTHERS]


def test_without_our_own_url_nobody_is_asked(world: World, apiship: ApiShip) -> None:
    assert checks_of(world, apiship, None) == []


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.Response(503), Unreachable),
        (httpx.Response(200, text="<html>"), Unreachable),
        (httpx.Response(200, json={"webhooks": []}), Unreachable),
        (httpx.Response(401, json={"message": "unauthorized"}), Refused),
    ],
)
def test_trouble_is_an_error_of_ours_and_subscribes_nothing(
    world: World, apiship: ApiShip, trouble: httpx.Response | Exception, error: type[LeadkeeperError]
) -> None:
    apiship.trouble = trouble
    [check] = checks_of(world, apiship)
    with pytest.raises(error) as caught:
        list(check.find(world.now))
    assert "token" not in f"{caught.value} {caught.value.detail}"
    assert apiship.subscriptions == [OTHERS]
    assert world.alerts == []
