"""Flexbe: the contract suite, and the ways in which a lead may come, for nobody could tell the one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadItem, LeadSubmitted
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from tests.lead_days import LeadDay, Sent, made

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "flexbe-demo-token-1"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

# The reference's sample of Flexbe's API.
SAMPLE: Mapping[str, Any] = {
    "id": 9000001,
    "num": 15,
    "time": 1778751000,
    "status": {"code": 0},
    "client": {"name": "Анна", "phone": "+79990000001", "email": "anna@example.com"},
    "note": "",
    "form_name": "Заказать звонок",
    "form_data": [],
    "products": [],
    "page": {"url": "https://example.com/", "name": "Главная"},
    "utm": {
        "ip": "192.0.2.1",
        "utm_source": "yandex",
        "utm_medium": "cpc",
        "utm_campaign": "may",
        "utm_term": "",
        "utm_content": "",
        "url": "https://example.com/?utm_source=yandex&yclid=17",
        "ym_client_id": "1700000000000000001",
        "ga_client_id": "",
    },
    "pay": {
        "id": 1,
        "summ": 1800,
        "status": {"code": 0},
        "desc": "",
        "pay_link": "https://example.com/pay/1",
        "time_create": 1778751000,
        "time_done": 0,
    },
}
LEAD = LeadSubmitted(
    lead_id="9000001",
    form="Заказать звонок",
    form_name="Заказать звонок",
    name="Анна",
    phone="+79990000001",
    phone_typed="+79990000001",
    email="anna@example.com",
    number="15",
    total=Decimal(1800),
    answers=(("pay.pay_link", "https://example.com/pay/1"),),
    attribution=Attribution(source="yandex", medium="cpc", campaign="may"),
    landing_page="https://example.com/",
    visitor_ids=(("yandex", "1700000000000000001"), ("yclid", "17")),
    submitted_at=datetime(2026, 5, 14, 9, 30, tzinfo=UTC),
)


def lead(**changes: object) -> dict[str, Any]:
    """The sample with other fields; ``...`` takes one out."""
    fields = {**SAMPLE, **changes}
    return {name: value for name, value in fields.items() if value is not ...}


def as_json(content: object) -> bytes:
    return json.dumps(content).encode()


def bracketed(value: object, name: str) -> list[tuple[str, str]]:
    """As PHP writes nested fields into a form."""
    if isinstance(value, Mapping):
        return [pair for key, inner in value.items() for pair in bracketed(inner, f"{name}[{key}]")]
    if isinstance(value, list):
        return [pair for key, inner in enumerate(value) for pair in bracketed(inner, f"{name}[{key}]")]
    return [(name, str(value))]


def as_form(fields: Mapping[str, object]) -> bytes:
    return urlencode([pair for name, value in fields.items() for pair in bracketed(value, name)]).encode()


def sent(content: bytes, content_type: str = JSON) -> Webhook:
    return a_webhook(content, path=(TOKEN,), content_type=content_type)


def event(content: bytes, content_type: str = JSON, **settings: object) -> LeadSubmitted:
    door = Door("flexbe", {"token": TOKEN, **settings})
    assert door.receive(sent(content, content_type)) == Reply()
    (read,) = door.reading().events
    assert isinstance(read, LeadSubmitted)
    return read


class TestContract(ProviderContract):
    provider = "flexbe"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "flexbe-demo-token-2"}
    sample = as_json(SAMPLE)
    same_event = json.dumps({"event": "lead", "data": dict(reversed([*SAMPLE.items()]))}, indent=1).encode()
    other_event = as_json(lead(id=9000002))
    samples = (
        as_json({"event": "lead", "data": lead(form_data=[{"title": "Размер", "value": "3×6"}])}),
        as_json(lead(products=[{"title": "Тент", "count": 2, "price": "4500.50", "sku": "T-1"}])),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (LEAD,)
    broken = as_json(SAMPLE)[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": as_json(SAMPLE).replace(b"example.com", "пример".encode("cp1251")),
        "no UTF-8": as_json(SAMPLE).replace(b"example.com", b"\xff\xfe"),
    }
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (*SAMPLE, "data", "lead", "code", "title", "value", "price", "count", "phone", "name")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type=JSON)

    def unknown_event(self) -> Webhook:
        """There is none; what we know nothing of is an answer."""
        return sent(as_json(lead(moon_phase="full")))

    def forgeries(self) -> Mapping[str, Webhook]:
        content = as_json(SAMPLE)
        return {
            "wrong token": a_webhook(content, path=("wrong",), content_type=JSON),
            "no token": a_webhook(content, content_type=JSON),
            "empty token": a_webhook(content, query={"token": ""}, content_type=JSON),
            "a longer token": a_webhook(content, path=(TOKEN + "0",), content_type=JSON),
            "a token in the body": a_webhook(as_json(lead(token=TOKEN)), content_type=JSON),
            "half a surrogate pair": a_webhook(content, path=("\ud800",), content_type=JSON),
        }


class TestWays:
    @pytest.mark.parametrize(
        "fields",
        [
            SAMPLE,
            {"data": SAMPLE},
            {"lead": SAMPLE},
            {"event": "lead", "data": SAMPLE},
            {"id": 77, "event": "lead", "data": {"lead": SAMPLE}},
            {"event": "lead", "data": json.dumps(SAMPLE)},
        ],
    )
    def test_each_is_the_same_lead(self, fields: Mapping[str, object]) -> None:
        door = Door("flexbe", {"token": TOKEN})
        door.receive(sent(as_json(SAMPLE)), sent(as_json(fields)), sent(as_form(fields), FORM))
        assert len({(envelope.id, envelope.group) for envelope in door.queue}) == 1
        assert [door.read(envelope).events for envelope in door.queue] == [(LEAD,)] * 3

    def test_a_form_with_json_in_each_field(self) -> None:
        pairs = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in SAMPLE.items()
        }
        assert event(urlencode(pairs).encode(), FORM) == LEAD

    def test_plain_fields(self) -> None:
        flat = event(urlencode({"name": "Анна", "phone": "89990000001", "Размер": "3×6"}).encode(), FORM)
        assert (flat.name, flat.phone, flat.answers) == ("Анна", "+79990000001", (("Размер", "3×6"),))

    def test_the_shop_may_say_what_a_field_means(self) -> None:
        said = event(as_json(lead(client={"mob": "89990000001"})), fields={"client.mob": "phone"})
        assert said.phone == "+79990000001"

    def test_whatever_comes_is_told(self) -> None:
        odd = {"event": {"x": 1}, "data": [{"a": "б"}], "products": "нет", "form_data": {"v": "г"}}
        told = event(as_json(odd)).answers
        assert told == (("0.a", "б"), ("event.x", "1"), ("products", "нет"), ("form_data.v", "г"))

    @pytest.mark.parametrize("time", [..., 0, -1, "вчера", 10**12, None, {}, "٣"])
    def test_a_lead_is_not_lost_by_its_clock(self, time: object) -> None:
        assert event(as_json(lead(time=time))).submitted_at == NOON

    def test_without_an_id_the_content_tells_for_ten_minutes(self) -> None:
        door = Door("flexbe", {"token": TOKEN})
        webhook = sent(as_json(lead(id=...)))
        door.receive(webhook, replace(webhook, received_at=NOON + timedelta(minutes=1)))
        door.receive(replace(webhook, received_at=NOON + timedelta(days=30)))
        assert len({envelope.id for envelope in door.queue}) == 2

    @pytest.mark.parametrize("content", [{}, {"data": {}}, {"id": 1, "time": 5, "event": "lead"}])
    def test_a_lead_without_anything_goes_to_quarantine(self, content: object) -> None:
        with pytest.raises(Unreadable, match="empty"):
            event(as_json(content))


class TestContents:
    def test_questions_of_the_form(self) -> None:
        asked = [
            {"title": "Размер", "value": "3×6", "type": "select"},
            {"name": "Когда", "answer": ["утром", "днём"]},
            {"label": "Пусто", "value": ""},
            {"title": "Без ответа"},
            "просто текст",
        ]
        said = event(as_json(lead(form_data=asked, pay=...)))
        assert said.answers == (
            ("form_data.3.title", "Без ответа"),
            ("form_data.4", "просто текст"),
            ("Размер", "3×6"),
            ("Когда", "утром, днём"),
        )

    def test_a_phone_that_stands_only_among_the_questions(self) -> None:
        asked = [{"title": "Телефон", "value": "8 999 000-00-01"}]
        assert event(as_json(lead(form_data=asked, client={"name": "Анна"}))).phone == "+79990000001"

    def test_a_note(self) -> None:
        assert ("note", "после шести") in event(as_json(lead(note="после шести"))).answers

    def test_a_cart(self) -> None:
        products = [
            {"title": "Тент", "count": "2", "price": "4 500,50", "sku": "T-1"},
            {"name": "Люверс", "quantity": 1.5, "cost": 12, "article": 77},
            {"title": "Подарок"},
        ]
        assert event(as_json(lead(products=products))).items == (
            LeadItem(name="Тент", quantity=Decimal(2), price=Decimal("4500.50"), sku="T-1"),
            LeadItem(name="Люверс", quantity=Decimal("1.5"), price=Decimal(12), sku="77"),
            LeadItem(name="Подарок"),
        )

    @pytest.mark.parametrize(
        "product",
        [
            {"price": 5},
            {"title": "Тент", "price": "много"},
            {"title": "Тент", "count": 0},
            {"title": "Тент", "price": 10**12},
        ],
    )
    def test_what_is_no_product_is_told(self, product: dict[str, object]) -> None:
        said = event(as_json(lead(products=[product])))
        assert said.items == ()
        assert {(f"products.0.{name}", str(value)) for name, value in product.items()} <= {*said.answers}

    def test_options_of_a_product_are_told(self) -> None:
        said = event(as_json(lead(products=[{"title": "Тент", "options": [{"Цвет": "белый"}]}])))
        assert said.items == (LeadItem(name="Тент"),)
        assert ("products.0.options.0.Цвет", "белый") in said.answers

    @pytest.mark.parametrize(("status", "paid"), [(2, True), ("2", True), (0, False), (1, False), (3, False)])
    def test_whether_it_is_paid(self, status: object, paid: bool) -> None:
        block = {**SAMPLE["pay"], "status": {"code": status}, "desc": "Картой"}
        said = event(as_json(lead(pay=block)))
        assert (said.is_paid, said.payment, said.total) == (paid, "Картой", Decimal(1800))

    @pytest.mark.parametrize("summ", [0, "", None, "сколько?"])
    def test_no_sum(self, summ: object) -> None:
        assert event(as_json(lead(pay={"summ": summ}))).total is None

    def test_the_address_of_the_visit_tells_what_utm_does_not(self) -> None:
        utm = {"url": "https://example.com/?utm_source=vk&utm_term=тент", "ga_client_id": "123.456"}
        said = event(as_json(lead(utm=utm)))
        assert said.attribution == Attribution(source="vk", keyword="тент")
        assert said.visitor_ids == (("google", "123.456"),)


class TestDay(LeadDay):
    source = "flexbe"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "flexbe", "token": TOKEN}
    orders = (
        made("+79990000001", "Анна", source="yandex", medium="cpc", campaign="may"),
        made("+79990000002", "Борис", source="vk"),
    )
    tasks = 1
    quarantined = 1

    def day(self) -> Sequence[Sent]:
        def at(minute: int, fields: Mapping[str, object], content_type: str = JSON) -> Sent:
            second = int((self.begins + timedelta(minutes=minute)).timestamp())
            content = {**fields, "time": second}
            body = as_form({"data": content}) if content_type == FORM else as_json({"data": content})
            return Sent(timedelta(minutes=minute), replace(sent(body, content_type), source=self.source))

        boris = {"client": {"name": "Борис", "phone": "89990000002"}, "utm": {"utm_source": "vk"}}
        return [
            at(1, lead(products=[{"title": "Тент", "price": 1800}])),
            at(2, lead(id=2, **boris), FORM),
            # Boris sends the form again: a task on his order.
            at(3, lead(id=3, **boris), FORM),
            at(4, {"id": 4, "event": "lead"}),
        ]
