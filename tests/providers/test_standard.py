"""Standard Webhooks: the contract suite, the standard's surprises, and what our schema refuses."""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.entry import Status
from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attachment, Attribution, LeadItem, LeadSubmitted, MessageReceived
from chalicelib.gate.checked_content import MOST_PROBLEMS
from chalicelib.gate.gate import Gate
from chalicelib.gate.json_schema import KEYWORDS, problems
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.webhook import Webhook
from chalicelib.interventions import replay
from chalicelib.providers.forms import LONGEST_ANSWER
from chalicelib.providers.reading import Reading
from chalicelib.providers.standard.content import SCHEMAS
from chalicelib.providers.standard.read import Settings
from tests.lead_days import LeadDay, Sent, made
from tests.world import MORNING, World, example_shop

from .contract import NOON, Door, ProviderContract, a_webhook

SECRET = "whsec_c2hvcC1nbHVlLWRlbW8tc2VjcmV0LTAxMjM0NTY3ODk="
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-demo-secret-0123456789").decode()
AT_NOON = int(NOON.timestamp())

# Of the reference: a secret, an id, a moment, a body and the signature that belongs to them.
DOCUMENTED_ID = "msg_demo0001"
DOCUMENTED_TIME = 1778751000
DOCUMENTED_BODY = (
    b'{"type":"stock.changed","timestamp":"2026-05-14T09:30:00Z","data":{"sku":"TEA-100","qty":7}}'
)
DOCUMENTED_SIGNATURE = "v1,HMAjmeI1isVdeBpT7/2UxHYKiAJgbecvn0qoT+3/AfI="

WORDS: Mapping[str, Any] = {
    "medium": "site",
    "chat": "chat-17",
    "name": "Анна",
    "phone": "8 (916) 123-45-67",
    "text": "Сколько стоит тент?",
    "attachments": [
        {"name": "эскиз.pdf", "url": "https://tents.example/1", "size": 120000},
        {"name": "photo"},
    ],
    "chat_url": "https://tents.example/chats/17",
    "landing_page": "https://tents.example/?utm_source=vk",
    "referrer": "",
}
RECEIVED = MessageReceived(
    message_id="msg_1",
    medium="site",
    chat="chat-17",
    name="Анна",
    phone="+79161234567",
    text="Сколько стоит тент?",
    attachments=(
        Attachment(name="эскиз.pdf", url="https://tents.example/1", size=120000),
        Attachment(name="photo"),
    ),
    chat_url="https://tents.example/chats/17",
    attribution=Attribution(source="vk"),
    landing_page="https://tents.example/?utm_source=vk",
    at=datetime(2026, 11, 20, 11, 59, 58, tzinfo=UTC),
)

NO_MOMENT = "must be a time of this century in ISO 8601 with its offset"

DATA: Mapping[str, Any] = {
    "name": "Анна",
    "phone": "8 (916) 123-45-67",
    "email": "anna@example.com",
    "form": "calculator",
    "form_name": "Калькулятор",
    "answers": {"Размер": "3×6", "Сколько": 2},
    "number": "2041",
    "items": [
        {"name": "Тент", "quantity": 2, "price": "4500.50", "sku": "TENT-36"},
        {"name": "Люверс", "price": 12.1},
    ],
    "total": 9313.1,
    "discount": "100",
    "delivery_name": "Курьер",
    "delivery_cost": 300,
    "delivery_address": "Томск, пр. Ленина, 1",
    "payment": "cloudpayments 3500000001",
    "is_paid": True,
    "promocode": "MAY",
    "landing_page": "https://tents.example/?utm_source=yandex&utm_medium=cpc&yclid=17",
    "referrer": "https://yandex.ru/",
    "cookies": "_ym_uid=1700000000123456789; other=1",
    "attribution": {"campaign": "tents"},
    "visitor_ids": {"google": "123.456"},
}
LEAD = LeadSubmitted(
    lead_id="msg_1",
    form="calculator",
    form_name="Калькулятор",
    name="Анна",
    phone="+79161234567",
    phone_typed="8 (916) 123-45-67",
    email="anna@example.com",
    number="2041",
    items=(
        LeadItem(name="Тент", quantity=Decimal(2), price=Decimal("4500.50"), sku="TENT-36"),
        LeadItem(name="Люверс", price=Decimal("12.10")),
    ),
    total=Decimal("9313.10"),
    is_paid=True,
    discount=Decimal(100),
    delivery_name="Курьер",
    delivery_cost=Decimal(300),
    delivery_address="Томск, пр. Ленина, 1",
    payment="cloudpayments 3500000001",
    promocode="MAY",
    answers=(("Размер", "3×6"), ("Сколько", "2")),
    attribution=Attribution(source="yandex", medium="cpc", campaign="tents"),
    landing_page="https://tents.example/?utm_source=yandex&utm_medium=cpc&yclid=17",
    referrer="https://yandex.ru/",
    visitor_ids=(("yandex", "1700000000123456789"), ("google", "123.456"), ("yclid", "17")),
    submitted_at=datetime(2026, 11, 20, 11, 59, 58, tzinfo=UTC),
)


def message(data: object, **changes: object) -> bytes:
    """A content of ours; ``...`` takes a field out."""
    fields = {"type": "lead.submitted", "timestamp": "2026-11-20T14:59:58+03:00", "data": data, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def lead(**changes: object) -> bytes:
    data = {**DATA, **changes}
    return message({name: value for name, value in data.items() if value is not ...})


def words(**changes: object) -> bytes:
    """What a client wrote in a chat; ``...`` takes a field out."""
    data = {**WORDS, **changes}
    kept = {name: value for name, value in data.items() if value is not ...}
    return message(kept, type="message.received")


def sign(content: bytes, message_id: str = "msg_1", timestamp: object = AT_NOON, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + content, sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def sent(
    content: bytes,
    message_id: str = "msg_1",
    timestamp: object = AT_NOON,
    signature: str | None = None,
    family: str = "webhook",
) -> Webhook:
    """A message; signed, unless a signature is given."""
    own = sign(content, message_id, timestamp) if signature is None else signature
    webhook = a_webhook(content, content_type="application/json")
    proof = {
        f"{family}-id": message_id,
        f"{family}-timestamp": str(timestamp),
        f"{family}-signature": own,
    }
    return replace(webhook, headers={**webhook.headers, **proof})


def without(webhook: Webhook, name: str) -> Webhook:
    return replace(webhook, headers={key: value for key, value in webhook.headers.items() if key != name})


def door(*secrets: str) -> Door:
    return Door("standard", {"secret": [*secrets] or SECRET})


def event(content: bytes) -> LeadSubmitted:
    one = door()
    assert one.receive(sent(content)) == Reply()
    (read,) = one.reading().events
    assert isinstance(read, LeadSubmitted)
    return read


def refused(content: bytes) -> Sequence[tuple[str, str]]:
    """What the sender is told to mend. The webhook is kept, and its reader refuses it."""
    one = door()
    reply = one.receive(sent(content))
    assert (reply.status, reply.content_type) == (422, "application/json; charset=utf-8")
    answer = json.loads(reply.body)
    with pytest.raises(Unreadable) as refusal:
        one.reading()
    assert refusal.value.reason == answer["error"]
    return [(field["path"], field["problem"]) for field in answer["fields"]]


class TestContract(ProviderContract):
    provider = "standard"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": OTHER_SECRET}
    sample = lead()
    same_event = json.dumps(dict(reversed(json.loads(lead()).items())), indent=1).encode()
    other_event = lead(number="2042")
    samples = (
        message({"phone": "+79161234567"}),
        words(),
        message({"name": "Анна", "phone": None, "answers": {"Telegram": "@anna_demo"}}),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (LEAD,)
    broken = lead()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": lead().replace(b"calculator", "форма".encode("cp1251")),
        "no UTF-8": lead().replace(b"calculator", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    unknown_note = "unknown-type"
    field_names = (*DATA, "type", "timestamp", "data")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        own = self._id(content)
        return sent(content, own, AT_NOON, sign(content, own, secret=secrets["secret"]))

    def altered(self, content: bytes, other: bytes) -> Webhook:
        own = self._id(content)
        return sent(other, own, AT_NOON, sign(content, own))

    def is_complaint(self, reply: Reply) -> bool:
        return reply.status == 422 and bool(json.loads(reply.body)["fields"])

    def unknown_event(self) -> Webhook:
        return sent(message({"sku": "TEA-100"}, type="stock.changed"))

    def forgeries(self) -> Mapping[str, Webhook]:
        right, content = sign(lead()), lead()
        digest = right.removeprefix("v1,")
        return {
            "wrong signature": sent(content, signature="v1," + "A" * 43 + "="),
            "no signature": without(sent(content), "webhook-signature"),
            "empty signature": sent(content, signature=""),
            "no version": sent(content, signature=digest),
            "another version": sent(content, signature=f"v1a,{digest}"),
            "an empty version": sent(content, signature=f",{digest}"),
            "no comma": sent(content, signature=f"v1{digest}"),
            "two commas": sent(content, signature=f"v1,,{digest}"),
            "no base64": sent(content, signature="v1,%%% v1 , v1,"),
            "unpadded": sent(content, signature=right.rstrip("=")),
            "no id": without(sent(content), "webhook-id"),
            "empty id": sent(content, ""),
            "another id": sent(content, "msg_2", signature=right),
            "an id that is not ASCII": sent(content, "сообщение"),
            "no timestamp": without(sent(content), "webhook-timestamp"),
            "another timestamp": sent(content, timestamp=AT_NOON - 1, signature=right),
            "a timestamp that is none": sent(content, timestamp="noon"),
            "another numeral": sent(content, timestamp="١" * 10),
            "a timestamp beyond time": sent(content, timestamp="9" * 30),
            "a fraction": sent(content, timestamp=f"{AT_NOON}.0"),
            "five minutes and a second old": sent(content, timestamp=AT_NOON - 301),
            "five minutes and a second early": sent(content, timestamp=AT_NOON + 301),
            "headers of two families": replace(
                sent(content),
                headers={
                    "webhook-id": "msg_1",
                    "svix-timestamp": str(AT_NOON),
                    "webhook-signature": right,
                },
            ),
            "nothing": a_webhook(b""),
            "tampered": sent(content.replace(b"123-45", b"123-46"), signature=right),
            "one space more": sent(content + b" ", signature=right),
            "the key as text": sent(
                content,
                signature="v1,"
                + base64.b64encode(
                    hmac.new(SECRET.encode(), f"msg_1.{AT_NOON}.".encode() + content, sha256).digest()
                ).decode(),
            ),
        }

    def _id(self, content: bytes) -> str:
        """A sender names a message: the same one always equally."""
        if content in (self.sample, self.same_event):
            return "msg_1"
        return f"msg_{sha256(content.rstrip()).hexdigest()[:20]}"


class TestDoor:
    def test_the_documented_vector(self) -> None:
        one = door()
        webhook = replace(
            sent(DOCUMENTED_BODY, DOCUMENTED_ID, DOCUMENTED_TIME, DOCUMENTED_SIGNATURE),
            received_at=datetime(2026, 5, 14, 9, 30, tzinfo=UTC),
        )
        assert one.receive(webhook) == Reply()
        assert one.reading() == Reading(note="unknown-type")

    @pytest.mark.parametrize("family", ["webhook", "svix"])
    def test_both_families_of_names(self, family: str) -> None:
        one = door()
        assert one.receive(sent(lead(), family=family)) == Reply()
        assert one.reading() == Reading((LEAD,))

    @pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
    def test_clocks_may_differ_by_five_minutes(self, seconds: int) -> None:
        assert door().receive(sent(lead(), timestamp=AT_NOON + seconds)) == Reply()

    @pytest.mark.parametrize(
        "secret",
        [SECRET.removeprefix("whsec_"), SECRET.rstrip("="), SECRET.removeprefix("whsec_").rstrip("=")],
    )
    def test_a_secret_without_prefix_and_padding(self, secret: str) -> None:
        assert Settings(provider="standard", secret=secret).secret == secret
        assert door(secret).receive(sent(lead())) == Reply()

    @pytest.mark.parametrize(
        "others",
        ["v1,AAAA", "v1a,whatever", "v2,x v1", "nonsense", "v1,", ",", "", "v1,подпись", "v1,%%%"],
    )
    def test_what_stands_beside_a_right_signature_is_passed_over(self, others: str) -> None:
        for signatures in (f"{others} {sign(lead())}", f"{sign(lead())} {others}"):
            assert door().receive(sent(lead(), signature=signatures)) == Reply()

    def test_a_sender_that_rotates_signs_with_both_secrets(self) -> None:
        both = f"{sign(lead(), secret=OTHER_SECRET)} {sign(lead())}"
        assert door().receive(sent(lead(), signature=both)) == Reply()

    @pytest.mark.parametrize("secret", ["whsec_", "whsec_%%%", "whsec_пароль", "", "whsec_====", "a"])
    def test_a_secret_that_is_none_lets_nobody_in(self, secret: str) -> None:
        empty = (
            "v1,"
            + base64.b64encode(hmac.new(b"", f"msg_1.{AT_NOON}.".encode() + lead(), sha256).digest()).decode()
        )
        assert door(secret).receive(sent(lead(), signature=empty)).status == 403
        with pytest.raises(ValidationError):
            Settings(provider="standard", secret=secret)

    def test_a_short_secret_is_refused_before_it_is_used(self) -> None:
        with pytest.raises(ValidationError, match="24 to 64 random bytes"):
            Settings(provider="standard", secret="whsec_" + base64.b64encode(b"x" * 23).decode())

    def test_a_new_attempt_has_a_new_timestamp_and_is_the_same_message(self) -> None:
        one = door()
        first = sent(lead(), timestamp=AT_NOON)
        again = replace(sent(lead(), timestamp=AT_NOON + 7200), received_at=NOON + timedelta(hours=2))
        one.receive(first, again)
        assert one.queue[0].deduplication_id == one.queue[1].deduplication_id

    def test_what_nothing_signs_is_not_kept(self) -> None:
        one = door()
        webhook = replace(sent(lead()), path=("a", "b"), query={"utm_source": "forged"})
        one.receive(sent(lead()), webhook)
        assert one.queue[0].deduplication_id == one.queue[1].deduplication_id

    def test_the_order_of_a_clients_leads_is_kept(self) -> None:
        one = door()
        one.receive(sent(lead(), "msg_1"), sent(lead(phone="+79161234567"), "msg_2"))
        one.receive(sent(lead(phone="+79160000000"), "msg_3"))
        assert one.queue[0].group == one.queue[1].group != one.queue[2].group

    @given(
        part=st.sampled_from(["id", "timestamp", "signature", "body", "secret"]),
        at=st.integers(0, 10_000),
        to=st.integers(0, 255),
    )
    def test_any_changed_byte_is_refused(self, part: str, at: int, to: int) -> None:
        content, signature, secret = lead(), sign(lead()), SECRET.removeprefix("whsec_").rstrip("=")
        parts = {
            "id": b"msg_1",
            "timestamp": str(AT_NOON).encode(),
            "signature": signature.encode(),
            "body": content,
            "secret": base64.b64decode(SECRET.removeprefix("whsec_")),
        }
        changed = bytearray(parts[part])
        at %= len(changed)
        if changed[at] == to:
            return
        changed[at] = to
        parts[part] = bytes(changed)
        secret = base64.b64encode(parts["secret"]).decode()
        webhook = sent(
            parts["body"],
            parts["id"].decode("latin-1"),
            parts["timestamp"].decode("latin-1"),
            parts["signature"].decode("latin-1"),
        )
        one = door(secret)
        assert one.receive(webhook).status == 403
        assert not one.queue


class TestLead:
    def test_the_least(self) -> None:
        assert event(message({"phone": "+79161234567"})) == LeadSubmitted(
            lead_id="msg_1",
            form="",
            phone="+79161234567",
            phone_typed="+79161234567",
            submitted_at=LEAD.submitted_at,
        )

    def test_blank_fields_are_absent(self) -> None:
        blanks: dict[str, Any] = dict.fromkeys(DATA)
        texts = ("name", "email", "form", "number", "landing_page", "cookies")
        content = message({**blanks, **dict.fromkeys(texts, " "), "phone": "+79161234567"})
        assert event(content) == event(message({"phone": "+79161234567"}))

    def test_what_a_client_typed_is_never_refused(self) -> None:
        typed = event(lead(phone="не звоните", email="нет", name="x" * 5000, answers={"?": "я" * 5000}))
        assert (typed.phone, typed.phone_typed, typed.email) == (None, "не звоните", "нет")
        assert typed.answers == (("?", "я" * LONGEST_ANSWER + "…"),)

    def test_named_attribution_wins_over_the_page(self) -> None:
        said = event(lead(attribution={"source": "vk", "keyword": "тент"})).attribution
        assert said == Attribution(source="vk", medium="cpc", keyword="тент")

    @pytest.mark.parametrize(
        ("written", "price"),
        [
            (0.1, "0.10"),
            (4500, "4500"),
            ("4500.5", "4500.50"),
            (1e-9, "0"),
            (19.999, "20"),
            (10**9, "1000000000"),
        ],
    )
    def test_sums_are_in_kopecks(self, written: object, price: str) -> None:
        (item,) = event(lead(items=[{"name": "Тент", "price": written}])).items
        assert item.price == Decimal(price)

    def test_numbers_of_answers_are_as_they_were_written(self) -> None:
        assert event(lead(answers={"a": 0, "b": 1.5, "c": None, "d": " "})).answers == (
            ("a", "0"),
            ("b", "1.5"),
        )


class TestMessage:
    def reading(self, content: bytes) -> Reading:
        one = door()
        assert one.receive(sent(content)) == Reply()
        return one.reading()

    def test_what_a_client_wrote_in_a_chat(self) -> None:
        assert self.reading(words()) == Reading((RECEIVED,))

    def test_the_least(self) -> None:
        least = MessageReceived(message_id="msg_1", medium="vk", chat="5", text="", at=RECEIVED.at)
        for content, event in (
            ({"text": "?"}, {"text": "?"}),
            ({"attachments": [{"name": "voice"}]}, {"attachments": (Attachment(name="voice"),)}),
        ):
            written = message({"medium": "vk", "chat": "5", **content}, type="message.received")
            assert self.reading(written) == Reading((least.model_copy(update=event),))

    @pytest.mark.parametrize(
        ("changes", "path", "problem"),
        [
            ({"medium": "mail"}, "data.medium", "must be one of: site, telegram, vk, max, whatsapp"),
            ({"chat": ...}, "data.chat", "is missing"),
            ({"chat": " "}, "data.chat", r"must match \S"),
            ({"chat": "x" * 201}, "data.chat", "must have 200 characters at most"),
            ({"text": " ", "attachments": []}, "data", "must have at least one of: text, attachments"),
            ({"chat_url": "javascript:alert(1)"}, "data.chat_url", r"must match ^(https?://\S+|\s*)$"),
            ({"attachments": [{"name": "a", "size": -1}]}, "data.attachments[0].size", "must be 0 at least"),
        ],
    )
    def test_the_programmer_is_told_what_to_mend(
        self, changes: dict[str, object], path: str, problem: str
    ) -> None:
        assert (path, problem) in refused(words(**changes))

    def test_the_order_of_a_chat_is_kept(self) -> None:
        one = door()
        one.receive(sent(words(), "msg_1"), sent(words(phone=None), "msg_2"), sent(words(chat="18"), "msg_3"))
        assert one.queue[0].group == one.queue[1].group != one.queue[2].group

    def test_a_conversation_makes_one_order(self, tmp_path: Path) -> None:
        settings = {"provider": "standard", "secret": SECRET}
        world = World(tmp_path, example_shop(sources={"shop": settings}))
        gate = Gate({"shop": Source("shop", "standard", settings)}, world.engine.work.put)
        texts = ("Здравствуйте", "Сколько стоит тент?")
        for number, text in enumerate((*texts, texts[0])):
            now = world.now
            content = words(text=text, attachments=[])
            content = json.dumps({**json.loads(content), "timestamp": now.isoformat()}).encode()
            webhook = sent(content, f"msg_{number}", int(now.timestamp()))
            for _ in range(2):
                assert gate.receive(replace(webhook, received_at=now)) == Reply()
            world.work_for(minutes=2)
        (order,) = world.orders
        assert "Сообщение в чате на сайте" in order["managerComment"]
        written = order["customerComment"] + order["managerComment"]
        assert (written.count(texts[0]), written.count(texts[1])) == (2, 1)
        assert order["source"]["source"] == "vk"
        world.close()


class TestSchema:
    @pytest.mark.parametrize(
        ("content", "path", "problem"),
        [
            (message({}), "data", "must have at least one of: phone, email, name"),
            (message({"phone": " ", "name": None}), "data", "must have at least one of: phone, email, name"),
            (message(...), "data", "is missing"),
            (message(None), "data", "must be of type object"),
            (message([]), "data", "must be of type object"),
            (lead(phnoe="1"), "data.phnoe", "is no field of this type"),
            (lead(phone=79161234567), "data.phone", "must be of type string or null"),
            (lead(items={}), "data.items", "must be of type array or null"),
            (lead(items=["Тент"]), "data.items[0]", "must be of type object"),
            (lead(items=[{"name": "Тент"}, {"price": 5}]), "data.items[1].name", "is missing"),
            (lead(items=[{"name": ""}]), "data.items[0].name", r"must match \S"),
            (lead(items=[{"name": "a", "price": -1}]), "data.items[0].price", "must be 0 at least"),
            (lead(items=[{"name": "a", "quantity": 0}]), "data.items[0].quantity", "must be 0.01 at least"),
            (lead(total=1e10), "data.total", "must be 1000000000 at most"),
            (lead(items=[{"name": "a"}] * 1001), "data.items", "must have 1000 elements at most"),
            (
                lead(answers=dict.fromkeys(map(str, range(1001)), "a")),
                "data.answers",
                "must have 1000 fields at most",
            ),
            (lead(total="9 300,00"), "data.total", "must match ^[0-9]{1,9}([.][0-9]{1,2})?$"),
            (lead(total=True), "data.total", "must be of type number or string or null"),
            (lead(total=float("nan")), "data.total", "must be 0 at least"),
            (lead(is_paid="yes"), "data.is_paid", "must be of type boolean or null"),
            (lead(answers=[["a", "b"]]), "data.answers", "must be of type object or null"),
            (lead(answers={"a": ["b"]}), "data.answers.a", "must be of type string or number or null"),
            (
                lead(attribution={"utm_source": "a"}),
                "data.attribution.utm_source",
                "is no field of this type",
            ),
            (message(DATA, timestamp=...), "timestamp", "is missing"),
            (message(DATA, timestamp=AT_NOON), "timestamp", "must be of type string"),
            *(
                (message(DATA, timestamp=text), "timestamp", NO_MOMENT)
                for text in ("", "noon", "2026-11-20T12:00", "1926-11-20T12:00Z", "0001-01-01T00:00+14:00")
            ),
            (message(DATA, type=...), "type", "is missing"),
            (message(DATA, type=7), "type", "must be of type string"),
            (
                message(DATA, type="lead submitted"),
                "type",
                "must match ^[a-zA-Z0-9_]+([.][a-zA-Z0-9_]+)*$",
            ),
            (b"[]", "", "must be of type object"),
            (b'{"type": "lead.submitted"', "", "the body must be JSON in UTF-8"),
            (b"\xff", "", "the body must be JSON in UTF-8"),
            (b"", "", "the body must be JSON in UTF-8"),
            (b"[" * 50_000, "", "the body must be JSON in UTF-8"),
        ],
    )  # fmt: skip
    def test_the_programmer_is_told_what_to_mend(self, content: bytes, path: str, problem: str) -> None:
        assert (path, problem) in refused(content)

    def test_each_wrong_field_is_named(self) -> None:
        assert [path for path, _ in refused(lead(phone=1, total="x", items=[{}]))] == [
            "data.phone",
            "data.items[0].name",
            "data.total",
        ]

    def test_a_sender_gone_wild_is_not_told_everything(self) -> None:
        assert len(refused(lead(items=[7] * 5000))) == MOST_PROBLEMS

    def test_no_value_is_repeated(self) -> None:
        one = door()
        reply = one.receive(sent(lead(phone={"typed": "79161234567"}, is_paid="anna@example.com")))
        with pytest.raises(Unreadable) as refusal:
            one.reading()
        for text in (reply.body, str(refusal.value)):
            assert "data.phone" in text
            assert "79161234567" not in text
            assert "anna@example.com" not in text

    def test_an_unknown_type_may_look_like_anything(self) -> None:
        for content in (message(None, type="stock.changed"), b'{"type": "a.b", "data": [7]}'):
            one = door()
            assert one.receive(sent(content)) == Reply()
            assert one.reading() == Reading(note="unknown-type")

    @pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
    def test_the_schemas_use_only_what_is_checked(self, file: Path) -> None:
        notes = {"$schema", "title", "description"}

        def keywords(schema: Mapping[str, Any]) -> set[str]:
            inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
            inner += [
                one for name in ("items", "additionalProperties") if isinstance(one := schema.get(name), dict)
            ]
            return {*schema}.union(*map(keywords, inner))

        assert keywords(json.loads(file.read_bytes())) <= KEYWORDS | notes

    def test_the_readmes_samples_are_valid(self) -> None:
        page = (SCHEMAS.parent / "README.md").read_text()
        samples = [json.loads(part.split("```")[0]) for part in page.split("```json\n")[1:3]]
        assert [sample["type"] for sample in samples] == ["lead.submitted", "message.received"]
        for sample in samples:
            schema = json.loads((SCHEMAS / f"{sample['type']}.json").read_bytes())
            assert not [*problems(sample, schema)]


class TestRefusedAndKept:
    """A wrong content is refused, so that it is mended, and kept, so that it is not lost."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        world = World(tmp_path, example_shop(sources={"shop": {"provider": "standard", "secret": SECRET}}))
        yield world
        world.close()

    def post(self, world: World, content: bytes, message_id: str = "msg_1") -> int:
        """One attempt, with a timestamp of its own."""
        gate = Gate({"shop": Source("shop", "standard", {"secret": SECRET})}, world.engine.work.put)
        webhook = sent(content, message_id, int(world.now.timestamp()))
        status = gate.receive(replace(webhook, received_at=world.now)).status
        world.work_for(minutes=2)
        return status

    def test_tried_again_for_days_it_is_one_entry_and_one_alert(self, world: World) -> None:
        for _ in range(10):
            assert self.post(world, lead(total="?")) == 422
            world.later(hours=8)
        (kept,) = world.entries(Status.QUARANTINED)
        assert (kept.reason, kept.detail.split()[0]) == ("unexpected-content", "data.total")
        assert len(world.alerts) == 1
        assert not world.orders

    def test_once_it_is_mended_it_becomes_one_order(self, world: World) -> None:
        assert self.post(world, lead(total="?")) == 422
        assert self.post(world, lead()) == 200
        assert self.post(world, lead(total="?")) == 422
        assert self.post(world, lead()) == 200
        assert [order["phone"] for order in world.orders] == ["+79161234567"]
        assert len(world.entries(Status.QUARANTINED)) == 1

    @pytest.mark.parametrize("hours", [0, 2])
    def test_replayed_after_the_mended_one_it_is_no_second_lead(
        self, world: World, hours: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.post(world, lead(phnoe="8 916 123-45-67")) == 422
        assert self.post(world, lead()) == 200
        world.later(hours=hours)
        (kept,) = world.entries(Status.QUARANTINED)
        # An update by which we understand what was refused.
        newer = json.loads((SCHEMAS / "lead.submitted.json").read_bytes())
        newer["properties"]["data"]["properties"]["phnoe"] = {"type": "string"}
        schemas = {"lead.submitted": newer, "message": {}}
        monkeypatch.setattr("chalicelib.providers.standard.content.CONTENT._schema", schemas.__getitem__)
        assert replay(world.engine, kept, "Анна", world.now) is None
        world.work_for(minutes=2)
        assert (len(world.orders), world.tasks) == (1, [])
        (entry,) = world.engine.journal.find(kept.id)
        assert (entry.status, entry.reason) == (Status.IGNORED, "already-told")

    def test_an_accepted_id_with_another_lead_is_kept_for_a_person(self, world: World) -> None:
        assert self.post(world, lead()) == 200
        assert self.post(world, lead(number="2042")) == 200
        assert len(world.orders) == 1
        (kept,) = world.entries(Status.QUARANTINED)
        assert kept.reason == "same-id-different-content"

    def test_the_sender_hears_when_a_wrong_content_could_not_be_kept(self) -> None:
        def broken_queue(_: object) -> None:
            raise OSError

        gate = Gate({"shop": Source("shop", "standard", {"secret": SECRET})}, broken_queue)
        assert gate.receive(sent(lead(total="?"))).status == 503


class TestDay(LeadDay):
    source = "site"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "standard", "secret": SECRET}
    orders = (
        made("+79161234567", "Анна", source="yandex", medium="cpc", campaign="tents"),
        made("+79160000002", "Борис", source="google", medium="organic"),
        made("+79160000003", "Вера", source="vk", medium="social"),
        made("", "Галина"),
    )
    tasks = 1
    quarantined = 1

    def day(self) -> Sequence[Sent]:
        def at(minute: int, message_id: str, content: bytes, status: int = 200) -> Sent:
            signed_at = int((self.begins + timedelta(minutes=4)).timestamp())
            webhook = replace(sent(content, message_id, signed_at), source=self.source)
            return Sent(timedelta(minutes=minute), webhook, status)

        said = MORNING.isoformat()
        boris = {
            "name": "Борис",
            "phone": "89160000002",
            "form": "callback",
            "referrer": "https://google.com/",
        }
        vera = {"name": "Вера", "phone": "89160000003", "attribution": {"source": "vk", "medium": "social"}}
        return [
            at(0, "msg_1", message(DATA, timestamp=said)),
            at(1, "msg_2", message(boris, timestamp=said)),
            # Boris clicks again: the same form of the same client is a task on his order.
            at(2, "msg_3", message(boris, timestamp=said)),
            at(2, "msg_4", message({**vera, "phone": 89160000003}, timestamp=said), 422),
            at(3, "msg_4", message(vera, timestamp=said)),
            at(4, "msg_5", message({"name": "Галина", "email": "g@example.com"}, timestamp=said)),
            at(4, "msg_6", message({"sku": "TEA-100"}, type="stock.changed")),
        ]
