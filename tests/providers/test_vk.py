"""VK: the contract suite, and the surprises of its messages and lead forms."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import (
    AnyEvent,
    Attachment,
    Attribution,
    LeadSubmitted,
    MessageAnswered,
    MessageReceived,
)
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.vk.read import Settings
from tests.lead_days import LeadDay, Sent, made
from tests.message_days import MessageDay

from .contract import NOON, Door, ProviderContract, a_webhook

SECRET, CODE = "demoSecret1", "a1b2c3d4"
SETTINGS = {"secret": SECRET, "group_id": "123456", "confirmation": CODE}
SAMPLE = (
    '{"type": "message_new", "group_id": 123456, "event_id": "5f1e0c0000000000000000000000000000000001",'
    ' "v": "5.199", "object": {"message": {"date": 1778751000, "from_id": 1000001, "id": 501, "out": 0,'
    ' "peer_id": 1000001, "conversation_message_id": 7, "text": "Здравствуйте, есть в наличии?",'
    ' "attachments": [], "fwd_messages": [], "important": false, "random_id": 0, "is_hidden": false},'
    ' "client_info": {"button_actions": ["text"], "keyboard": true, "inline_keyboard": true, "lang_id": 0}}}'
).encode()
MESSAGE = MessageReceived(
    message_id="message:123456:1000001:501",
    medium="vk",
    chat="1000001",
    text="Здравствуйте, есть в наличии?",
    chat_url="https://vk.com/gim123456?sel=1000001",
    at=datetime(2026, 5, 14, 9, 30, tzinfo=UTC),
)
LEAD = (
    '{"type": "lead_forms_new", "group_id": 123456, "event_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",'
    ' "v": "5.199", "object": {"lead_id": 42, "group_id": 123456, "user_id": 1000001, "form_id": 3,'
    ' "form_name": "Заявка", "ad_id": 0, "answers":'
    ' [{"key": "first_name", "question": "Имя", "answer": "Анна"},'
    ' {"key": "phone_number", "question": "Телефон", "answer": "+79990000001"}]}}'
).encode()


def an_event(kind: str = "message_new", about: object = ..., **fields: Any) -> bytes:
    event = {"type": kind, "group_id": 123456, "event_id": "e1", "v": "5.199", "object": about, **fields}
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()


def a_message(**fields: Any) -> dict[str, Any]:
    """A client's message; ``...`` takes a field out."""
    message = {
        "date": 1778751000,
        "from_id": 1000001,
        "id": 501,
        "out": 0,
        "peer_id": 1000001,
        "text": "Здравствуйте",
        **fields,
    }
    return {name: value for name, value in message.items() if value is not ...}


def proven(content: bytes, secret: str = SECRET) -> Webhook:
    """As VK sends it: the secret stands among the other fields. A damaged content has it before it."""
    begin = b'{"secret": "' + secret.encode() + b'"'
    if not content.startswith(b"{"):
        body = begin + b": " + content
    else:
        body = begin + (b"" if content[1:].lstrip().startswith(b"}") else b", ") + content[1:]
    return a_webhook(body, content_type="application/json")


def received(*contents: bytes) -> Door:
    door = Door("vk", SETTINGS)
    for content in contents:
        assert door.receive(proven(content)) == Reply(200, "ok")
    return door


def reading(content: bytes) -> Reading:
    return received(content).reading()


def message(**fields: Any) -> MessageReceived:
    (event,) = reading(an_event(about={"message": a_message(**fields)})).events
    assert isinstance(event, MessageReceived)
    return event


def lead(**fields: Any) -> LeadSubmitted:
    about = {**json.loads(LEAD)["object"], **fields}
    about = {name: value for name, value in about.items() if value is not ...}
    (event,) = reading(an_event("lead_forms_new", about)).events
    assert isinstance(event, LeadSubmitted)
    return event


ANSWER = a_message(out=1, from_id=-123456, id=502, text="Добрый день, есть", admin_author_id=7)
"""A manager's, as ``message_reply`` tells it."""


class TestContract(ProviderContract):
    provider = "vk"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "anotherSecret2"}
    other_settings: ClassVar[Mapping[str, str]] = {"group_id": "123456", "confirmation": CODE}
    sample = SAMPLE
    same_event = json.dumps(dict(reversed(json.loads(SAMPLE).items())), indent=1).encode()
    other_event = SAMPLE.replace(b"00000001", b"00000002").replace(b'"id": 501', b'"id": 502')
    events: ClassVar[tuple[AnyEvent, ...]] = (MESSAGE,)
    samples = (
        LEAD,
        an_event(about=a_message()),
        an_event(about={"id": 5, "user_id": 1000001, "date": 1778751000, "body": "Привет", "read_state": 0}),
        an_event("wall_post_new", {"id": 1}),
        an_event("message_reply", ANSWER),
    )
    broken = SAMPLE[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"cp1251": SAMPLE.decode().encode("cp1251")}
    wrong_type_is_read = True
    unknown_is_kept = False
    field_names = (
        *(
            "type",
            "object",
            "group_id",
            "event_id",
            "v",
            "message",
            "client_info",
            "date",
            "from_id",
            "peer_id",
        ),
        *("user_id", "body", "text", "id", "out", "attachments", "fwd_messages", "ref", "ref_source", "geo"),
        *(
            "lead_id",
            "form_id",
            "form_name",
            "ad_id",
            "answers",
            "key",
            "question",
            "answer",
            "photo",
            "sizes",
        ),
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return proven(content, secrets["secret"])

    def content_of(self, webhook: Webhook) -> bytes:
        """Without what ``proven`` put before it."""
        empty = b'{"secret": ""'
        assert webhook.body.startswith(empty)
        rest = webhook.body.removeprefix(empty)
        return rest.removeprefix(b": ") if rest.startswith(b": ") else b"{" + rest.removeprefix(b", ")

    def is_page(self, reply: Reply) -> bool:
        return reply.body == CODE

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """What happens around messages, and the question for the confirmation string."""
        kinds = b"message_(reply|read|typing_state|allow|deny)|confirmation"
        return re.search(kinds, webhook.body) is not None

    def unknown_event(self) -> Webhook:
        return proven(an_event("message_typing_state", {"state": "typing", "from_id": 1}))

    def forgeries(self) -> Mapping[str, Webhook]:
        without = a_webhook(SAMPLE, content_type="application/json")
        return {
            "missing": without,
            "wrong": proven(SAMPLE, "guessed"),
            "empty": proven(SAMPLE, ""),
            "a part": proven(SAMPLE, SECRET[:-1]),
            "other case": proven(SAMPLE, SECRET.upper()),
            "in the URL": replace(without, path=(SECRET,), query={"secret": SECRET}),
            "in a header": replace(without, headers={**without.headers, "secret": SECRET}),
            "in a text": a_webhook(an_event(about={"message": a_message(text=f'"secret": "{SECRET}"')})),
            "no text": a_webhook(an_event(secret=[SECRET])),
            "another name": a_webhook(an_event(token=SECRET)),
            "not ASCII": a_webhook('{"secret": "секрет"}'.encode()),
            "the confirmation string": proven(SAMPLE, CODE),
            "broken": a_webhook(SAMPLE[:-20]),
        }


class TestConfirmation:
    def asked(self, **fields: Any) -> bytes:
        return json.dumps({"type": "confirmation", "group_id": 123456, **fields}).encode()

    @pytest.mark.parametrize("more", [{}, {"secret": SECRET}, {"event_id": "e1", "v": "5.199"}])
    def test_vk_hears_the_string_and_nothing_else(self, more: Mapping[str, str]) -> None:
        door = Door("vk", SETTINGS)
        reply = door.receive(a_webhook(self.asked(**more)))
        assert (reply.status, reply.body, reply.content_type) == (200, CODE, "text/plain; charset=utf-8")
        assert not door.queue

    def test_the_newest_string_counts(self) -> None:
        door = Door("vk", {**SETTINGS, "confirmation": ["old", "new"]})
        assert door.receive(a_webhook(self.asked())).body == "new"

    @pytest.mark.parametrize(
        "body",
        [
            b'{"type": "confirmation", "group_id": 654321}',
            b'{"type": "confirmation"}',
            b'{"type": "confirmation", "group_id": null}',
            b'{"type": "other", "group_id": 123456, "x": "confirmation"}',
            b'["confirmation"]',
            b'{"type": "confirmation", "group_id": 123456',
        ],
    )
    def test_nobody_else_hears_it(self, body: bytes) -> None:
        reply = Door("vk", SETTINGS).receive(a_webhook(body))
        assert reply.status == 401
        assert CODE not in reply.body


class TestSecret:
    @given(data=st.data())
    def test_any_other_character_is_forged(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(SECRET) - 1))
        other = data.draw(st.characters(codec="ascii").filter(lambda one: one != SECRET[at]))
        door = Door("vk", SETTINGS)
        assert door.receive(proven(SAMPLE, SECRET[:at] + other + SECRET[at + 1 :])).status in {401, 403}
        assert not door.queue

    @pytest.mark.parametrize("form", ['"secret":"%s"', '"secret" :\n "%s"'])
    def test_is_taken_out_and_nothing_else_changes(self, form: str) -> None:
        body = SAMPLE[:-1] + b", " + (form % SECRET).encode() + b"}"
        door = Door("vk", SETTINGS)
        assert door.receive(a_webhook(body)).status == 200
        (envelope,) = door.queue
        assert envelope.webhook.body == body.replace(SECRET.encode(), b"")

    @pytest.mark.parametrize("secret", ["ключ", 'a"b', "a b", "a\\b", ""])
    def test_must_be_as_vk_has_it(self, secret: str) -> None:
        with pytest.raises(ValidationError):
            Settings.model_validate({**SETTINGS, "provider": "vk", "secret": secret})

    def test_path_and_query_are_not_kept(self) -> None:
        door = Door("vk", SETTINGS)
        door.receive(replace(proven(SAMPLE), path=("x",), query={"a": "b"}))
        assert (door.queue[0].webhook.path, door.queue[0].webhook.query) == ((), {})


class TestRepeats:
    def test_a_repeat_is_known(self) -> None:
        again = replace(proven(SAMPLE), headers={"content-type": "application/json", "x-retry-counter": "3"})
        door = received(SAMPLE)
        assert door.receive(again) == Reply(200, "ok")
        first, second = door.queue
        assert first.deduplication_id == second.deduplication_id

    def test_a_message_is_known_by_its_own_id_whatever_its_event(self) -> None:
        first, second, third = received(
            *(an_event(about={"message": a_message()}, event_id=event) for event in ("e1", "e2", ...))
        ).queue
        assert first.id == second.id == third.id

    def test_a_repeated_text_is_another_event(self) -> None:
        first, second = received(
            an_event(about={"message": a_message(id=1)}, event_id="e1"),
            an_event(about={"message": a_message(id=2)}, event_id="e2"),
        ).queue
        assert first.id != second.id
        assert first.group == second.group

    def test_a_lead_is_known_by_its_own_id(self) -> None:
        first, second = received(LEAD, LEAD.replace(b"0a1b", b"ffff")).queue
        assert first.id == second.id

    def test_leads_of_two_forms_are_two(self) -> None:
        first, second = received(LEAD, LEAD.replace(b'"form_id": 3', b'"form_id": 4')).queue
        assert first.id != second.id


class TestShapes:
    OLDEST: ClassVar[Mapping[str, Any]] = {
        "id": 501,
        "user_id": 1000001,
        "date": 1778751000,
        "body": "Здравствуйте, есть в наличии?",
        "read_state": 0,
        "out": 0,
        "title": " ... ",
    }

    @pytest.mark.parametrize(
        "about",
        [
            json.loads(SAMPLE)["object"],
            json.loads(SAMPLE)["object"]["message"],
            OLDEST,
        ],
        ids=["5.103", "before", "before 5.80"],
    )
    def test_all_say_the_same(self, about: object) -> None:
        assert reading(an_event(about=about)) == Reading((MESSAGE,))

    @pytest.mark.parametrize(
        ("fields", "note"),
        [
            ({"out": 1}, "own-message"),
            ({"from_id": -123456}, "from-community"),
            ({"peer_id": 2000000001}, "group-chat"),
        ],
    )
    def test_what_no_client_wrote_to_the_shop_is_a_note(self, fields: dict[str, Any], note: str) -> None:
        assert reading(an_event(about={"message": a_message(**fields)})) == Reading(note=note)
        assert reading(an_event(about=a_message(**fields))) == Reading(note=note)

    def test_in_the_oldest_shape_too(self) -> None:
        assert reading(an_event(about={**self.OLDEST, "out": 1})).note == "own-message"
        assert reading(an_event(about={**self.OLDEST, "chat_id": 1})).note == "group-chat"

    def test_what_a_manager_answers_in_vk(self) -> None:
        (event,) = reading(an_event("message_reply", ANSWER)).events
        assert event == MessageAnswered(chat="1000001", at=MESSAGE.at)
        in_group = an_event("message_reply", {**ANSWER, "peer_id": 2000000001})
        assert reading(in_group) == Reading(note="group-chat")

    def test_an_answer_keeps_its_place_among_the_clients_messages(self) -> None:
        asked, answered = received(SAMPLE, an_event("message_reply", ANSWER)).queue
        assert asked.group == answered.group

    @pytest.mark.parametrize("author", [{}, {"admin_author_id": 0}])
    def test_what_a_program_answers_is_forgotten(self, author: dict[str, int]) -> None:
        told = {name: value for name, value in ANSWER.items() if name != "admin_author_id"}
        assert received(an_event("message_reply", {**told, **author})).queue == []

    def test_without_an_id_of_its_own_the_events_counts(self) -> None:
        assert message(id=0, conversation_message_id=7).message_id == "message:123456:1000001:7"
        assert message(id=...).message_id == "event:123456:e1"

    def test_without_any_id_it_cannot_be_told_from_others(self) -> None:
        door = received(an_event(about={"message": a_message(id=...)}, event_id=...))
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.reading()

    def test_what_is_no_kind_of_event_is_for_a_person(self) -> None:
        """A note stands in the log: it must not hold a phone."""
        door = received(an_event("+79161234567", {"id": 1}))
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.reading()

    @pytest.mark.parametrize("kind", ["wall_post_new", "group_join", "message_edit", "message_event"])
    def test_other_events_are_notes(self, kind: str) -> None:
        assert reading(an_event(kind, {"id": 1})) == Reading(note=f"other-event:{kind}")


class TestAttachments:
    PHOTO: ClassVar[Mapping[str, Any]] = {
        "id": 1,
        "sizes": [
            {"type": "s", "url": "https://sun.example/s.jpg", "width": 75, "height": 56},
            {"type": "w", "url": "https://sun.example/w.jpg", "width": 2560, "height": 1920},
            {"type": "x", "url": "https://sun.example/x.jpg", "width": 604, "height": 453},
        ],
    }
    OLD_SIZES: ClassVar[Any] = [
        {"type": "z", "url": "https://sun.example/z.jpg", "width": 0, "height": 0},
        {"type": "m", "url": "https://sun.example/m.jpg", "width": 0, "height": 0},
    ]

    @pytest.mark.parametrize(
        ("kind", "thing", "attachment"),
        [
            ("photo", PHOTO, Attachment(name="photo", url="https://sun.example/w.jpg")),
            ("photo", {"sizes": OLD_SIZES}, Attachment(name="photo", url="https://sun.example/z.jpg")),
            (
                "photo",
                {"photo_75": "https://sun.example/75.jpg", "photo_604": "https://sun.example/604.jpg"},
                Attachment(name="photo", url="https://sun.example/604.jpg"),
            ),
            (
                "doc",
                {"title": "Чертёж.pdf", "size": 1024, "ext": "pdf", "url": "https://vk.com/doc1_2?hash=3"},
                Attachment(name="Чертёж.pdf", url="https://vk.com/doc1_2?hash=3", size=1024),
            ),
            (
                "audio_message",
                {
                    "duration": 5,
                    "link_mp3": "https://psv.example/1.mp3",
                    "link_ogg": "https://psv.example/1.ogg",
                },
                Attachment(name="voice", url="https://psv.example/1.mp3"),
            ),
            (
                "video",
                {"id": 456, "owner_id": -123, "title": "Тент"},
                Attachment(name="Тент", url="https://vk.com/video-123_456"),
            ),
            (
                "market",
                {"id": 456, "owner_id": -123, "title": "Тент 3x4"},
                Attachment(name="Тент 3x4", url="https://vk.com/product-123_456"),
            ),
            ("wall", {"id": 4, "owner_id": -123}, Attachment(name="file", url="https://vk.com/wall-123_4")),
            (
                "link",
                {"url": "https://example.com/", "title": "Сайт"},
                Attachment(name="Сайт", url="https://example.com/"),
            ),
            ("link", {"url": "https://example.com/"}, Attachment(name="link", url="https://example.com/")),
            ("sticker", {"sticker_id": 1}, Attachment(name="sticker")),
            ("gift", {"id": 1}, Attachment(name="file")),
            ("doc", {"title": "x", "url": "javascript:alert(1)"}, Attachment(name="x")),
            ("doc", {"title": "x", "size": "много"}, Attachment(name="x")),
        ],
    )
    def test_of_each_kind(self, kind: str, thing: object, attachment: Attachment) -> None:
        event = message(text="", attachments=[{"type": kind, kind: thing}])
        assert (event.text, event.attachments) == ("", (attachment,))

    def test_what_is_passed_on_is_not_lost(self) -> None:
        inner = {"text": "Размер?\n3x4", "attachments": [{"type": "photo", "photo": self.PHOTO}]}
        event = message(
            text="Вот",
            fwd_messages=[{"text": "раз", "fwd_messages": [{"text": "два"}]}],
            reply_message=inner,
        )
        assert event.text == "Вот\n> раз\n> > два\n> Размер?\n> 3x4"
        assert [file.name for file in event.attachments] == ["photo"]

    @pytest.mark.parametrize(
        ("coordinates", "url"),
        [
            ({"latitude": 56.5, "longitude": 84.97}, "https://yandex.ru/maps/?pt=84.970000,56.500000&z=16"),
            ("56.5 84.97", ""),
        ],
    )
    def test_a_place(self, coordinates: object, url: str) -> None:
        event = message(geo={"type": "point", "coordinates": coordinates})
        assert event.attachments == (Attachment(name="location", url=url),)


class TestOrigin:
    def test_the_links_marks_tell_where_the_client_came_from(self) -> None:
        event = message(ref="utm_source=vk_ads&utm_campaign=may", ref_source="ads")
        assert event.attribution == Attribution(source="vk_ads", campaign="may")

    def test_a_plain_mark_is_the_page_and_its_source_the_source(self) -> None:
        event = message(ref="promo-may", ref_source="newsletter")
        assert event.landing_page == "promo-may"
        assert event.attribution == Attribution(source="newsletter")

    def test_without_marks_nothing_is_known(self) -> None:
        assert message().attribution == Attribution()


class TestLeadForms:
    def test_the_documented_sample(self) -> None:
        assert reading(LEAD) == Reading((
            LeadSubmitted(
                lead_id="lead:123456:3:42",
                form="3",
                form_name="Заявка",
                name="Анна",
                phone="+79990000001",
                phone_typed="+79990000001",
                attribution=Attribution(source="vk"),
                visitor_ids=(("vk", "1000001"),),
                submitted_at=NOON,
            ),
        ))  # fmt: skip

    def test_an_advertisement_is_named(self) -> None:
        assert lead(ad_id=77).attribution == Attribution(source="vk", medium="cpc", content="77")

    @pytest.mark.parametrize("answer", [["Тент", "Навес"], {"0": "Тент", "1": "Навес"}])
    def test_several_answers_are_one_text(self, answer: object) -> None:
        answers = [{"key": "custom_0", "question": "Что нужно?", "answer": answer}]
        assert lead(answers=answers).answers == (("Что нужно?", "Тент, Навес"),)

    def test_without_its_id_the_events_counts(self) -> None:
        assert lead(lead_id=...).lead_id == "event:123456:e1"

    def test_an_empty_form_is_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match="empty"):
            lead(answers=[])


class TestDay(MessageDay):
    source = "vk"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "vk", **SETTINGS}
    conversations: ClassVar[Mapping[str, Sequence[str]]] = {
        "1000001": ("Нужен тент", "3 на 4", "Вложение: План.pdf, https://vk.com/doc1_2"),
        "1000002": ("Сколько стоит?", "Алло"),
    }

    def who(self, order: Mapping[str, Any]) -> str:
        """VK tells no names."""
        (link,) = set(re.findall(r"gim123456\?sel=(\d+)", order["managerComment"]))
        return str(link)

    def day(self) -> Sequence[Sent]:
        numbers = count(1)

        def sent(minute: int, *, shape: str = "5.103", client: int = 1000001, **fields: Any) -> Sent:
            number = next(numbers)
            at = int((self.begins + timedelta(minutes=minute)).timestamp())
            message = a_message(id=number, date=at, from_id=client, peer_id=client, **fields)
            oldest = {"id": number, "date": at, "user_id": client, "body": fields.get("text", ""), "out": 0}
            about = {"5.103": {"message": message}, "before": message, "oldest": oldest}[shape]
            webhook = proven(an_event(about=about, event_id=f"e{number}"))
            return Sent(timedelta(minutes=minute), replace(webhook, source=self.source))

        file = {"type": "doc", "doc": {"title": "План.pdf", "url": "https://vk.com/doc1_2"}}
        return [
            sent(1, text="Нужен тент", shape="before"),
            sent(2, text="3 на 4"),
            sent(3, text="Сколько стоит?", client=1000002),
            sent(4, text="", attachments=[file]),
            sent(5, text="Алло", client=1000002, shape="oldest"),
            sent(6, text="Добрый день", out=1),
            sent(7, text="Реклама", client=-55),
            sent(8, text="Кто взял ключи?", chat_id=1),
        ]


class TestLeadDay(LeadDay):
    source = "vk"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "vk", **SETTINGS}
    orders = (
        made("+79990000001", "Анна", source="vk"),
        made("+79990000002", "Пётр", source="vk", medium="cpc", content="77"),
    )
    quarantined = 1

    def day(self) -> Sequence[Sent]:
        def sent(minute: int, number: int, name: str, phone: str, event: str, **fields: Any) -> Sent:
            answers = [
                {"key": "first_name", "question": "Имя", "answer": name},
                {"key": "phone_number", "question": "Телефон", "answer": phone},
            ]
            about = {"lead_id": number, "form_id": 3, "form_name": "Заявка", "answers": answers, **fields}
            webhook = proven(an_event("lead_forms_new", about, event_id=event))
            return Sent(timedelta(minutes=minute), replace(webhook, source=self.source))

        return [
            sent(1, 1, "Анна", "+7 999 000-00-01", "e1"),
            sent(2, 1, "Анна", "+7 999 000-00-01", "e2"),
            sent(3, 2, "Пётр", "+79990000002", "e3", ad_id=77),
            sent(4, 3, "", "", "e4"),
        ]
