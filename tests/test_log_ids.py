"""One id leads through the logs, from the webhook to the last action."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import suppress

import pytest

from chalicelib import bootstrap, functions
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.logs import JsonFormatter
from standalone.workers import sqs_event
from tests.engine.contract import received
from tests.world import World

Line = dict[str, str]


class Log:
    """All that is logged, as it stands in the log."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(JsonFormatter())

    def lines(self, message: str = "") -> list[Line]:
        lines = map(json.loads, self._stream.getvalue().splitlines())
        return [line for line in lines if message in ("", line["message"])]


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    root, library = logging.getLogger(), logging.getLogger("httpx")
    levels = root.level, library.level
    root.addHandler(log.handler)
    root.setLevel(logging.INFO)
    library.setLevel(logging.INFO)
    yield log
    root.removeHandler(log.handler)
    root.setLevel(levels[0])
    library.setLevel(levels[1])


@pytest.fixture
def shop(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world, for the functions' entry points."""
    monkeypatch.setattr(bootstrap, "application", lambda: world.application)
    return world


def work(world: World) -> None:
    """Hand each message to its function, as both hosts do."""
    for queue, handler in (
        (world.engine.work, functions.worker),
        (world.engine.notify, functions.notifier),
    ):
        while (message := queue.receive()) is not None:
            with suppress(functions.TryAgain):
                handler(sqs_event(message), None)
                queue.done(message.receipt)


def test_each_line_names_the_entry(shop: World, log: Log) -> None:
    shop.call("79161234567", "a")
    work(shop)
    [action] = log.lines("action")
    assert (action["kind"], action["result"]) == ("create-order", "done")
    assert action["reference"] == f"order {shop.orders[0]['id']}"
    assert {"chalicelib.gate.gate", "chalicelib.pipeline", "httpx"} == {
        line["logger"] for line in log.lines()
    }, "a library's lines, too"
    assert {line.get("entry") for line in log.lines()} == {shop.entry.id}


def test_a_message_to_a_client_leads_to_an_entry_of_its_own(shop: World, log: Log) -> None:
    shop.parcel("ACCEPTED_AT_PICK_UP_POINT", shop.now)
    work(shop)
    actions = {line["kind"]: line for line in log.lines("action")}
    assert set(actions) == {"request-sms", "set-order-status", "send-sms"}
    requested, sent = actions["request-sms"], actions["send-sms"]
    assert requested["entry"] == actions["set-order-status"]["entry"] == shop.entry.id
    assert requested["reference"] == f"entry {sent['entry'][:12]}"


def test_an_end_without_action_is_told(shop: World, log: Log) -> None:
    shop.parcel("UNHEARD_OF", shop.now)
    work(shop)
    [told] = log.lines("closed")
    assert told["entry"] == shop.entry.id
    assert (told["status"], told["reason"]) == ("ignored", "unknown-status-code:UNHEARD_OF")


def test_trouble_is_told_with_the_entry_that_has_it(shop: World, log: Log) -> None:
    shop.post("cdek", "demo-token", b"{broken", "application/json")
    work(shop)
    [trouble], [closed] = log.lines("trouble"), log.lines("closed")
    assert trouble["entry"] == closed["entry"] == shop.entry.id
    assert (closed["status"], closed["reason"]) == ("quarantined", "broken-json")


def test_an_entry_that_is_put_off_is_told(shop: World, log: Log) -> None:
    shop.fault(target="retailcrm", kind="503")
    shop.call("79161234567", "a")
    message = received(shop.engine.work)
    with pytest.raises(functions.TryAgain, match=message.envelope.id):  # Lambda logs it, too
        functions.worker(sqs_event(message), None)
    [told] = log.lines("put off")
    assert (told["entry"], told["seconds"]) == (message.envelope.id, "5.0")


def test_a_webhook_that_the_queue_did_not_take_is_named(shop: World, log: Log) -> None:
    def full(_envelope: Envelope) -> None:
        raise OSError("the disk is full")

    shop.gate = Gate(shop.gate.sources, full)
    assert shop.call("79161234567", "a").status == 503
    shop.restart()
    shop.call("79161234567", "a")
    [failed] = log.lines("the queue did not take a webhook")
    [accepted] = log.lines("accepted")
    assert failed["entry"] == accepted["entry"]


def test_what_is_no_longer_about_an_entry_does_not_name_it(shop: World, log: Log) -> None:
    shop.call("79161234567", "a")
    work(shop)
    shop.post("nobody", "", b"")
    [rejected] = log.lines("rejected")
    assert "entry" not in rejected
