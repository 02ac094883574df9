"""Mango's dynamic call tracking: who called is asked for when it rings, once for each call."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from chalicelib.events import CallTracked
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from tests.world import World, example_shop, mango_body

CALLER = "79165550001"
NUMBER = "74950000009"
SETTINGS: Mapping[str, Any] = {
    "provider": "mango",
    "api_key": "demo-key",
    "api_salt": "demo-salt",
    "asks_for_visitors": True,
}
VISITOR: Mapping[str, Any] = {
    "uid": "5501",
    "widget_id": 7,
    "ga_cid": "1.2",
    "ya_cid": "1700000000123456789",
    "rs_cid": None,
    "channel": {
        "source": "yandex",
        "medium": "cpc",
        "campaign": "kuhni",
        "content": "",
        "term": "купить стол",
    },
    "current_page": {"url": "https://shop.example/stol", "title": "Стол"},
    "device": {},
}


class MangoWorld(World):
    """A shop that asks Mango who called.

    Attributes:
        visitors: whom Mango knows, by the number that they were shown.
        asked: for which numbers it was asked.
        is_down: True while Mango answers errors.
        is_wrapped: True if its answers are wrapped.
    """

    visitors: Mapping[str, Any]
    asked: list[str]
    is_down = False
    is_wrapped = True

    def __init__(self, folder: Path, **settings: object) -> None:
        self.visitors = {NUMBER: VISITOR}
        self.asked = []
        self.settings = {**SETTINGS, **settings}
        super().__init__(folder, example_shop(sources={"mango": self.settings}))

    def start(self) -> None:
        super().start()
        self.gate = Gate({"mango": Source("mango", "mango", self.settings)}, self.engine.work.put)

    def network(self) -> httpx.BaseTransport:
        return _Both(self, super().network())

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/vpbx/queries/user_info_by_dct_number/"
        form = dict(parse_qsl(request.read().decode()))
        sign = sha256(f"demo-key{form['json']}demo-salt".encode()).hexdigest()
        if self.is_down or (form["vpbx_api_key"], form["sign"]) != ("demo-key", sign):
            return httpx.Response(420, json={"code": 3102})
        number = json.loads(form["json"])["number"]
        self.asked.append(number)
        visitor = self.visitors.get(number, {})
        return httpx.Response(200, json={"data": visitor} if self.is_wrapped else visitor)

    def ring(self, call_id: str, leg: int = 1, number: str = NUMBER, **fields: Any) -> None:
        """A leg of a call begins to ring."""
        event = {
            "entry_id": call_id,
            "call_id": f"{call_id}-{leg}",
            "timestamp": int(self.now.timestamp()),
            "seq": leg,
            "call_state": "Appeared",
            "location": "abonent",
            "from": {"number": CALLER},
            "to": {"number": "sip:1@shop.mangosip.ru", "line_number": number},
            "dct": {"number": number, "type": 1},
            **fields,
        }
        assert self.post("mango", "events/call", mango_body(event)).status == 200

    def ask(self) -> None:
        self.work()
        self.application.checks.run("poll-mango")
        self.work()


class _Both(httpx.BaseTransport):
    """The sandbox, and Mango."""

    def __init__(self, world: MangoWorld, sandbox: httpx.BaseTransport) -> None:
        self._world = world
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        is_mango = request.url.host == "app.mango-office.ru"
        return self._world.answer(request) if is_mango else self._sandbox.handle_request(request)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MangoWorld]:
    with closing(MangoWorld(tmp_path)) as world:
        world.ask()
        world.later(minutes=1)
        yield world


def notes(world: World) -> list[str]:
    return sorted(entry.reason for entry in world.entries() if not entry.source.startswith("@"))


@pytest.mark.parametrize("is_wrapped", [True, False])
@pytest.mark.parametrize("is_asked_first", [True, False])
def test_the_order_knows_what_the_client_searched_for(
    world: MangoWorld, *, is_wrapped: bool, is_asked_first: bool
) -> None:
    world.is_wrapped = is_wrapped
    world.ring("a")
    if is_asked_first:
        world.ask()
    world.later(seconds=40)
    world.call(CALLER, "a")
    world.ask()
    [order] = world.orders
    channel = {"source": "yandex", "medium": "cpc", "campaign": "kuhni", "keyword": "купить стол"}
    assert order["source"].items() >= channel.items()
    assert "купить стол" in order["managerComment"]
    assert "https://shop.example/stol" in order["managerComment"]


def test_each_call_is_asked_about_once(world: MangoWorld) -> None:
    for leg in (1, 2, 3):
        world.ring("a", leg)
        world.ask()
        world.later(seconds=20)
    world.ring("b")
    for _ in range(10):
        world.later(minutes=1)
        world.ask()
    assert world.asked == [NUMBER, NUMBER]
    events = [event for entry in world.entries() for event in entry.events]
    tracked = [event.call_id for event in events if isinstance(event, CallTracked)]
    assert sorted(tracked) == ["a", "b"]
    assert world.alerts == []


@pytest.mark.parametrize(
    "fields",
    [
        {"dct": {"number": NUMBER, "type": 2}},
        {"dct": {"type": 0}},
        {"dct": None},
        {"call_state": "Connected"},
        {"call_state": "Disconnected"},
        {"entry_id": ""},
    ],
)
def test_what_need_not_be_asked_about_is_not_kept(world: MangoWorld, fields: dict[str, Any]) -> None:
    world.ring("a", **fields)
    world.ask()
    assert (world.asked, world.entries()) == ([], [])


def test_without_call_tracking_nobody_asks(tmp_path: Path) -> None:
    with closing(MangoWorld(tmp_path, asks_for_visitors=False)) as world:
        world.ring("a")
        world.work()
        assert world.entries() == []
        assert "poll-mango" not in world.application.checks.checks


def test_nobody_is_tied_to_the_number(world: MangoWorld) -> None:
    world.ring("a", number="74950000008")
    for _ in range(3):
        world.ask()
        world.later(minutes=1)
    assert world.asked == ["74950000008"]
    assert notes(world) == ["nothing-tracked", "ringing"]


@pytest.mark.parametrize("answer", [[], "x", {"data": []}])
def test_odd_answers_are_nobody(world: MangoWorld, answer: object) -> None:
    world.is_wrapped = False
    world.visitors = {NUMBER: answer}
    world.ring("a")
    world.ask()
    assert notes(world) == ["nothing-tracked", "ringing"]


def test_what_cannot_be_read_is_asked_about_by_nobody(world: MangoWorld) -> None:
    world.ring("a", timestamp="noon")
    world.ring("b")
    world.ask()
    assert world.asked == [NUMBER]


def test_mango_is_asked_again_while_it_does_not_answer(world: MangoWorld) -> None:
    world.is_down = True
    for call_id in "abc":
        world.ring(call_id)
        world.ask()
        world.later(minutes=1)
    assert len(world.alerts) == 1
    world.is_down = False
    world.ask()
    assert len(world.asked) == 3
    assert len(world.alerts) == 2


def test_nobody_can_post_an_answer(world: MangoWorld) -> None:
    content = json.dumps({"call": {}, "visitor": VISITOR})
    sign = sha256(f"demo-key{content}demo-salt".encode()).hexdigest()
    body = urlencode({"vpbx_api_key": "demo-key", "sign": sign, "json": content}).encode()
    for webhook_path in (("queries", "user_info_by_dct_number"), ("", "queries", "user_info_by_dct_number")):
        webhook = Webhook("mango", "POST", webhook_path, {}, {}, body, world.now)
        assert world.gate.receive(webhook).status == 200
    assert world.waiting() == 0
