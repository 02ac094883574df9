"""WhatsApp: the contract suite, and the surprises of its webhooks."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attachment, Attribution, MessageReceived
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.meta_signature import HEADER, signature
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.whatsapp.read import Settings
from tests.fuzz.case import Case, Proof
from tests.fuzz.over_http import Answer, answered, answered_on_aws, check_over_http, scope_of
from tests.lead_days import Sent
from tests.message_days import MessageDay

from .contract import Door, ProviderContract, a_webhook

SECRET, VERIFY = "demo-app-secret", "demo-verify-token"
SETTINGS = {"app_secret": SECRET, "verify_token": VERIFY}
SAMPLE = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"100200300400","changes":[{"field":"messages",'
    b'"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"79990000001",'
    b'"phone_number_id":"555000111"},"contacts":[{"profile":{"name":"Anna Demo"},"wa_id":"79990000002"}],'
    b'"messages":[{"from":"79990000002","id":"wamid.DEMO0001","timestamp":"1778751000","type":"text",'
    b'"text":{"body":"Is it in stock?"}}]}}]}]}'
)
SIGNATURE = "sha256=7e8e40845023a6e40a4a5f7cc2b23277a93c1453b8f56f57f07fb3229f29c38f"
MESSAGE = MessageReceived(
    message_id="wamid.DEMO0001",
    medium="whatsapp",
    chat="79990000002",
    name="Anna Demo",
    phone="+79990000002",
    text="Is it in stock?",
    at=datetime(2026, 5, 14, 9, 30, tzinfo=UTC),
)
FILE = {"id": "1234", "mime_type": "image/jpeg", "sha256": "x", "caption": "Такой же"}
REFERRAL = {
    "source_url": "https://fb.me/1abc",
    "source_type": "ad",
    "source_id": "200000000000001",
    "headline": "Тенты",
    "body": "Весенняя скидка",
    "media_type": "image",
    "ctwa_clid": "Aff-n8ZTODiE",
}


def a_message(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A client's message; ``...`` takes a field out."""
    message = {
        "from": "79990000002",
        "id": f"wamid.DEMO000{number}",
        "timestamp": "1778751000",
        "type": "text",
        "text": {"body": f"Message {number}"},
        **fields,
    }
    return {name: value for name, value in message.items() if value is not ...}


def of_type(kind: str, content: Any, **fields: Any) -> dict[str, Any]:
    return a_message(type=kind, text=..., **{kind: content}, **fields)


def status(number: int = 1, word: str = "delivered", **fields: object) -> dict[str, Any]:
    return {
        "id": f"wamid.OURS000{number}",
        "status": word,
        "timestamp": "1778751000",
        "recipient_id": "79990000002",
        **fields,
    }


def a_value(*messages: object, statuses: Sequence[object] = (), **fields: object) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "79990000001", "phone_number_id": "555000111"},
        "contacts": [{"profile": {"name": "Anna Demo"}, "wa_id": "79990000002"}],
        **({"messages": [*messages]} if messages else {}),
        **({"statuses": [*statuses]} if statuses else {}),
        **fields,
    }


def told(*entries: Sequence[object], field: str = "messages") -> bytes:
    """A webhook with these entries, each a list of the values of its changes."""
    content = {
        "object": "whatsapp_business_account",
        "entry": [
            {"id": "100200300400", "changes": [{"field": field, "value": value} for value in values]}
            for values in entries
        ],
    }
    return json.dumps(content).encode()


def signed(content: bytes, secret: str = SECRET) -> Webhook:
    webhook = a_webhook(content, content_type="application/json")
    return replace(webhook, headers={**webhook.headers, HEADER: signature(content, secret)})


def received(*contents: bytes) -> Door:
    door = Door("whatsapp", SETTINGS)
    for content in contents:
        assert door.receive(signed(content)).status == 200
    return door


def reading(content: bytes) -> Reading:
    return received(content).reading()


def message(**fields: Any) -> MessageReceived:
    return only(a_message(**fields))


def only(content: dict[str, Any]) -> MessageReceived:
    (event,) = reading(told([a_value(content)])).events
    assert isinstance(event, MessageReceived)
    return event


class TestContract(ProviderContract):
    provider = "whatsapp"
    secrets: ClassVar[Mapping[str, str]] = {"app_secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"app_secret": "another-app-secret"}
    other_settings: ClassVar[Mapping[str, str]] = {"verify_token": VERIFY}
    sample = SAMPLE
    same_event = json.dumps(dict(reversed(json.loads(SAMPLE).items())), indent=1).encode()
    other_event = SAMPLE.replace(b"DEMO0001", b"DEMO0002")
    events: ClassVar[tuple[AnyEvent, ...]] = (MESSAGE,)
    samples = (
        told([a_value(a_message(1), a_message(2)), a_value(a_message(3))], [a_value(a_message(4))]),
        told([a_value(of_type("image", FILE, referral=REFERRAL))]),
        told(
            [
                a_value(
                    of_type("audio", {"id": "1", "voice": True}),
                    of_type("location", {"latitude": 55.7, "longitude": 37.6}),
                )
            ]
        ),
        told([a_value(of_type("interactive", {"type": "list_reply", "list_reply": {"title": "Да"}}))]),
        told(
            [a_value(of_type("order", {"product_items": [{"product_retailer_id": "TP-1", "quantity": 2}]}))]
        ),
        told(
            [a_value(of_type("contacts", [{"name": {"formatted_name": "Пётр"}, "phones": [{"phone": "1"}]}]))]
        ),
        told([a_value(statuses=[status(), status(2, "failed", errors=[{"code": 131047}])])]),
    )
    broken = SAMPLE[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": SAMPLE.replace(b"Anna", "Анна".encode("cp1251")),
        "no UTF-8": SAMPLE.replace(b"Anna", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    field_names = (
        *("object", "entry", "id", "changes", "field", "value", "contacts", "messages", "statuses", "status"),
        *("profile", "name", "wa_id", "from", "timestamp", "type", "text", "body", "errors", "code"),
        *(
            "image",
            "caption",
            "filename",
            "referral",
            "source_url",
            "location",
            "interactive",
            "from_user_id",
        ),
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return signed(content, secrets["app_secret"])

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return replace(signed(content), body=other)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """What brings no message, and none of ours that failed."""
        entries = json.loads(webhook.body.decode("utf-8-sig"))["entry"]
        values = [
            change["value"]
            for entry in entries
            for change in (entry.get("changes") or [])
            if change.get("field") == "messages"
        ]
        statuses = [status.get("status") for value in values for status in (value.get("statuses") or [])]
        return not any(value.get("messages") for value in values) and "failed" not in statuses

    def unknown_event(self) -> Webhook:
        return signed(told([{"phase": "full"}], field="moon"))

    def forgeries(self) -> Mapping[str, Webhook]:
        unsigned = a_webhook(SAMPLE, content_type="application/json")

        def with_header(value: str) -> Webhook:
            return replace(unsigned, headers={**unsigned.headers, HEADER: value})

        return {
            "unsigned": unsigned,
            "empty": with_header(""),
            "wrong": with_header("sha256=" + "0" * 64),
            "without its scheme": with_header(SIGNATURE.removeprefix("sha256=")),
            "sha1": replace(unsigned, headers={"x-hub-signature": SIGNATURE}),
            "upper case": with_header(SIGNATURE.upper()),
            "another secret": signed(SAMPLE, "another"),
            "empty secret": signed(SAMPLE, ""),
            "of another content": replace(signed(SAMPLE), body=SAMPLE + b" "),
            "not ASCII": with_header("подпись"),
            "a GET": replace(signed(SAMPLE), method="GET"),
            "a GET with a guessed token": asked("guessed"),
        }


def asked(token: str, mode: str = "subscribe", challenge: str = "1158201444") -> Webhook:
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": challenge}
    return replace(a_webhook(query=query), method="GET")


class TestVerification:
    def test_the_challenge_is_echoed_as_plain_text(self) -> None:
        door = Door("whatsapp", SETTINGS)
        reply = door.receive(asked(VERIFY))
        assert (reply.status, reply.body, reply.content_type) == (
            200,
            "1158201444",
            "text/plain; charset=utf-8",
        )
        assert not door.queue

    def test_over_http_at_both_hosts(self) -> None:
        case = Case("whatsapp", "addresses", Proof.UNCERTAIN, asked(VERIFY, challenge="a b&c"))
        check_over_http(TestContract(), case)
        door = Door("whatsapp", SETTINGS)
        expected = Answer(200, "a b&c", {"content-type": "text/plain; charset=utf-8"})
        assert answered_on_aws(door, case.webhook) == answered(door, scope_of(case), b"") == expected

    @pytest.mark.parametrize(
        "webhook",
        [
            asked("guessed"),
            asked(""),
            asked(VERIFY, mode="unsubscribe"),
            asked(SECRET),
            replace(asked(VERIFY), query={}),
            replace(asked(VERIFY), method="POST"),
        ],
    )
    def test_nobody_else_hears_it(self, webhook: Webhook) -> None:
        reply = Door("whatsapp", SETTINGS).receive(webhook)
        assert (reply.status, "1158201444" in reply.body) == (403, False)

    def test_two_tokens_are_valid_while_one_is_replaced(self) -> None:
        door = Door("whatsapp", {**SETTINGS, "verify_token": ["old", "new"]})
        assert [door.receive(asked(token)).status for token in ("old", "new", "other")] == [200, 200, 403]

    def test_without_a_token_nobody_is_answered(self) -> None:
        assert Door("whatsapp", {"app_secret": SECRET}).receive(asked("")).status == 403


class TestSignature:
    def test_of_the_reference_vector(self) -> None:
        assert signature(SAMPLE, SECRET) == SIGNATURE

    @given(data=st.data())
    def test_any_other_byte_is_forged(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(SAMPLE) - 1))
        body = bytearray(SAMPLE)
        body[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != SAMPLE[at]))
        door = Door("whatsapp", SETTINGS)
        assert door.receive(replace(signed(SAMPLE), body=bytes(body))).status == 403
        assert not door.queue

    @given(data=st.data())
    def test_any_other_signature_is_forged(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(SIGNATURE) - 1))
        character = data.draw(st.characters().filter(lambda one: one != SIGNATURE[at]))
        webhook = signed(SAMPLE)
        changed = SIGNATURE[:at] + character + SIGNATURE[at + 1 :]
        assert (
            Door("whatsapp", SETTINGS)
            .receive(replace(webhook, headers={**webhook.headers, HEADER: changed}))
            .status
            == 403
        )

    def test_path_and_query_are_not_signed_and_not_kept(self) -> None:
        door = Door("whatsapp", SETTINGS)
        door.receive(replace(signed(SAMPLE), path=("lead",), query={"a": "b"}))
        (envelope,) = door.queue
        assert (envelope.webhook.path, envelope.webhook.query) == ((), {})


def parts(content: bytes) -> list[Envelope]:
    """What becomes of each part of a webhook."""
    door = received(content)
    (whole,) = door.queue
    reading = door.read(whole)
    assert (reading.events, reading.note) == ((), "taken-apart")
    return [whole.part(part.content, part.dedup_id, part.group) for part in reading.parts]


def messages(content: bytes) -> list[MessageReceived]:
    """The messages of a webhook with several, as they are read apart."""
    door = Door("whatsapp", SETTINGS)
    events = [event for envelope in parts(content) for event in door.read(envelope).events]
    return [event for event in events if isinstance(event, MessageReceived)]


class TestSeveral:
    TOGETHER = told([a_value(a_message(1), a_message(2)), a_value(a_message(3))], [a_value(a_message(4))])

    def test_each_message_of_a_webhook_is_read_apart(self) -> None:
        assert [(event.message_id, event.text) for event in messages(self.TOGETHER)] == [
            (f"wamid.DEMO000{number}", f"Message {number}") for number in (1, 2, 3, 4)
        ]

    def test_a_part_is_what_it_would_be_alone(self) -> None:
        alone = received(told([a_value(a_message(2))])).queue[0]
        part = parts(self.TOGETHER)[1]
        assert (part.id, part.group) == (alone.id, alone.group)
        door = Door("whatsapp", SETTINGS)
        assert door.read(part) == door.read(alone)

    def test_the_oldest_comes_first(self) -> None:
        late, early = a_message(1, timestamp="1778751009"), a_message(2, timestamp="1778751001")
        assert [event.message_id for event in messages(told([a_value(late, early)]))] == [
            "wamid.DEMO0002",
            "wamid.DEMO0001",
        ]

    def test_a_message_that_is_told_twice_in_one_webhook_is_one(self) -> None:
        content = told([a_value(a_message(1), a_message(1))], [a_value(a_message(1))])
        assert len(reading(content).events) == 1

    def test_one_that_cannot_be_read_keeps_no_other_back(self) -> None:
        bad, good = parts(told([a_value(a_message(1, timestamp="yesterday"), a_message(2))]))[::-1]
        door = Door("whatsapp", SETTINGS)
        assert len(door.read(good).events) == 1
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.read(bad)

    def test_each_sender_has_their_own_name(self) -> None:
        contacts = [
            {"profile": {"name": "Пётр"}, "wa_id": "79990000003"},
            {"profile": {"name": "Анна"}, "wa_id": "79990000002"},
        ]
        value = a_value(a_message(1), a_message(2, **{"from": "79990000003"}), contacts=contacts)
        assert [event.name for event in messages(told([value]))] == ["Анна", "Пётр"]

    def test_the_same_messages_in_another_order_are_the_same_envelope(self) -> None:
        door = received(
            told([a_value(a_message(1), a_message(2))]),
            told([a_value(a_message(2))], [a_value(a_message(1))]),
        )
        first, second = door.queue
        assert first.id == second.id
        assert door.read(first) == door.read(second)

    def test_partly_the_same_messages_are_another_envelope(self) -> None:
        door = received(
            *(told([a_value(*(a_message(number) for number in numbers))]) for numbers in ((1,), (1, 2), (2,)))
        )
        assert len({envelope.id for envelope in door.queue}) == 3


class TestStatuses:
    @pytest.mark.parametrize("word", ["sent", "delivered", "read", "deleted", "warning"])
    def test_are_answered_and_forgotten(self, word: str) -> None:
        door = received(told([a_value(statuses=[status(word=word)])]))
        assert (door.queue, door.gate.counters) == ([], {("shop", "ignored"): 1})

    def test_a_failure_of_ours_is_noted(self) -> None:
        failed = status(word="failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
        assert reading(told([a_value(statuses=[status(2), failed])])) == Reading(note="not-delivered:131047")

    @pytest.mark.parametrize("code", ["+79161234567", 79161234567, None, []])
    def test_its_code_is_a_code_or_nothing(self, code: object) -> None:
        """A note stands in the log: it must not hold a phone."""
        failed = status(word="failed", errors=[{"code": code}])
        assert reading(told([a_value(statuses=[failed])])).note == "not-delivered"

    def test_beside_a_message_they_change_nothing(self) -> None:
        (event,) = reading(told([a_value(statuses=[status()]), a_value(a_message(1))])).events
        assert isinstance(event, MessageReceived)

    def test_a_failure_beside_a_message_is_a_part_of_its_own(self) -> None:
        envelopes = parts(told([a_value(a_message(1), statuses=[status(word="failed")])]))
        assert [Door("whatsapp", SETTINGS).read(one).note for one in envelopes] == ["not-delivered", ""]


DOCUMENT = {"id": "1", "filename": "Чертёж.pdf", "caption": "Вот"}
PLACE = {"latitude": 56.5, "longitude": 84.97, "name": "Склад", "address": "Томск"}
CARD = {"name": {"formatted_name": "Пётр"}, "phones": [{"phone": "+7 999 000-00-03"}]}


class TestContent:
    @pytest.mark.parametrize(
        ("content", "text", "files"),
        [
            (of_type("image", FILE), "Такой же", ["photo"]),
            (of_type("video", {"id": "1"}), "", ["video"]),
            (of_type("audio", {"id": "1", "voice": True}), "", ["voice"]),
            (of_type("audio", {"id": "1", "voice": False}), "", ["audio"]),
            (of_type("sticker", {"id": "1", "animated": False}), "", ["sticker"]),
            (of_type("document", DOCUMENT), "Вот", ["Чертёж.pdf"]),
            (of_type("document", {"id": "1"}), "", ["file"]),
            (of_type("button", {"text": "Да", "payload": "YES"}), "Да", []),
            (of_type("interactive", {"type": "button_reply", "button_reply": {"title": "Да"}}), "Да", []),
            (of_type("interactive", {"type": "list_reply", "list_reply": {"title": "Тент"}}), "Тент", []),
            (
                of_type("interactive", {"nfm_reply": {"response_json": '{"size":"3x4"}', "body": "Sent"}}),
                '{"size":"3x4"}',
                [],
            ),
            (
                of_type("location", PLACE),
                "Склад Томск",
                ["location"],
            ),
            (
                of_type("contacts", [CARD]),
                "Пётр +7 999 000-00-03",
                [],
            ),
            (
                of_type("order", {"text": "Срочно", "product_items": [
                    {"product_retailer_id": "TP-1", "quantity": 2, "item_price": 900, "currency": "RUB"}]}),
                "Срочно\nTP-1 2 900 RUB",
                [],
            ),
            (a_message(type="unsupported", text=..., errors=[{"code": 131051}]), "", ["unsupported"]),
            (a_message(type=..., text=...), "", ["message"]),
        ],
    )  # fmt: skip
    def test_of_each_kind(self, content: dict[str, Any], text: str, files: list[str]) -> None:
        event = only(content)
        assert event.text == text
        assert [file.name for file in event.attachments] == files

    def test_a_place_can_be_looked_at(self) -> None:
        (file,) = only(of_type("location", PLACE)).attachments
        url = "https://yandex.ru/maps/?pt=84.970000,56.500000&z=16"
        assert file == Attachment(name="location", url=url)

    @pytest.mark.parametrize("kind", ["reaction", "system", "request_welcome"])
    def test_what_a_client_did_not_write_is_a_note(self, kind: str) -> None:
        assert reading(told([a_value(of_type(kind, {}))])) == Reading(note=f"not-written:{kind}")

    def test_a_client_without_a_number_is_known_by_their_id(self) -> None:
        contacts = [{"profile": {"name": "Анна"}, "user_id": "RU.1"}]
        content = a_message(1, **{"from": ...}, from_user_id="RU.1")
        (event,) = reading(told([a_value(content, contacts=contacts)])).events
        assert isinstance(event, MessageReceived)
        assert (event.chat, event.phone, event.name) == ("RU.1", None, "Анна")


class TestReferral:
    def test_an_advertisement_is_where_the_client_came_from(self) -> None:
        event = message(referral=REFERRAL)
        assert event.attribution == Attribution(
            source="facebook", medium="cpc", campaign="Тенты", content="200000000000001"
        )
        assert event.landing_page == "https://fb.me/1abc"
        assert event.visitor_ids == (("ctwa_clid", "Aff-n8ZTODiE"),)

    def test_a_post_on_instagram_is_no_advertisement(self) -> None:
        referral = {**REFERRAL, "source_type": "post", "source_url": "https://www.instagram.com/p/1"}
        found = message(referral=referral).attribution
        assert (found.source, found.medium) == ("instagram", "social")


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b'{"entry": {}}', b'{"entry": [1]}', told([None]), told([{"messages": [{}]}])]
)
def test_what_is_not_as_documented_goes_to_quarantine(content: bytes) -> None:
    door = received(content)
    (envelope,) = door.queue
    with pytest.raises(Unreadable, match="unexpected-content"):
        door.read(envelope)


def test_settings_need_both_secrets() -> None:
    with pytest.raises(ValidationError):
        Settings(provider="whatsapp", app_secret=SECRET, verify_token="")


class TestDay(MessageDay):
    source = "whatsapp"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "whatsapp", **SETTINGS}
    conversations: ClassVar[Mapping[str, Sequence[str]]] = {
        "Анна": ("Нужен тент", "3 на 4", "Вложение: План.pdf"),
        "Борис": ("Сколько стоит?", "Алло"),
    }
    CONTACTS: ClassVar[Sequence[Any]] = (
        {"profile": {"name": "Анна"}, "wa_id": "79990000002"},
        {"profile": {"name": "Борис"}, "wa_id": "79990000003"},
    )

    def messages(self) -> Sequence[dict[str, Any]]:
        """What clients write, a minute each."""

        def written(number: int, text: str = "", **fields: Any) -> dict[str, Any]:
            at = int((self.begins + timedelta(minutes=number)).timestamp())
            return a_message(number, timestamp=str(at), text={"body": text}, **fields)

        boris = {"from": "79990000003"}
        return [
            written(1, "Нужен тент"),
            written(2, "3 на 4"),
            written(3, "Сколько стоит?", **boris),
            written(4, type="document", document={"id": "1", "filename": "План.pdf"}),
            written(5, "Алло", **boris),
            written(6, type="reaction", reaction={"message_id": "wamid.OURS0001", "emoji": "👍"}),
        ]

    def sent(self, minute: int, *messages: dict[str, Any], **fields: Any) -> Sent:
        content = told([a_value(*messages, contacts=self.CONTACTS, **fields)])
        return Sent(timedelta(minutes=minute), replace(signed(content), source=self.source))

    def day(self) -> Sequence[Sent]:
        """Repeats put the messages together otherwise than before."""
        one, two, three, four, five, six = self.messages()
        return [
            self.sent(1, one),
            self.sent(2, two),
            self.sent(3, one, two, three),
            self.sent(4, two, three, statuses=[status(), status(2, "read")]),
            self.sent(5, four, one, five),
            self.sent(6, statuses=[status(3, "failed", errors=[{"code": 131047}])]),
            self.sent(7, six, five, four, three, two, one),
        ]

    @pytest.mark.parametrize("seed", range(10))
    def test_put_together_in_any_way(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        dealt = [message for message in self.messages() for _ in range(3)]
        chance.shuffle(dealt)
        day = []
        while dealt:
            size = chance.randint(1, 5)
            together, dealt = dealt[:size], dealt[size:]
            day.append(self.sent(10, *together))
        self._live(tmp_path, day, work_between=chance.random() < 0.5)
