"""MAX: the contract suite, and the surprises of its updates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attachment, Attribution, MessageReceived
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.lead_days import Sent
from tests.message_days import MessageDay

from .contract import Door, ProviderContract, a_webhook

SECRET = "max_demo-secret_1"
HEADER = "x-max-bot-api-secret"
AT = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)
MOMENT = 1778751000000

ANNA: Mapping[str, Any] = {"user_id": 900001, "first_name": "Анна", "is_bot": False}
DIALOG: Mapping[str, Any] = {"chat_id": 800001, "chat_type": "dialog", "user_id": 700001}
BODY: Mapping[str, Any] = {"mid": "mid.demo0001", "seq": 1, "text": "Здравствуйте", "attachments": []}
MESSAGE: Mapping[str, Any] = {"sender": ANNA, "recipient": DIALOG, "timestamp": MOMENT, "body": BODY}
RECEIVED = MessageReceived(
    message_id="mid.demo0001", medium="max", chat="800001", name="Анна", text="Здравствуйте", at=AT
)
VCARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:79990000001\r\nFN:Анна Примерова\r\nEND:VCARD\r\n"


def created(kind: str = "message_created", **changes: Any) -> bytes:
    """The documentation's message with other parts; ``...`` takes one out."""
    message = {name: value for name, value in {**MESSAGE, **changes}.items() if value is not ...}
    update = {"update_type": kind, "timestamp": MOMENT, "user_locale": "ru", "message": message}
    return json.dumps(update, ensure_ascii=False).encode()


def started(**changes: Any) -> bytes:
    update = {"update_type": "bot_started", "timestamp": MOMENT, "chat_id": 800001, "user": ANNA, **changes}
    return json.dumps(update, ensure_ascii=False).encode()


def attached(*attachments: Mapping[str, Any], text: str | None = None) -> bytes:
    return created(body={**BODY, "text": text, "attachments": attachments})


def a_card(owner: int | None, card: str = VCARD) -> dict[str, Any]:
    info = {"user_id": owner, "first_name": "Кто-то", "is_bot": False} if owner else None
    return {"type": "contact", "payload": {"vcf_info": card, "max_info": info, "hash": "x"}}


def posted(content: bytes, secret: str = SECRET) -> Webhook:
    webhook = a_webhook(content, content_type="application/json")
    return replace(webhook, headers={**webhook.headers, HEADER: secret})


def received(*contents: bytes) -> Door:
    door = Door("max", {"secret": SECRET})
    for content in contents:
        assert door.receive(posted(content)).status == 200
    return door


def message(content: bytes) -> MessageReceived:
    (event,) = received(content).reading().events
    assert isinstance(event, MessageReceived)
    return event


class TestContract(ProviderContract):
    provider = "max"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "max_demo-secret_2"}
    sample = created()
    same_event = json.dumps(json.loads(created()), sort_keys=True, indent=1).encode()
    other_event = created(body={**BODY, "mid": "mid.demo0002"})
    events: ClassVar[tuple[AnyEvent, ...]] = (RECEIVED,)
    samples = (
        started(payload="utm_source=yandex"),
        attached(a_card(900001)),
        attached({"type": "file", "filename": "a.pdf", "size": 5, "payload": {"url": "https://fd.max.ru/a"}}),
        created(body=..., link={"type": "forward", "message": BODY}),
        created("message_edited"),
    )
    broken = created()[:60]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"cp1251": created().decode().encode("cp1251")}
    wrong_type_is_read = True
    field_names = ("update_type", "timestamp", "message", "callback", *MESSAGE, *BODY, *DIALOG, *ANNA)

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return posted(content, secrets["secret"])

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(self.sample)
        return {
            "missing": replace(authentic, headers={}),
            "empty": posted(self.sample, ""),
            "wrong": posted(self.sample, "guessed"),
            "cut off": posted(self.sample, SECRET[:-1]),
            "in the URL": replace(authentic, headers={}, path=(SECRET,), query={"token": SECRET}),
            "in another header": replace(authentic, headers={"authorization": SECRET}),
        }

    def unknown_event(self) -> Webhook:
        return posted(created("dialog_muted"))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """Kinds of updates other than those on the README."""
        try:
            content = json.loads(webhook.body)
        except (ValueError, RecursionError):
            return False
        kind = content.get("update_type") if isinstance(content, dict) else None
        kept = {"message_created", "bot_started", "message_edited"}
        return isinstance(kind, str) and bool(kind) and kind not in kept


class TestSecret:
    @given(st.text(st.characters(), min_size=1).filter(lambda text: text != SECRET))
    def test_any_other_text_is_refused(self, text: str) -> None:
        door = Door("max", {"secret": SECRET})
        assert door.receive(posted(created(), text)).body == "wrong-secret"
        assert not door.queue


class TestIdentity:
    def test_an_edit_has_the_id_of_the_message_and_is_not_taken_for_it(self) -> None:
        first, edited = received(created(), created("message_edited")).queue
        assert first.id != edited.id

    def test_the_same_words_again_are_another_message(self) -> None:
        again = created(timestamp=MOMENT + 1000, body={**BODY, "mid": "mid.demo0002", "seq": 2})
        first, second = received(created(), again).queue
        assert first.id != second.id
        assert first.group == second.group

    def test_a_start_is_known_by_its_chat_and_moment(self) -> None:
        first, again, later = received(
            started(), started(user_locale="ru"), started(timestamp=MOMENT + 1)
        ).queue
        assert first.id == again.id != later.id

    def test_messages_that_are_forwarded_together_without_ids_are_each_their_own(self) -> None:
        def forwarded(number: int) -> bytes:
            other = {"mid": f"mid.{number}", "seq": number, "text": "Чертёж готов"}
            return created(body=None, link={"type": "forward", "message": other})

        first, second = received(forwarded(1), forwarded(2)).queue
        assert first.id != second.id
        assert first.group == second.group
        event = message(forwarded(1))
        assert (event.message_id, event.text) == (f"800001:{MOMENT}:mid.1", "Чертёж готов")

    def test_a_message_without_any_id_is_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(created(body={"text": "Здравствуйте"})).reading()


class TestWhoWrote:
    @pytest.mark.parametrize("kind", ["chat", "channel"])
    def test_chats_are_no_clients(self, kind: str) -> None:
        content = created(recipient={**DIALOG, "chat_type": kind, "chat_id": -71})
        assert received(content).reading().note == "not-private"

    def test_a_bots_words_are_not_a_clients(self) -> None:
        assert received(created(sender={**ANNA, "is_bot": True})).reading().note == "own-message"

    def test_a_full_name(self) -> None:
        assert message(created(sender={**ANNA, "last_name": "Примерова"})).name == "Анна Примерова"

    def test_a_pressed_button_is_noted(self) -> None:
        callback = {"timestamp": MOMENT, "callback_id": "cb.1", "payload": "yes", "user": ANNA}
        update = {"update_type": "message_callback", "timestamp": MOMENT, "callback": callback}
        assert received(json.dumps(update).encode()).reading() == Reading(note="no-message:message_callback")

    @pytest.mark.parametrize("kind", ["message_edited", "message_removed", "bot_stopped"])
    def test_other_kinds_are_noted(self, kind: str) -> None:
        assert received(created(kind)).reading().note == f"no-message:{kind}"


class TestContents:
    def test_the_clients_own_card_tells_their_phone(self) -> None:
        event = message(attached(a_card(900001)))
        assert (event.phone, event.text, event.attachments) == (
            "+79990000001",
            "Анна Примерова 79990000001",
            (),
        )

    @pytest.mark.parametrize("owner", [42, None])
    def test_somebody_elses_card_is_words_and_no_phone_of_the_client(self, owner: int | None) -> None:
        event = message(attached(a_card(owner), text="Звоните мужу"))
        assert (event.phone, event.text) == (None, "Звоните мужу\nАнна Примерова 79990000001")

    def test_a_forwarded_card_is_not_the_clients(self) -> None:
        forward = {"type": "forward", "message": {**BODY, "text": None, "attachments": [a_card(900001)]}}
        assert message(created(body={**BODY, "text": None}, link=forward)).phone is None

    def test_a_card_without_a_number_says_what_it_says(self) -> None:
        event = message(attached(a_card(900001, "BEGIN:VCARD\nFN:Анна\nEND:VCARD")))
        assert (event.phone, event.text) == (None, "Анна")

    @pytest.mark.parametrize(
        ("content", "attachment"),
        [
            (
                {"type": "image", "payload": {"photo_id": 1, "token": "t", "url": "https://i.max.ru/p"}},
                Attachment(name="photo", url="https://i.max.ru/p"),
            ),
            (
                {
                    "type": "file",
                    "filename": "план.pdf",
                    "size": 5,
                    "payload": {"url": "https://fd.max.ru/f"},
                },
                Attachment(name="план.pdf", url="https://fd.max.ru/f", size=5),
            ),
            ({"type": "audio", "payload": {"url": "ftp://x", "token": "t"}}, Attachment(name="audio")),
            ({"type": "something-new"}, Attachment(name="file")),
            (
                {
                    "type": "share",
                    "payload": {"url": "https://shop.example/t", "token": None},
                    "title": "Тент",
                },
                Attachment(name="link", url="https://shop.example/t"),
            ),
            (
                {"type": "location", "latitude": 55.75, "longitude": 37.61},
                Attachment(name="location", url="https://yandex.ru/maps/?pt=37.610000,55.750000&z=16"),
            ),
        ],
        ids=str,
    )
    def test_files_of_each_kind(self, content: dict[str, Any], attachment: Attachment) -> None:
        event = message(attached(content))
        assert (event.text, event.attachments) == ("", (attachment,))

    def test_forwarded_words_and_files_belong_to_the_message(self) -> None:
        image = {"type": "image", "payload": {"url": "https://i.max.ru/p"}}
        forward = {"type": "forward", "message": {"mid": "m", "text": "Размеры 3×6", "attachments": [image]}}
        event = message(created(link=forward))
        assert event.text == "Здравствуйте\nРазмеры 3×6"
        assert [file.name for file in event.attachments] == ["photo"]

    def test_what_a_reply_quotes_is_not_repeated(self) -> None:
        reply = {"type": "reply", "message": {"mid": "m", "text": "Чем помочь?"}}
        assert message(created(link=reply)).text == "Здравствуйте"

    def test_what_says_nothing_is_a_note(self) -> None:
        keyboard = {"type": "inline_keyboard", "payload": {"buttons": []}}
        assert received(attached(keyboard)).reading().note == "service-message"

    def test_seconds_instead_of_milliseconds_are_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(created(timestamp=MOMENT // 1000)).reading()


class TestStart:
    @pytest.mark.parametrize(
        "mark", ["utm_source=yandex&utm_campaign=may", "utm_source-yandex--utm_campaign-may"]
    )
    def test_a_mark_with_parameters_tells_the_source(self, mark: str) -> None:
        event = message(started(payload=mark))
        assert event.attribution == Attribution(source="yandex", campaign="may")
        assert (event.text, event.chat, event.name, event.at) == ("", "800001", "Анна", AT)

    def test_any_other_mark_stands_for_the_page(self) -> None:
        event = message(started(payload="kitchens/7"))
        assert (event.attribution, event.landing_page) == (Attribution(), "kitchens/7")

    @pytest.mark.parametrize("payload", [None, ""])
    def test_without_a_mark_somebody_opened_the_chat(self, payload: str | None) -> None:
        event = message(started(payload=payload))
        assert (event.text, event.attribution, event.landing_page) == ("", Attribution(), "")


class TestDay(MessageDay):
    source = "max"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "max", "secret": SECRET}
    conversations: ClassVar[Mapping[str, Sequence[str]]] = {
        "Анна": ("Нужен тент", "3 на 4", "Вложение: план.pdf"),
        "Борис": ("Размеры 3×6", "Алло"),
    }

    def day(self) -> Sequence[Sent]:
        numbers = count(1)

        def sent(minute: int, text: str, kind: str = "message_created", **changes: Any) -> Sent:
            at = int((self.begins + timedelta(minutes=minute)).timestamp() * 1000)
            body = {"mid": f"mid.{next(numbers)}", "seq": 1, "text": text, **changes.pop("body", {})}
            content = created(kind, timestamp=at, body=body, **changes)
            return Sent(timedelta(minutes=minute), replace(posted(content), source=self.source))

        boris: dict[str, Any] = {
            "sender": {"user_id": 7, "first_name": "Борис", "is_bot": False},
            "recipient": {**DIALOG, "chat_id": 700},
        }
        bot: dict[str, Any] = {"sender": {"user_id": 1, "first_name": "Бот", "is_bot": True}}
        file = {"type": "file", "filename": "план.pdf", "size": 5, "payload": {"url": "https://fd.max.ru/f"}}
        forward = {"type": "forward", "message": {"mid": "mid.other", "seq": 9, "text": "Размеры 3×6"}}
        begins = int(self.begins.timestamp() * 1000)
        start = posted(started(timestamp=begins, payload="utm_source=yandex"))
        return [
            Sent(timedelta(), replace(start, source=self.source)),
            sent(1, "Нужен тент"),
            sent(2, "3 на 4"),
            sent(3, "", link=forward, **boris),
            sent(4, "", body={"attachments": [file]}),
            sent(5, "Алло", **boris),
            sent(6, "Добрый день", **bot),
            sent(7, "Кто взял ключи?", recipient={**DIALOG, "chat_type": "chat"}),
            sent(8, "3 на 5", "message_edited", body={"mid": "mid.2"}),
        ]
