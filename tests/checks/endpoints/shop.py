"""A shop with endpoints, a pretend world that answers them, and rounds of the check on a fake clock."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib import shopfile
from chalicelib.bootstrap import texts_of
from chalicelib.checks.endpoints.answers import Answer, Problem, Request
from chalicelib.checks.endpoints.check import EndpointsCheck
from chalicelib.settings import Shop
from chalicelib.validation import validate
from tests.world import FAST_ENOUGH, World

Reply = Answer | Problem | None
WELL = Answer(200)
BAD = Answer(502)
HANGS = Problem("timeout", "10")
CONTROL = "https://control.example/"


def endpoint(name: str = "Site", **settings: Any) -> dict[str, Any]:
    return {"name": name, "url": f"https://{name.lower()}.example/health", **settings}


def shop_with(*endpoints: dict[str, Any], **tables: Any) -> Shop:
    """The example shop, which acts, with these endpoints."""
    file = shopfile.load({})
    content = {**file.content, "endpoints": list(endpoints), **tables}
    content["crm"] = {**content["crm"], "requests_per_second": FAST_ENOUGH}
    return validate(replace(file, content=content))


class Outside:
    """Answers as it is told, by host; well otherwise."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.answer: Callable[[Request], Reply] | None = None

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        return [self._reply(request) for request in requests]

    def _reply(self, request: Request) -> Reply:
        host = str(urlsplit(request.url).hostname).removesuffix(".example")
        self.asked.append(host)
        if host not in self.replies and self.answer is not None:
            return self.answer(request)
        return self.replies.get(host, WELL)


class Watching:
    """Rounds of the check, a minute apart, in a world whose people hear what incidents tell."""

    def __init__(self, world: World, *endpoints: dict[str, Any], **tables: Any) -> None:
        self.world = world
        self.outside = Outside()
        self.configure(*endpoints, **tables)

    def configure(self, *endpoints: dict[str, Any], **tables: Any) -> None:
        """A new shop file, as after a restart with it."""
        self.world.shop = shop_with(*endpoints, **tables)
        self.restart()

    def restart(self) -> None:
        self.world.restart()
        application = self.world.application
        self.check = EndpointsCheck(
            self.world.shop,
            self.world.used,
            application.incidents,
            texts_of(self.world.shop),
            self.outside,
        )

    def round(self) -> None:
        """A minute passes: one round, and everything that follows from it."""
        self.world.later(minutes=1)
        assert not list(self.check.find(self.world.now))
        self.world.application.incidents.look_after()
        self.world.work()

    def rounds(self, count: int) -> None:
        for _ in range(count):
            self.round()

    def during(self, span: timedelta) -> None:
        self.rounds(int(span / timedelta(minutes=1)))

    @property
    def titles(self) -> list[str]:
        return [alert.splitlines()[0] for alert in self.world.alerts]
