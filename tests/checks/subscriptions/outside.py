"""A shop with subscriptions, and the services that its probes ask."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import TypeAdapter

from chalicelib.checks.subscriptions.settings import Subscription, Subscriptions
from chalicelib.settings import Shop
from sandbox.transport import SandboxTransport
from tests.world import World, example_shop

CRM = "127.0.0.1"
NAME = "retailCRM"
SUBSCRIPTIONS: TypeAdapter[tuple[Subscription, ...]] = TypeAdapter(Subscriptions)

Answer = Callable[[httpx.Request], httpx.Response]


def dated(expires: str, **fields: str) -> dict[str, Any]:
    return {"name": NAME, "expires": expires, **fields}


def money(**fields: Any) -> dict[str, Any]:
    return {"name": "SMS.ru", "probe": "smsru-balance", "api_id": "secret-id", **fields}


def domain(name: str = "tents.example", **fields: Any) -> dict[str, Any]:
    return {"name": "Домен", "probe": "domain", "domain": name, "rdap": "https://rdap.example", **fields}


def shop_with(*tables: Mapping[str, Any], **tables_of_shop: Mapping[str, Any]) -> Shop:
    shop = example_shop(**tables_of_shop)
    return shop.model_copy(update={"subscriptions": SUBSCRIPTIONS.validate_python(tables)})


class Services(httpx.BaseTransport):
    """The CRM's sandbox, and one answer for each other host; who has none does not answer."""

    def __init__(self, sandbox: SandboxTransport) -> None:
        self._sandbox = sandbox
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == CRM:
            return self._sandbox.handle_request(request)
        self.asked.append(request.url.host)
        if request.url.host not in self.answers:
            raise httpx.ConnectError("nobody is there", request=request)
        return self.answers[request.url.host](request)


class SubscribedWorld(World):
    """A world whose check for subscriptions runs when it is told to."""

    def __init__(self, folder: Path, *tables: Mapping[str, Any], **tables_of_shop: Mapping[str, Any]) -> None:
        super().__init__(folder, shop_with(*tables, **tables_of_shop))

    def network(self) -> Services:
        transport = super().network()
        assert isinstance(transport, SandboxTransport)
        self.services = Services(transport)
        return self.services

    def look(self) -> None:
        """The check runs, and what it found is brought to its end."""
        self.application.checks.run("subscriptions")
        self.application.incidents.look_after()
        self.work()

    def days(self, count: int, every: timedelta = timedelta(hours=1)) -> None:
        """Let days pass, with a run of the check after each such time."""
        until = self.now + timedelta(days=count)
        while self.now < until:
            self.now += every
            self.look()

    def set_subscriptions(self, *tables: Mapping[str, Any]) -> None:
        """Another shop file, and a restart."""
        self.close()
        self.shop = shop_with(*tables)
        answers = self.services.answers
        self.start()
        self.services.answers = answers

    def tell_money(self, amount: object) -> None:
        """SMS.ru answers with this balance from now on."""
        content = {"status": "OK", "status_code": 100, "balance": amount}
        self.services.answers["sms.ru"] = lambda _: httpx.Response(200, json=content)

    def tell_end(self, at: str) -> None:
        """The registry answers with this end from now on."""
        events = [{"eventAction": "expiration", "eventDate": at}]
        self.services.answers["rdap.example"] = lambda _: httpx.Response(200, json={"events": events})

    def titles(self) -> list[str]:
        return [task["text"] for task in self.tasks]

    def first_lines(self) -> list[str]:
        return [alert.split("\n")[0] for alert in self.alerts]
