"""Telegram: the contract suite, and the surprises of its updates."""

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
from chalicelib.events import AnyEvent, Attachment, Attribution, MessageAnswered, MessageReceived
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.lead_days import Sent
from tests.message_days import MessageDay

from .contract import Door, ProviderContract, a_webhook

SECRET = "telegram_demo-secret_1"
HEADER = "x-telegram-bot-api-secret-token"
AT = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)

ANNA: Mapping[str, Any] = {
    "id": 5000000001,
    "is_bot": False,
    "first_name": "Анна",
    "username": "anna_demo",
    "language_code": "ru",
}
CHAT: Mapping[str, Any] = {
    "id": 5000000001,
    "type": "private",
    "first_name": "Анна",
    "username": "anna_demo",
}
MESSAGE: Mapping[str, Any] = {
    "message_id": 12,
    "date": 1778751000,
    "chat": CHAT,
    "from": ANNA,
    "text": "Где мой заказ 1001A?",
}
RECEIVED = MessageReceived(
    message_id="5000000001:12",
    medium="telegram",
    chat="5000000001",
    name="Анна",
    text="Где мой заказ 1001A?",
    chat_url="https://t.me/anna_demo",
    at=AT,
)
OWNER = {"id": 700, "is_bot": False, "first_name": "Магазин"}
PHOTO = [{"file_id": "a", "file_size": 1500, "width": 90}, {"file_id": "b", "file_size": 90000, "width": 800}]


def update(kind: str = "message", update_id: int = 700000001, **changes: Any) -> bytes:
    """The documentation's message with other fields; ``...`` takes one out, ``sender`` means ``from``."""
    message = {**MESSAGE, **{{"sender": "from"}.get(name, name): value for name, value in changes.items()}}
    content = {name: value for name, value in message.items() if value is not ...}
    return json.dumps({"update_id": update_id, kind: content}, ensure_ascii=False).encode()


def posted(content: bytes, secret: str = SECRET) -> Webhook:
    webhook = a_webhook(content, content_type="application/json")
    return replace(webhook, headers={**webhook.headers, HEADER: secret})


def received(*webhooks: Webhook) -> Door:
    door = Door("telegram", {"secret": SECRET})
    for webhook in webhooks:
        assert door.receive(webhook).status == 200
    return door


def reading(kind: str = "message", **changes: Any) -> Reading:
    return received(posted(update(kind, **changes))).reading()


def message(kind: str = "message", **changes: Any) -> MessageReceived:
    (event,) = reading(kind, **changes).events
    assert isinstance(event, MessageReceived)
    return event


class TestContract(ProviderContract):
    provider = "telegram"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "telegram_demo-secret_2"}
    sample = update()
    same_event = json.dumps({"message": dict(sorted(MESSAGE.items())), "update_id": 700000001}).encode()
    other_event = update(update_id=700000002, message_id=13)
    events: ClassVar[tuple[AnyEvent, ...]] = (RECEIVED,)
    samples = (
        update(
            text=...,
            caption="Вот план",
            photo=PHOTO,
            document={"file_name": "plan.pdf", "file_size": 5},
            location={"latitude": 55.75, "longitude": 37.61},
        ),
        update(contact={"phone_number": "79990000001", "first_name": "Анна", "user_id": ANNA["id"]}),
        update("business_message", business_connection_id="conn1"),
        update("edited_message"),
        update(text="/start utm_source-yandex--utm_campaign-may"),
    )
    broken = update()[:60]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"cp1251": update().decode().encode("cp1251")}
    wrong_type_is_read = True
    field_names = ("update_id", "message", "business_message", "edited_message", *MESSAGE, *CHAT, *ANNA)

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
        return posted(update("poll_answer"))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """Kinds of updates other than those on the README."""
        try:
            content = json.loads(webhook.body)
        except (ValueError, RecursionError):
            return False
        return isinstance(content, dict) and bool(content.keys() - {"update_id"}) and not content.keys() & {
            "message", "business_message", "edited_message",
        }  # fmt: skip


class TestSecret:
    @given(st.text(st.characters(), min_size=1).filter(lambda text: text != SECRET))
    def test_any_other_text_is_refused(self, text: str) -> None:
        door = Door("telegram", {"secret": SECRET})
        assert door.receive(posted(update(), text)).body == "wrong-secret"
        assert not door.queue


class TestIdentity:
    def test_update_ids_that_begin_anew_lose_no_message(self) -> None:
        door = received(
            posted(update()), posted(update(message_id=13)), posted(update(date=MESSAGE["date"] + 864000))
        )
        assert len({envelope.id for envelope in door.queue}) == 3

    def test_the_same_words_a_minute_later_are_another_message(self) -> None:
        again = update(update_id=700000002, message_id=13, date=MESSAGE["date"] + 60)
        first, second = received(posted(update()), posted(again)).queue
        assert first.id != second.id

    def test_a_conversation_keeps_its_order_and_others_go_their_own_way(self) -> None:
        other = update(chat={**CHAT, "id": 5}, message_id=1)
        first, second, third = received(posted(update()), posted(update(message_id=13)), posted(other)).queue
        assert first.group == second.group != third.group

    def test_without_an_identity_a_message_is_kept_all_the_same(self) -> None:
        door = received(posted(update(message_id=...)))
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.reading()

    def test_an_update_of_no_kind_is_kept_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(posted(b'{"update_id": 1}')).reading()


class TestWhoWrote:
    @pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
    def test_groups_are_no_clients(self, kind: str) -> None:
        assert reading(chat={"id": -1001234567890, "type": kind, "title": "Склад"}).note == "not-private"

    def test_a_bots_words_are_not_a_clients(self) -> None:
        assert reading(sender={**ANNA, "is_bot": True}).note == "own-message"

    def test_a_clients_message_to_a_business_account(self) -> None:
        event = message("business_message", business_connection_id="conn1")
        assert event == RECEIVED.model_copy(
            update={"chat": "conn1:5000000001", "message_id": "conn1:5000000001:12"}
        )

    def test_what_the_shop_writes_itself_in_its_business_account(self) -> None:
        (event,) = reading("business_message", business_connection_id="conn1", sender=OWNER).events
        assert event == MessageAnswered(chat="conn1:5000000001", at=RECEIVED.at)

    def test_what_the_business_account_sends_by_itself_is_nobodys_answer(self) -> None:
        greeting = {"business_connection_id": "conn1", "sender": OWNER, "is_from_offline": True}
        assert reading("business_message", **greeting).note == "own-message"

    def test_what_a_bot_writes_for_the_business_account(self) -> None:
        bot = {"id": 1, "is_bot": True, "first_name": "Бот"}
        ours = {"business_connection_id": "conn1", "sender_business_bot": bot}
        assert reading("business_message", **ours).note == "own-message"

    def test_a_message_without_a_sender_is_the_other_sides(self) -> None:
        assert message(sender=...).name == "Анна"

    @pytest.mark.parametrize(
        ("username", "url"), [("anna_demo", "https://t.me/anna_demo"), ("a/../b", ""), ("", "")]
    )
    def test_the_chat_can_be_opened_by_a_username_alone(self, username: str, url: str) -> None:
        assert message(sender={**ANNA, "username": username}).chat_url == url

    def test_other_kinds_are_noted(self) -> None:
        assert reading("edited_message").note == "no-message:edited_message"
        assert reading("callback_query", id="77", data="x").note == "no-message:callback_query"
        assert reading("my_chat_member").note == "no-message:my_chat_member"


class TestContents:
    def test_the_clients_own_card_tells_their_phone(self) -> None:
        card = {"phone_number": "79990000001", "first_name": "Анна", "user_id": ANNA["id"]}
        event = message(text=..., contact=card)
        assert (event.phone, event.text) == ("+79990000001", "Анна 79990000001")

    @pytest.mark.parametrize("owner", [{"user_id": 42}, {}])
    def test_somebody_elses_card_is_words_and_no_phone_of_the_client(self, owner: dict[str, int]) -> None:
        card = {"phone_number": "+7 999 000-00-02", "first_name": "Пётр", "last_name": "Ильин", **owner}
        event = message(text=..., contact=card)
        assert (event.phone, event.text) == (None, "Пётр Ильин +7 999 000-00-02")

    def test_a_photo_is_one_file_without_a_link(self) -> None:
        event = message(text=..., caption="Вот план", photo=PHOTO)
        assert event.text == "Вот план"
        assert event.attachments == (Attachment(name="photo", size=90000, file_id="b"),)

    @pytest.mark.parametrize(
        ("content", "attachment"),
        [
            ({"document": {"file_name": "plan.pdf", "file_size": 5}}, Attachment(name="plan.pdf", size=5)),
            ({"document": {"file_id": "a"}}, Attachment(name="file", file_id="a")),
            ({"document": {"file_id": {"a": 1}}}, Attachment(name="file")),
            ({"document": {"file_id": "a" * 501}}, Attachment(name="file")),
            ({"voice": {"duration": 3, "file_size": 900}}, Attachment(name="voice", size=900)),
            ({"video_note": {"duration": 3}}, Attachment(name="video")),
            ({"sticker": {"emoji": "👍"}}, Attachment(name="sticker")),
            ({"video": {"file_name": "v.mp4", "file_size": -1}}, Attachment(name="v.mp4")),
            ({"poll": {"question": "?"}}, Attachment(name="file")),
            (
                {"location": {"latitude": 55.75, "longitude": 37.61}},
                Attachment(name="location", url="https://yandex.ru/maps/?pt=37.610000,55.750000&z=16"),
            ),
        ],
        ids=str,
    )
    def test_files_of_each_kind(self, content: dict[str, Any], attachment: Attachment) -> None:
        event = message(text=..., **content)
        assert (event.text, event.attachments) == ("", (attachment,))

    def test_an_animation_that_comes_as_a_document_too_is_one_file(self) -> None:
        gif = {"file_name": "a.gif", "file_size": 7}
        assert message(text=..., animation=gif, document=gif).attachments == (
            Attachment(name="a.gif", size=7),
        )

    def test_what_says_nothing_is_a_note(self) -> None:
        assert reading(text=..., pinned_message=MESSAGE).note == "service-message"

    def test_an_absurd_time_is_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(date=1778751000000)


class TestStart:
    def test_a_mark_with_parameters_tells_the_source(self) -> None:
        event = message(text="/start utm_source-yandex--utm_campaign-may-sale--yclid-17000")
        assert event.text == ""
        assert event.attribution == Attribution(source="yandex", campaign="may-sale")
        assert event.visitor_ids == (("yclid", "17000"),)
        assert event.landing_page == ""

    def test_any_other_mark_stands_for_the_page(self) -> None:
        event = message(text="/start kitchens_7")
        assert (event.attribution, event.landing_page) == (Attribution(), "kitchens_7")

    @pytest.mark.parametrize("text", ["/start", "/start@shop_bot", "/start "])
    def test_without_a_mark_somebody_opened_the_chat(self, text: str) -> None:
        event = message(text=text)
        assert (event.text, event.attribution, event.landing_page) == ("", Attribution(), "")

    @pytest.mark.parametrize("text", ["/started", "Где /start?", "/start один два"])
    def test_other_words_stay_words(self, text: str) -> None:
        assert message(text=text).text == text


class TestDay(MessageDay):
    source = "telegram"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "telegram", "secret": SECRET}
    conversations: ClassVar[Mapping[str, Sequence[str]]] = {
        "Анна": ("Нужен тент", "3 на 4", "Вложение: plan.pdf", "Пётр 79990000002"),
        "Борис": ("Есть в наличии?", "Алло"),
        "Вера": ("Пишу в аккаунт магазина",),
    }

    def day(self) -> Sequence[Sent]:
        updates = count(700000001)

        def sent(minute: int, kind: str = "message", **changes: Any) -> Sent:
            at = self.begins + timedelta(minutes=minute)
            content = update(kind, next(updates), date=int(at.timestamp()), **changes)
            return Sent(timedelta(minutes=minute), replace(posted(content), source=self.source))

        boris: dict[str, Any] = {"sender": {"id": 7, "first_name": "Борис"}, "chat": {**CHAT, "id": 7}}
        vera: dict[str, Any] = {
            "sender": {"id": 8, "first_name": "Вера"},
            "chat": {"id": 8, "type": "private", "first_name": "Вера"},
            "business_connection_id": "conn1",
        }
        card = {"phone_number": "79990000002", "first_name": "Пётр", "user_id": 42}
        plan = {"file_name": "plan.pdf", "file_size": 5}
        group = {"id": -1001234567890, "type": "supergroup", "title": "Склад"}
        return [
            sent(0, message_id=11, text="/start utm_source-yandex"),
            sent(1, text="Нужен тент"),
            sent(2, message_id=13, text="3 на 4"),
            # Numbers are those of a chat.
            sent(3, message_id=12, text="Есть в наличии?", **boris),
            sent(4, message_id=14, text=..., document=plan),
            sent(5, message_id=13, text="Алло", **boris),
            sent(6, message_id=15, text=..., contact=card),
            sent(7, "business_message", message_id=12, **{**vera, "text": "Пишу в аккаунт магазина"}),
            sent(8, "business_message", message_id=13, **{**vera, "sender": OWNER, "text": "Добрый день"}),
            sent(9, message_id=1, chat=group, text="Кто взял ключи?"),
            sent(9, message_id=20, text="/start", sender={"id": 9}, chat={**CHAT, "id": 9}),
            sent(10, "edited_message", message_id=13, text="3 на 5"),
        ]
