"""Production's own webhook: the contract suite, and what the schemas refuse."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import (
    AnyEvent,
    ProductionAsked,
    ProductionCommented,
    ProductionPromised,
    ProductionReady,
)
from chalicelib.gate.json_schema import KEYWORDS
from chalicelib.gate.provider import Reply
from chalicelib.gate.timed_signature import signature
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.production.content import SCHEMAS
from chalicelib.providers.production.read import Settings
from chalicelib.providers.reading import Reading

from .contract import NOON, Door, ProviderContract, a_webhook

SECRET = "production-demo-secret-1"
AT_NOON = str(int(NOON.timestamp()))
AT = datetime(2026, 11, 20, 11, 59, 58, tzinfo=UTC)
QUESTION: Mapping[str, Any] = {
    "id": "evt-1",
    "type": "question",
    "at": "2026-11-20T14:59:58+03:00",
    "order": "1001A",
    "question_id": "q-17",
    "author": "Пётр, цех 2",
    "text": "Какой цвет люверсов?",
    "links": ["https://production.example/drawings/17"],
}
ASKED = ProductionAsked(
    order_number="1001A",
    question_id="q-17",
    author="Пётр, цех 2",
    text="Какой цвет люверсов?",
    links=("https://production.example/drawings/17",),
    at=AT,
)


def question(**changes: object) -> bytes:
    """The question with other fields; ``...`` takes one out."""
    fields = {**QUESTION, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def told(kind: str, **fields: object) -> bytes:
    return question(type=kind, question_id=..., links=..., **{"text": ..., **fields})


def sent(content: bytes, timestamp: str = AT_NOON, sign: str | None = None) -> Webhook:
    own = signature(content, timestamp, SECRET) if sign is None else sign
    proof = {"x-leadkeeper-timestamp": timestamp, "x-leadkeeper-signature": own}
    webhook = a_webhook(content, content_type="application/json")
    given = {name: value for name, value in proof.items() if value}
    return replace(webhook, headers={**webhook.headers, **given})


def reading(content: bytes) -> Reading:
    door = Door("production", {"secret": SECRET})
    assert door.receive(sent(content)) == Reply()
    return door.reading()


def refused(content: bytes) -> Sequence[tuple[str, str]]:
    """What the sender is told to mend. The webhook is kept, and its reader refuses it."""
    door = Door("production", {"secret": SECRET})
    reply = door.receive(sent(content))
    assert (reply.status, reply.content_type) == (422, "application/json; charset=utf-8")
    answer = json.loads(reply.body)
    with pytest.raises(Unreadable, match=answer["error"]):
        door.reading()
    return [(field["path"], field["problem"]) for field in answer["fields"]]


class TestContract(ProviderContract):
    provider = "production"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "production-demo-secret-2"}
    sample = question()
    same_event = json.dumps(dict(reversed(json.loads(question()).items())), indent=1).encode()
    other_event = question(id="evt-2")
    samples = (
        told("comment", text="Раскрой начат"),
        told("promised", date="2026-12-01"),
        told("ready", order=..., order_id=17),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (ASKED,)
    broken = question()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": question().replace(b"1001A", "заказ".encode("cp1251")),
        "no UTF-8": question().replace(b"1001A", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    unknown_note = "unknown-type"
    field_names = (*QUESTION, "order_id", "date")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, AT_NOON, signature(content, AT_NOON, secrets["secret"]))

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return sent(other, AT_NOON, signature(content, AT_NOON, SECRET))

    def is_complaint(self, reply: Reply) -> bool:
        return reply.status == 422 and bool(json.loads(reply.body)["fields"])

    def unknown_event(self) -> Webhook:
        return sent(question(type="shift.closed", number=7))

    def forgeries(self) -> Mapping[str, Webhook]:
        right, content = signature(question(), AT_NOON, SECRET), question()
        old = str(int(AT_NOON) - 301)
        return {
            "wrong signature": sent(content, AT_NOON, "0" * 64),
            "no signature": sent(content, AT_NOON, ""),
            "no timestamp": sent(content, "", right),
            "another timestamp": sent(content, str(int(AT_NOON) - 1), right),
            "a timestamp that is none": sent(content, "noon"),
            "five minutes and a second old": sent(content, old),
            "tampered": sent(content.replace(b"q-17", b"q-18"), AT_NOON, right),
            "nothing": a_webhook(b""),
        }


class TestReading:
    def test_a_comment(self) -> None:
        (event,) = reading(told("comment", text=" Раскрой начат ", author=None)).events
        assert event == ProductionCommented(order_number="1001A", text="Раскрой начат", at=AT)

    def test_a_promised_day(self) -> None:
        (event,) = reading(told("promised", date="2026-12-01", at=...)).events
        assert event == ProductionPromised(
            order_number="1001A", author="Пётр, цех 2", day=date(2026, 12, 1), at=NOON
        )

    def test_ready(self) -> None:
        (event,) = reading(told("ready", order=None, order_id=17, author=...)).events
        assert event == ProductionReady(order_id=17, at=AT)

    def test_a_clock_that_is_fast_makes_no_future(self) -> None:
        (event,) = reading(question(at="2026-11-20T12:04:00Z")).events
        assert isinstance(event, ProductionAsked)
        assert event.at == NOON


@pytest.mark.parametrize(
    ("content", "path", "problem"),
    [
        (question(text=...), "text", "is missing"),
        (question(text="  "), "text", "must match \\S"),
        (question(question_id=17), "question_id", "must be of type string"),
        (question(order=...), "", "must have at least one of: order, order_id"),
        (question(order=" "), "", "must have at least one of: order, order_id"),
        (question(order=..., order_id=1.5), "order_id", "must be of type integer or null"),
        (question(ordr="1001A"), "ordr", "is no field of this type"),
        (question(links=["javascript:alert(1)"]), "links[0]", r"must match ^https?://\S+$"),
        (question(at="вчера"), "at", "must be a time of this century in ISO 8601 with its offset"),
        (told("promised"), "date", "is missing"),
        (told("promised", date="01.12.2026"), "date", "must be a day of this century such as 2026-12-01"),
        (told("promised", date="20261201"), "date", "must be a day of this century such as 2026-12-01"),
        (told("comment"), "text", "is missing"),
        (question(id=...), "id", "is missing"),
    ],
)
def test_a_wrong_field_is_named(content: bytes, path: str, problem: str) -> None:
    assert (path, problem) in refused(content)


def test_what_is_refused_leaves_its_id_free() -> None:
    door = Door("production", {"secret": SECRET})
    assert door.receive(sent(question(text=""))).status == 422
    assert door.receive(sent(question())).status == 200
    refused_one, mended = door.queue
    assert refused_one.id != mended.id


def test_events_of_one_order_keep_their_order() -> None:
    door = Door("production", {"secret": SECRET})
    door.receive(sent(question()), sent(question(id="2")), sent(question(id="3", order="1002A")))
    assert door.queue[0].group == door.queue[1].group != door.queue[2].group


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_the_schemas_use_only_what_is_checked(file: Path) -> None:
    def keywords(schema: Mapping[str, Any]) -> set[str]:
        inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
        inner += [one for name in ("items",) if isinstance(one := schema.get(name), dict)]
        return {*schema}.union(*map(keywords, inner))

    assert keywords(json.loads(file.read_bytes())) <= KEYWORDS | {"$schema", "title", "description"}


def test_answers_do_not_travel_unencrypted() -> None:
    with pytest.raises(ValidationError, match="https"):
        Settings(provider="production", secret=SECRET, answer_url="http://production.example/answers")


def test_the_readmes_shell_example_makes_a_valid_signature(tmp_path: Path) -> None:
    page = (SCHEMAS.parent / "README.md").read_text()
    example = page.split("```sh\n")[2].split("```")[0]
    (tmp_path / "question.json").write_bytes(question())
    script = example.replace("curl ", "echo ").replace("@question.json", "")
    done = subprocess.run(
        ["/bin/sh", "-ec", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PRODUCTION_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=True,
    )
    timestamp = done.stdout.split("x-leadkeeper-timestamp: ")[1].split()[0]
    given = done.stdout.split("x-leadkeeper-signature: ")[1].split()[0]
    assert given == signature(question(), timestamp, SECRET)
