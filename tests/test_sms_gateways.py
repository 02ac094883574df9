"""Several SMS gateways: who sends what, what becomes of it, and what clients write back."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.entry import Status
from chalicelib.events import Delivery, MessageStatus, Price
from chalicelib.gate.form import form_pairs
from chalicelib.gate.provider import Source
from chalicelib.gate.twilio_signature import signature
from chalicelib.gate.webhook import Webhook
from chalicelib.settings import Shop
from chalicelib.sms.settings import SmsSettings
from tests.world import FORM, MORNING, World, example_shop

PHONE = "+79161112233"
AUTH_TOKEN = "auth-token"
URL = "https://shop.example/hooks/twilio-sms"
SOURCES: dict[str, dict[str, Any]] = {
    "twilio-sms": {"provider": "twilio_sms", "auth_token": AUTH_TOKEN, "url": URL},
    "smsru": {"provider": "smsru", "api_id": "sandbox"},
    "smsc": {"provider": "smsc", "token": "demo-token"},
}
SANDBOX = "http://127.0.0.1:8001"
TWILIO = {"url": SANDBOX, "account": "ACsandbox", "token": "sandbox", "sender": "+15005550006"}
SMSRU = {"url": SANDBOX, "api_id": "sandbox"}
SMSC = {"url": SANDBOX, "login": "sandbox", "password": "sandbox"}
GATEWAYS: Mapping[str, Mapping[str, Any]] = {"twilio": TWILIO, "smsru": SMSRU, "smsc": SMSC}


def a_shop(*order: str, **settings: Any) -> Shop:
    """The example shop with these gateways in this order."""
    sms = {"order": list(order), **{name: GATEWAYS[name] for name in order}, **settings}
    shop = example_shop(sources=SOURCES)
    return shop.model_copy(update={"sms": SmsSettings.model_validate(sms)})


class SmsWorld(World):
    """A world with several gateways, and their receipts."""

    def start(self) -> None:
        super().start()
        self.gate.sources = {
            **self.gate.sources,
            **{name: Source(name, table["provider"], table) for name, table in SOURCES.items()},
        }

    def arrive(self, number: str = "1001A") -> None:
        """A parcel arrives: its client gets a message."""
        self.parcel("ACCEPTED_AT_PICK_UP_POINT", self.now, number=number)
        self.work()

    def twilio_sends(self, **fields: str) -> None:
        """Twilio calls our URL."""
        body = urlencode(fields).encode()
        headers = {"content-type": FORM, "x-twilio-signature": signature(AUTH_TOKEN, URL, form_pairs(body))}
        reply = self.gate.receive(Webhook("twilio-sms", "POST", (), {}, headers, body, self.now))
        assert (reply.status, reply.body) == (200, "<Response/>")

    def receipt(self, message: Mapping[str, Any], status: str, code: str = "") -> None:
        """Twilio tells what became of a message."""
        fields = {"MessageSid": message["sid"], "MessageStatus": status, "To": message["to"]}
        self.twilio_sends(**fields, **({"ErrorCode": code} if code else {}))

    def smsru_sends(self, *entries: str) -> None:
        """SMS.ru calls our URL."""
        signed = hashlib.sha256(("sandbox" + "".join(entries)).encode()).hexdigest()
        fields = {f"data[{number}]": entry for number, entry in enumerate(entries)}
        reply = self.post("smsru", "", urlencode({**fields, "hash": signed}).encode())
        assert (reply.status, reply.body) == (200, "100")

    def write(self, text: str, message_id: str = "SM1", phone: str = PHONE) -> None:
        """A client writes to our number at Twilio."""
        self.twilio_sends(
            MessageSid=message_id, From=phone, To="+15005550006", Body=text, SmsStatus="received"
        )
        self.work()

    @property
    def by(self) -> dict[str, int]:
        """How many messages each gateway took."""
        state = self.state
        return {"twilio": len(state["messages"]), "smsru": len(state["smsru"]), "smsc": len(state["smsc"])}

    def notes(self) -> list[str]:
        """What the journal says of each message that was to be sent, without the client's zone."""
        return [
            result.note.partition(", zone ")[0]
            for entry in reversed(self.entries())
            for action, result in zip(entry.plan, entry.results, strict=False)
            if action.kind == "send-sms"
        ]

    def delivery(self) -> Delivery | None:
        """What became of the only message."""
        (told,) = [
            result.delivery
            for entry in self.entries()
            for action, result in zip(entry.plan, entry.results, strict=False)
            if action.kind == "send-sms"
        ]
        return told

    def texts(self) -> list[str]:
        return [task["text"] for task in self.tasks]


def a_world(folder: Path, *order: str, **settings: Any) -> SmsWorld:
    return SmsWorld(folder, a_shop(*order, **settings))


class TestOrder:
    @pytest.mark.parametrize("first", ["twilio", "smsru", "smsc"])
    def test_the_first_gateway_sends(self, tmp_path: Path, first: str) -> None:
        world = a_world(tmp_path, first, *(GATEWAYS.keys() - {first}))
        world.arrive()
        assert world.by == {**dict.fromkeys(GATEWAYS, 0), first: 1}
        assert world.notes() == [f"by {first}"]

    def test_another_gateway_sends_what_the_first_one_refuses(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru", twilio={**TWILIO, "sender": "+15005550007"})
        world.arrive()
        assert world.by == {"twilio": 0, "smsru": 1, "smsc": 0}
        refused, sent = world.notes()
        assert refused.startswith("twilio refuses it: Twilio answers 400, code 21606")
        assert sent == "by smsru"
        assert not world.entries(Status.PARKED)

    def test_who_wanted_the_message_hears_what_the_last_gateway_made_of_it(self, tmp_path: Path) -> None:
        refusing = {**TWILIO, "sender": "+15005550007"}
        world = a_world(tmp_path, "twilio", "smsru", twilio=refusing)
        world.post("crm-main", "demo-token", b"order_number=1001A&template=delivered")
        world.work_for(minutes=1)
        assert world.by == {"twilio": 0, "smsru": 1, "smsc": 0}
        (note,) = world.state["notes"]
        assert "отправлено" in note["text"]
        assert "не отправлено" not in note["text"]

    def test_who_wanted_the_message_hears_that_nobody_knows_whether_it_was_sent(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsru")
        world.fault(target="smsru", kind="drop", times=1)
        world.post("crm-main", "demo-token", b"order_number=1001A&template=delivered")
        world.work_for(minutes=5)
        (note,) = world.state["notes"]
        assert note["text"].startswith(
            'SMS "delivered" по заказу 1001A, 20.11 в 11:00: неизвестно, ушло ли оно. Спросите клиента'
        )

    def test_what_all_refuse_is_for_a_person(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsc", twilio={**TWILIO, "sender": "+15005550007"})
        order_id = world.order("1001A")["id"]
        world.edit_order(order_id, {"phone": "+79160000008"})
        world.arrive()
        (parked,) = world.entries(Status.PARKED)
        assert parked.reason == "sms-refused"
        assert "SMSC answers 8" in parked.detail

    def test_a_wrong_number_is_wrong_for_all(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsc", "twilio")
        world.edit_order(world.order("1001A")["id"], {"phone": "+79160000007"})
        world.arrive()
        (parked,) = world.entries(Status.PARKED)
        assert parked.reason == "sms-wrong-number"
        assert not sum(world.by.values())

    def test_who_opted_out_gets_it_from_nobody(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsru", "twilio")
        world.edit_order(world.order("1001A")["id"], {"phone": "+79160000209"})
        world.arrive()
        assert world.notes()[0].startswith("opted-out")
        assert not sum(world.by.values())

    @pytest.mark.parametrize("kind", ["refuse", "401", "503"])
    def test_while_the_first_gateway_is_away_the_next_one_sends(self, tmp_path: Path, kind: str) -> None:
        world = a_world(tmp_path, "twilio", "smsru")
        world.fault(target="twilio", kind=kind)
        world.arrive()
        world.work_for(minutes=2)
        assert world.by == {"twilio": 0, "smsru": 1, "smsc": 0}
        world.clear_faults()

    def test_the_first_gateway_is_asked_again_when_it_is_back(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru")
        world.fault(target="twilio", kind="refuse")
        world.arrive()
        world.work_for(minutes=2)
        world.clear_faults()
        world.later(minutes=5)
        world.make_order({"number": "2002B", "phone": "+79990003344", "status": "delivering"})
        world.arrive("2002B")
        assert world.by == {"twilio": 1, "smsru": 1, "smsc": 0}

    def test_what_nobody_knows_is_not_sent_by_another_gateway(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsru", "twilio")
        world.fault(target="smsru", kind="drop", times=1)
        world.arrive()
        world.work_for(minutes=5)
        (parked,) = world.entries(Status.PARKED)
        assert parked.reason == "unknown-result"
        assert world.by == {"twilio": 0, "smsru": 1, "smsc": 0}

    @pytest.mark.parametrize("first", ["twilio", "smsc"])
    @pytest.mark.parametrize("kind", ["drop", "reset"])
    def test_what_can_be_looked_up_is_sent_once(self, tmp_path: Path, first: str, kind: str) -> None:
        world = a_world(tmp_path, first, "smsru")
        world.fault(target=first, kind=kind, times=1)
        world.arrive()
        world.work_for(minutes=5)
        assert world.by == {**dict.fromkeys(GATEWAYS, 0), first: 1}
        assert not world.entries(Status.PARKED, Status.OPEN)


class TestDelivery:
    def test_without_delivery_in_time_the_next_gateway_sends(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru", delivered_within="30m")
        world.sandbox.configure({"twilio_outcome": "expired"})
        world.arrive()
        (message,) = world.sandbox.twilio.messages.all()
        assert message["validity"] == "1800"
        world.work_for(minutes=31)
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        world.work_for(minutes=5)
        assert world.by == {"twilio": 1, "smsru": 1, "smsc": 0}
        assert world.notes()[0].startswith("by twilio, expired 20.11. 11:3")

    def test_after_the_last_gateway_a_manager_phones_once(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru", delivered_within="30m")
        world.sandbox.configure({"twilio_outcome": "failed", "smsru_outcome": "failed"})
        world.arrive()
        world.work_for(step=timedelta(minutes=10), hours=30)
        assert world.by == {"twilio": 1, "smsru": 1, "smsc": 0}
        assert world.texts() == ["Позвонить вместо SMS: +7 916 111-22-33"]
        (task,) = world.tasks
        assert "Не доставлено через SMS.ru, код 106" in task["commentary"]
        assert task["order"]["number"] == "1001A"

    def test_a_delivered_message_is_left_alone(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru", delivered_within="30m")
        world.arrive()
        world.work_for(step=timedelta(minutes=10), hours=12)
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        assert world.notes()[0].startswith("by twilio, delivered")
        assert not world.tasks

    def test_an_operator_that_says_nothing_is_believed_neither_way(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru", delivered_within="30m")
        world.sandbox.configure({"twilio_outcome": "pending"})
        world.arrive()
        world.work_for(step=timedelta(minutes=10), hours=12)
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        assert not world.tasks
        assert not world.entries(Status.OPEN)

    def test_it_is_not_sent_again_once_it_is_no_longer_true(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru", delivered_within="30m")
        world.sandbox.configure({"twilio_outcome": "expired"})
        world.arrive()
        world.later(minutes=10)
        world.parcel("DELIVERED", world.now)
        world.work_for(hours=1)
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        assert not world.texts()


class TestReceipts:
    def sent(self, world: SmsWorld) -> Mapping[str, Any]:
        world.arrive()
        (message,) = world.messages
        return message

    def test_the_journal_shows_what_became_of_a_message(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        message = self.sent(world)
        world.later(minutes=2)
        world.receipt(message, "delivered")
        world.work()
        (result,) = next(entry for entry in world.entries() if entry.plan[0].kind == "send-sms").results
        assert result.note == "by twilio, delivered 20.11. 11:02, zone Europe/Moscow by city"

    def test_what_became_of_a_message_stands_in_the_entry_that_sent_it(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsc")
        world.arrive()
        price = Price(amount=Decimal("2.80"))
        assert world.delivery() == Delivery(gateway="smsc", price=price)
        (message,) = world.sandbox.smsc.messages.all()
        receipt = {"id": message["message_id"], "phone": PHONE[1:], "status": "1"}
        world.post("smsc", "demo-token", urlencode(receipt).encode())
        world.work()
        delivered = Delivery(gateway="smsc", status=MessageStatus.DELIVERED, price=price)
        assert world.delivery() == delivered
        world.post("smsc", "demo-token", urlencode({**receipt, "status": "0"}).encode())
        world.work()
        assert world.delivery() == delivered, "an older word changes nothing"

    @pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent"), ("delivered",) * 3])
    def test_receipts_in_any_order(self, tmp_path: Path, order: tuple[str, ...]) -> None:
        world = a_world(tmp_path, "twilio")
        message = self.sent(world)
        for status in order:
            world.receipt(message, status)
            world.work()
        assert world.notes() == ["by twilio, delivered 20.11. 11:00"]

    def test_a_receipt_before_the_send_was_recorded_is_not_lost(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        world.sandbox.configure({"twilio_outcome": "failed"})
        world.fault(target="twilio", kind="drop", times=1, method="POST")
        message = self.sent(world)
        world.receipt(message, "undelivered", "30003")
        world.work()
        assert not world.tasks
        world.work_for(minutes=5)
        assert world.notes() == ["found, by twilio, failed 20.11. 11:00, code 30003"]
        assert world.texts() == ["Позвонить вместо SMS: +7 916 111-22-33"]

    def test_a_failure_is_told_once_however_often_it_is_heard_of(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", delivered_within="30m")
        world.sandbox.configure({"twilio_outcome": "failed"})
        message = self.sent(world)
        for status in ("undelivered", "failed", "undelivered"):
            world.receipt(message, status, "30003")
            world.work_for(minutes=6)
        world.work_for(step=timedelta(minutes=10), hours=12)
        assert len(world.tasks) == 1

    def test_a_failure_lets_the_next_gateway_send_at_once(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsc", delivered_within="30m")
        world.sandbox.configure({"twilio_outcome": "failed"})
        world.receipt(self.sent(world), "undelivered", "30003")
        world.work()
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 1}
        world.work_for(step=timedelta(minutes=10), hours=12)
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 1}

    def test_a_number_that_takes_no_sms_is_tried_by_nobody_else(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsc")
        world.receipt(self.sent(world), "undelivered", "30006")
        world.work()
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        assert world.texts() == ["Проверить номер клиента: SMS на +7 916 111-22-33 не доходят"]

    def test_who_has_opted_out_gets_it_from_nobody_else(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsc")
        world.receipt(self.sent(world), "failed", "21610")
        world.work()
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        assert world.texts() == ["Позвонить вместо SMS: +7 916 111-22-33"]
        world.write("?")
        assert world.by == {"twilio": 1, "smsru": 0, "smsc": 0}
        assert world.notes()[-1] == "opted-out: gateway"

    def test_many_receipts_of_sms_ru_in_one_request(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsru")
        world.arrive()
        (message,) = world.sandbox.smsru.messages.all()
        at = int(MORNING.timestamp()) + 60
        others = [f"sms_status\n202647-9{number}\n103\n{at}" for number in range(99)]
        world.smsru_sends(*others, f"sms_status\n{message['sms_id']}\n103\n{at}")
        world.work()
        assert world.notes() == ["by smsru, delivered 20.11. 11:01"]

    def test_a_receipt_of_smsc(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "smsc")
        world.arrive()
        (message,) = world.sandbox.smsc.messages.all()
        fields = {"id": message["message_id"], "phone": PHONE[1:], "status": "20", "err": "1"}
        world.post("smsc", "demo-token", urlencode(fields).encode())
        world.work()
        assert world.notes() == ["by smsc, failed 20.11. 11:00, code 20"]
        assert len(world.tasks) == 1


class TestInbound:
    def test_what_a_client_writes_is_a_task_for_the_orders_manager(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        world.write("Перенесите на пятницу")
        (task,) = world.tasks
        assert task["text"] == "Ответить клиенту: SMS от +7 916 111-22-33, 20.11 в 11:00"
        assert task["commentary"].startswith("20.11 в 11:00, +7 916 111-22-33:\nПеренесите на пятницу")
        assert task["order"]["number"] == "1001A"

    def test_more_messages_bring_the_open_task_up_to_date(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        world.write("Перенесите", "SM1")
        world.later(minutes=1)
        world.write("на пятницу", "SM2")
        world.write("на пятницу", "SM2")
        (task,) = world.tasks
        assert task["text"] == "Ответить клиенту: 2 SMS от +7 916 111-22-33, последнее 20.11 в 11:01"
        assert task["commentary"].count("на пятницу") == 1
        assert task["commentary"].count("У клиента сейчас 07:00 (Москва, −4 ч к нашему времени)") == 1
        assert "Перенесите" in task["commentary"]

    def test_a_stranger_is_answered_by_who_is_on_duty(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        world.write("Сколько стоит тент?", phone="+79167778899")
        (task,) = world.tasks
        assert "order" not in task or not task["order"]
        assert task["phone"] == "+79167778899"

    @pytest.mark.parametrize("word", ["?", "??", "СТАТУС", " статус. ", "Status ?", "Статус?"])
    def test_a_client_who_asks_hears_how_the_order_stands(self, tmp_path: Path, word: str) -> None:
        world = a_world(tmp_path, "twilio")
        world.write(word)
        (message,) = world.messages
        assert message["to"] == PHONE
        assert message["body"].startswith("Заказ 1001A: в пути.")
        assert not world.tasks

    def test_who_has_the_order_is_not_told_to_pay(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        world.write("?", "SM1")
        assert "К оплате 4 990 ₽" in world.messages[-1]["body"]
        world.edit_order(world.order("1001A")["id"], {"status": "complete"})
        world.write("?", "SM2")
        assert world.messages[-1]["body"].startswith("Заказ 1001A: доставлен.")
        assert "К оплате" not in world.messages[-1]["body"]

    def test_the_shops_own_words_for_a_status(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", status_words={"delivering": "едет к вам"})
        world.write("?")
        assert world.messages[0]["body"].startswith("Заказ 1001A: едет к вам.")

    def test_answers_are_limited(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", status_replies=2)
        for number in range(4):
            world.write("?", f"SM{number}")
            world.later(minutes=1)
        assert len(world.messages) == 2
        world.later(days=1)
        world.write("?", "SM9")
        assert len(world.messages) == 3

    def test_a_stranger_who_asks_hears_that_there_is_no_order(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio")
        world.write("?", phone="+79167778899")
        assert world.messages[0]["body"].startswith("Мы не нашли заказов с вашего номера.")

    def test_stop_and_start(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "twilio", "smsru")
        world.write("СТОП", "SM1")
        world.arrive()
        assert not sum(world.by.values())
        world.write("Старт", "SM2")
        world.write("?", "SM3")
        assert sum(world.by.values()) == 1
        assert not world.tasks
