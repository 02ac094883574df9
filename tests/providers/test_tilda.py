"""Tilda: the contract suite, and the surprises of its submissions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadItem, LeadSubmitted
from chalicelib.gate.provider import Reply
from chalicelib.gate.submissions import fields_of
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import LONGEST_ANSWER
from chalicelib.providers.reading import Reading
from chalicelib.providers.tilda.payment import Product
from chalicelib.providers.tilda.read import Settings

from .contract import NOON, Door, ProviderContract, a_webhook

FOLDER = Path(__file__).parent / "tilda"
CART_JSON = (FOLDER / "cart.json").read_bytes()
CART_FORM = (FOLDER / "cart.txt").read_bytes()
CART_NESTED = (FOLDER / "nested.txt").read_bytes()
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TOKEN = "tilda-demo-token-1"

QUESTION = {
    "Name": "Анна",
    "Phone": "+7 (999) 000-00-01",
    "Email": "anna@example.com",
    "1__Ваш_вопрос": "Сколько стоит?",
    "Checkbox": "yes",
    "tranid": "1234567:4802000003",
    "formid": "form100000002",
    "formname": "Вопрос",
}
LEAD = LeadSubmitted(
    lead_id="1234567:4802000003",
    form="form100000002",
    form_name="Вопрос",
    name="Анна",
    phone="+79990000001",
    phone_typed="+7 (999) 000-00-01",
    email="anna@example.com",
    answers=(("1 Ваш вопрос", "Сколько стоит?"), ("Checkbox", "yes")),
    submitted_at=NOON,
)


def as_form(fields: Mapping[str, object], encoding: str = "utf-8") -> bytes:
    return urlencode(fields, encoding=encoding).encode()


def question(**changes: object) -> dict[str, Any]:
    """The question with other fields; ``...`` takes one out."""
    return {name: value for name, value in {**QUESTION, **changes}.items() if value is not ...}


def submission(content: bytes, **changes: Any) -> Webhook:
    content_type = JSON if content.startswith(b"{") else FORM
    return replace(a_webhook(content, path=(TOKEN,), content_type=content_type), **changes)


def received(*webhooks: Webhook) -> Door:
    door = Door("tilda", {"token": TOKEN})
    for webhook in webhooks:
        assert door.receive(webhook) == Reply(200, "ok")
    return door


def lead(content: bytes | Mapping[str, object]) -> LeadSubmitted:
    """What a submission says; fields are sent as a form."""
    body = content if isinstance(content, bytes) else as_form(content)
    (event,) = received(submission(body)).reading().events
    assert isinstance(event, LeadSubmitted)
    return event


def lead_with_payment(payment: object) -> LeadSubmitted:
    return lead(json.dumps(question(payment=payment)).encode())


class TestContract(ProviderContract):
    provider = "tilda"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "tilda-demo-token-2"}
    sample = as_form(QUESTION)
    same_event = as_form({"tranid": QUESTION["tranid"], **QUESTION}).replace(b"+%28", b"%20(")
    other_event = as_form(question(tranid="1234567:4802000004"))
    events: ClassVar[tuple[AnyEvent, ...]] = (LEAD,)
    samples = (CART_JSON, CART_FORM.replace(b"&key=demo-key", b""), CART_NESTED)
    broken = CART_JSON[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "form in cp1251": as_form(QUESTION, "cp1251"),
        "JSON in cp1251": CART_JSON.decode().encode("cp1251"),
        "no UTF-8": b"Name=%ff%fe",
    }
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (
        *QUESTION,
        *("COOKIES", "referer", "utm_source", "utm_term", "key", "token", "test", "paymentsystem", "payment"),
        *("payment[sys]", "payment[orderid]", "payment[products][0][name]", "payment[products][0][price]"),
        *json.loads(CART_JSON)["payment"],
        *json.loads(CART_JSON)["payment"]["products"][0],
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return submission(content, path=(secrets["token"],))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """A connection test, in whatever form."""
        try:
            fields = json.loads(webhook.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            fields = dict(parse_qsl(webhook.body.decode("latin-1")))
        return isinstance(fields, dict) and fields.get("test") == "test"

    def unknown_event(self) -> Webhook:
        return self.authentic(as_form({"Moon_phase": "full"}))

    def forgeries(self) -> Mapping[str, Webhook]:
        nothing = submission(as_form(QUESTION), path=())
        return {
            "wrong": replace(nothing, path=("guessed",)),
            "wrong in query": replace(nothing, query={"token": "guessed"}),
            "wrong in form": replace(nothing, body=as_form(question(key="guessed"))),
            "wrong in JSON": submission(json.dumps(question(key="guessed")).encode(), path=()),
            "wrong in header": replace(
                nothing, headers={**nothing.headers, "authorization": "Bearer guessed"}
            ),
            "missing": nothing,
            "empty": replace(nothing, path=("",)),
            "empty in form": replace(nothing, body=as_form(question(key=""))),
            "empty in header": replace(nothing, headers={**nothing.headers, "authorization": "Bearer "}),
            "no text in JSON": submission(json.dumps(question(key=None, token=[TOKEN])).encode(), path=()),
            "other parameter": replace(nothing, query={"password": TOKEN}),
            "other scheme": replace(nothing, headers={**nothing.headers, "authorization": f"Basic {TOKEN}"}),
            "not ASCII": replace(nothing, path=("токен\ud800",)),
            "half a surrogate pair": submission(json.dumps(question(key="\ud800")).encode(), path=()),
            "broken": submission(CART_JSON[:-20], path=()),
        }


class TestProbe:
    @pytest.mark.parametrize(
        "probe",
        [
            a_webhook(b"test=test"),
            a_webhook(b"test=test", content_type=FORM),
            a_webhook(b"test=test", content_type=FORM, path=("guessed",)),
            a_webhook(b"test=test&key=" + TOKEN.encode(), content_type=FORM),
            a_webhook(b'{"test": "test"}', content_type=JSON),
            a_webhook(b'{"test": "test"}', content_type="application/json; charset=utf-8", path=(TOKEN,)),
        ],
    )
    def test_is_answered_with_or_without_a_token_and_not_kept(self, probe: Webhook) -> None:
        door = received(probe)
        assert not door.queue
        assert door.gate.counters == {("shop", "probe"): 1}

    def test_a_question_named_test_is_no_probe(self) -> None:
        door = received(submission(as_form(question(test="test"))))
        assert ("test", "test") in lead(door.queue[0].webhook.body).answers

    @pytest.mark.parametrize(
        "body", [b"test=yes", b"test=test&tranid=1:2", b"test=test&formid=form1", b"", b"[]"]
    )
    def test_anything_else_must_prove_its_origin(self, body: bytes) -> None:
        assert Door("tilda", {"token": TOKEN}).receive(a_webhook(body, content_type=FORM)).status == 401


class TestToken:
    @pytest.mark.parametrize(
        "changes",
        [
            {"path": (TOKEN,)},
            {"path": (TOKEN, "")},
            {"query": {"token": TOKEN}},
            {"query": {"key": TOKEN}},
            {"body": as_form(question(key=TOKEN))},
            {"body": as_form({"token": TOKEN, **QUESTION})},
            {"body": json.dumps(question(key=TOKEN)).encode(), "headers": {"content-type": JSON}},
            {"headers": {"content-type": FORM, "authorization": f"Bearer {TOKEN}"}},
            {"headers": {"content-type": FORM, "authorization": f"bearer  {TOKEN}"}},
            {"path": ("outdated",), "body": as_form(question(key=TOKEN))},
        ],
    )
    def test_may_stand_in_many_places_and_is_taken_out_of_each(self, changes: dict[str, Any]) -> None:
        door = received(submission(as_form(QUESTION), **{"path": (), **changes}))
        stored = door.queue[0]
        assert TOKEN not in stored.to_json() + stored.webhook.body.decode()
        assert stored.webhook.path == ()
        assert door.reading() == Reading((LEAD,))

    def test_the_parameter_has_the_name_that_the_owner_typed(self) -> None:
        door = Door("tilda", {"token": TOKEN, "token_parameters": ["pass"]})
        assert door.receive(submission(as_form({"pass": TOKEN, **QUESTION}), path=())).status == 200
        assert door.receive(submission(as_form({"key": TOKEN, **QUESTION}), path=())).status == 401
        assert door.reading() == Reading((LEAD,))

    def test_a_form_keeps_each_other_byte(self) -> None:
        body = b"b=%d0%90+%2B&key=" + TOKEN.encode() + b"&&a=1&a=2&c&=&Name=%20"
        stored = received(submission(body)).queue[0].webhook
        assert stored.body == b"b=%d0%90+%2B&&a=1&a=2&c&=&Name=%20"

    def test_a_json_body_without_a_token_keeps_each_byte(self) -> None:
        assert received(submission(CART_JSON)).queue[0].webhook.body == CART_JSON

    def test_a_token_in_a_broken_body_is_painted_over(self) -> None:
        body = json.dumps(question(key=TOKEN)).encode()[:-1]
        stored = received(submission(body)).queue[0].webhook
        assert stored.body == body.replace(TOKEN.encode(), b"***")


class TestSameSubmission:
    def ids(self, *bodies: bytes, later: timedelta = timedelta(minutes=2)) -> list[str]:
        times = (NOON + number * later for number in range(len(bodies)))
        door = received(*(submission(body, received_at=at) for body, at in zip(bodies, times, strict=True)))
        return [envelope.id for envelope in door.queue]

    def test_by_tranid_however_late(self) -> None:
        first, again = self.ids(as_form(QUESTION), as_form(question(Name="А.")), later=timedelta(days=30))
        assert first == again

    def test_by_the_number_of_the_order_in_each_shape(self) -> None:
        text = json.dumps({"orderid": "1500000001"})
        first, *others = self.ids(
            as_form({"payment[orderid]": "1500000001", "Name": "A"}),
            as_form({"payment": text, "Name": "B"}),
            json.dumps({"payment": {"orderid": 1500000001}}).encode(),
            json.dumps({"payment": text}).encode(),
        )
        assert set(others) == {first}

    def test_by_its_fields_for_ten_minutes(self) -> None:
        fields = question(tranid=...)
        first, again, other_order, next_hour = self.ids(
            as_form(fields),
            as_form(fields),
            as_form(dict(reversed(fields.items()))),
            as_form(fields),
            later=timedelta(minutes=3, seconds=20),
        )
        assert first == again == other_order
        assert next_hour != first

    @pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b'{"a": 1'])
    def test_by_its_bytes_if_it_cannot_be_parsed(self, body: bytes) -> None:
        webhook = submission(body, headers={"content-type": JSON})
        door = received(webhook, webhook, replace(webhook, received_at=NOON + timedelta(days=30)))
        first, again, next_month = (envelope.id for envelope in door.queue)
        assert first == again
        assert next_month != first

    def test_a_different_question_is_a_different_submission(self) -> None:
        first, other = self.ids(as_form(question(tranid=...)), as_form(question(tranid=..., Textarea="!")))
        assert first != other

    def test_the_event_has_the_same_identity(self) -> None:
        assert lead(QUESTION).lead_id == "1234567:4802000003"
        assert lead({"payment": '{"orderid": "15"}', "Name": "A"}).lead_id == "orderid-15"

    def test_the_same_form_sent_next_month_is_a_new_lead(self) -> None:
        body = as_form(question(tranid=...))
        door = received(submission(body), submission(body, received_at=NOON + timedelta(days=30)))
        first, next_month = (door.read(envelope).events[0] for envelope in door.queue)
        assert isinstance(first, LeadSubmitted)
        assert isinstance(next_month, LeadSubmitted)
        assert first.lead_id != next_month.lead_id

    def test_submissions_of_one_client_stay_in_order_and_others_do_not_wait_for_them(self) -> None:
        phones = [{"Phone": "8 (999) 000-00-01"}, {"phone": "+79990000001"}, {"PHONE": "89990000002"}, {}]
        door = received(*(submission(as_form({"Name": "A", **phone})) for phone in phones))
        one, same, other, nobody = (envelope.group for envelope in door.queue)
        assert one == same
        assert len({one, other, nobody}) == 3


class TestFields:
    def test_case_is_not_guaranteed(self) -> None:
        fields = {
            name.upper() if name in {"Name", "Phone"} else name.lower(): value
            for name, value in QUESTION.items()
        }
        assert lead(fields).model_copy(update={"answers": LEAD.answers}) == LEAD

    def test_two_phones(self) -> None:
        both = lead(question(phone="8 999 000 00 02"))
        assert both.phone == "+79990000001"
        assert ("phone", "8 999 000 00 02") in both.answers

    @pytest.mark.parametrize(
        ("typed", "phone"),
        [
            ("89990000001", "+79990000001"),
            ("+8 999 000-00-01", "+79990000001"),
            ("+7 (999) 000-00-01 доб. 5", "+79990000001"),
            ("9990000001", "+79990000001"),
            ("позже", None),
            ("112", None),
        ],
    )
    def test_what_people_type_as_their_phone(self, typed: str, phone: str | None) -> None:
        event = lead(question(Phone=typed))
        assert (event.phone, event.phone_typed) == (phone, typed)

    def test_null_is_empty(self) -> None:
        event = lead(json.dumps(question(Email=None, Input=None, payment=None)).encode())
        assert event == LEAD.model_copy(update={"email": ""})

    def test_values_that_are_no_texts(self) -> None:
        event = lead(
            json.dumps({"phone": 79990000001, "Checkbox": True, "List": ["а", 1], "tranid": 5}).encode()
        )
        assert event.phone == "+79990000001"
        assert event.lead_id == "5"
        assert event.answers == (("Checkbox", "true"), ("List", "а, 1"))

    def test_unknown_fields_keep_their_order_and_get_their_labels_back(self) -> None:
        fields = {"Укажите_Ваш_город": "Томск", "Input_2": "b", "_Ёлка__": "да", "Textarea": " x "}
        assert lead({"Phone": "1", **fields}).answers == (
            ("Укажите Ваш город", "Томск"),
            ("Input_2", "b"),
            ("Ёлка", "да"),
            ("Textarea", " x "),
        )

    def test_a_long_answer_is_cut_and_not_lost(self) -> None:
        (answer,) = lead({"Textarea": "я" * (LONGEST_ANSWER + 1)}).answers
        assert answer == ("Textarea", "я" * LONGEST_ANSWER + "…")
        (answer,) = lead({"Textarea": "я" * LONGEST_ANSWER}).answers
        assert answer == ("Textarea", "я" * LONGEST_ANSWER)

    def test_an_emoji_cut_in_two_does_not_lose_the_lead(self) -> None:
        event = lead(b'{"Name": "\\ud83d\\ude00 \\ud83d", "Phone": "89990000001"}')
        assert event.name == "😀 ?"
        assert event.model_dump_json()

    def test_a_byte_order_mark(self) -> None:
        webhook = submission(b"\xef\xbb\xbf" + json.dumps(QUESTION).encode(), headers={"content-type": JSON})
        assert received(webhook).reading() == Reading((LEAD,))

    @pytest.mark.parametrize(
        "content", [as_form(QUESTION), json.dumps(QUESTION).encode(), b"\n" + json.dumps(QUESTION).encode()]
    )
    def test_without_a_content_type_the_body_tells(self, content: bytes) -> None:
        assert received(submission(content, headers={})).reading() == Reading((LEAD,))

    @pytest.mark.parametrize(
        "content",
        [b"", b"{}", b"tranid=1:2&formid=form1", b"Name=&Phone=+", b"COOKIES=a%3Db", b'{"Name": null}'],
    )
    def test_a_submission_without_anything_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="empty"):
            received(submission(content)).reading()

    @pytest.mark.parametrize("content", [b"[]", b"7", b"null", b'"text"'])
    def test_json_that_is_no_object_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(submission(content, headers={"content-type": JSON})).reading()

    def test_json_nested_too_deep_goes_to_quarantine(self) -> None:
        with pytest.raises(Unreadable, match="broken-json"):
            received(submission(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")).reading()


class TestAttribution:
    def test_hidden_fields(self) -> None:
        fields = {
            "utm_source": "yandex",
            "utm_medium": "cpc",
            "UTM_CAMPAIGN": "tents",
            "utm_term": "тент",
            "utm_content": "a",
        }
        event = lead(question(**fields))
        assert event.attribution == Attribution(
            source="yandex", medium="cpc", campaign="tents", keyword="тент", content="a"
        )
        assert event.answers == LEAD.answers

    def test_the_cookie_of_the_first_visit(self) -> None:
        packed = quote(
            "utm_source=yandex|||UTM_Term=купить тент|||utm_content=12345|none|||utm_campaign=a=b|||", safe=""
        )
        event = lead(question(COOKIES=f"previousUrl=x; TILDAUTM={packed}; _ga=1"))
        assert event.attribution == Attribution(
            source="yandex", keyword="купить тент", content="12345|none", campaign="a=b"
        )
        assert event.answers == LEAD.answers

    def test_the_address_of_the_page(self) -> None:
        event = lead(
            question(referer="https://shop.example/?utm_source=vk&utm_term=%D1%82%D0%B5%D0%BD%D1%82#top")
        )
        assert event.attribution == Attribution(source="vk", keyword="тент")
        assert event.answers == LEAD.answers

    def test_the_page_and_the_visitors_ids_are_kept(self) -> None:
        address = "https://shop.example/tents?size=5&yclid=17"
        event = lead(question(referer=address, COOKIES="_ym_uid=1700000000000000001"))
        assert event.landing_page == address
        assert event.visitor_ids == (("yandex", "1700000000000000001"), ("yclid", "17"))
        assert event.attribution == Attribution(source="yandex", medium="cpc")
        assert event.answers == LEAD.answers

    def test_the_nearest_place_wins(self) -> None:
        places = {
            "utm_source": "form",
            "COOKIES": "TILDAUTM=" + quote("utm_source=cookie|||utm_medium=cookie"),
            "referer": "https://shop.example/?utm_source=page&utm_medium=page&utm_campaign=page",
        }
        expected = Attribution(source="form", medium="cookie", campaign="page")
        assert lead(question(**places)).attribution == expected

    @pytest.mark.parametrize("macro", ["{keyword}", "{{keyword}}", "(not set)", "<не указано>", " ", ""])
    def test_a_macro_that_nobody_filled_in_is_no_keyword(self, macro: str) -> None:
        assert lead(question(utm_term=macro)).attribution.keyword == ""
        cookie = "TILDAUTM=" + quote("utm_term=тент")
        assert lead(question(utm_term=macro, COOKIES=cookie)).attribution.keyword == "тент"

    @pytest.mark.parametrize(
        "cookies", ["", ";", "TILDAUTM", "TILDAUTM=", "TILDAUTM=%", "TILDAUTM=%FF|||=|||a"]
    )
    def test_odd_cookies(self, cookies: str) -> None:
        assert lead(question(COOKIES=cookies)).attribution == Attribution()


class TestPayment:
    def test_nested_keys_of_a_form(self) -> None:
        event = lead(CART_NESTED)
        assert event.items == (
            LeadItem(name="Tea pot", quantity=Decimal(2), price=Decimal(900)),
            LeadItem(name="Cup", price=Decimal("350.50")),
            LeadItem(name="Saucer", price=Decimal(20)),
            LeadItem(name="Spoon", price=Decimal(10)),
        )
        assert event.total == Decimal("2180.50")
        assert event.number == "1500000002"
        assert event.answers == ()

    def test_a_text_in_a_form(self) -> None:
        door = Door("tilda", {"token": "demo-key"})
        assert door.receive(a_webhook(CART_FORM, content_type=FORM)).status == 200
        (event,) = door.reading().events
        assert event == LeadSubmitted(
            lead_id="1234567:4802000001",
            form="form100000001",
            form_name="Cart",
            name="Анна",
            phone="+79990000001",
            phone_typed="+7 (999) 000-00-01",
            email="anna@example.com",
            items=(LeadItem(name="Tea pot", price=Decimal(1800), sku="TP-1"),),
            total=Decimal(1800),
            number="1500000001",
            attribution=Attribution(source="yandex"),
            submitted_at=NOON,
        )

    def test_an_object(self) -> None:
        assert lead(CART_JSON) == LeadSubmitted(
            lead_id="1234567:4802000001",
            form="form100000001",
            form_name="Cart",
            name="Анна Примерова",
            phone="+79990000001",
            phone_typed="+7 (999) 000-00-01",
            items=(
                LeadItem(name="Tea pot (Цвет: белый)", quantity=Decimal(2), price=Decimal(900), sku="TP-1"),
            ),
            number="1500000001",
            total=Decimal(2100),
            is_paid=True,
            discount=Decimal(180),
            delivery_name="Курьер",
            delivery_cost=Decimal(300),
            delivery_address="Москва, ул. Примерная, 1",
            payment="cloudpayments 3500000001",
            promocode="MAY",
            answers=(
                ("delivery_fio", "Анна Примерова"),
                ("delivery_zip", "101000"),
            ),
            submitted_at=NOON,
        )

    def test_options_of_nested_keys(self) -> None:
        start = "payment[products][0]"
        fields = {
            f"{start}[name]": "Tea pot",
            f"{start}[amount]": "900",
            f"{start}[options][0][option]": "Цвет",
            f"{start}[options][0][variant]": "белый",
            f"{start}[options][1][variant]": "с крышкой",
        }
        assert lead(fields).items == (LeadItem(name="Tea pot (Цвет: белый, с крышкой)", price=Decimal(900)),)

    def test_a_plain_form_has_no_total(self) -> None:
        assert lead(QUESTION).total is None

    @pytest.mark.parametrize(
        ("block", "system", "text"),
        [
            ({"sys": "none", "systranid": "0"}, "", ""),
            ({"sys": "cash"}, "", "cash"),
            ({"sys": "cash", "systranid": 0}, "", "cash"),
            ({"sys": "cloudpayments", "systranid": 3500000001}, "", "cloudpayments 3500000001"),
            ({}, "yookassa", "yookassa"),
            ({"sys": None, "systranid": "7"}, "yookassa", "yookassa 7"),
        ],
    )
    def test_how_it_is_paid(self, block: dict[str, object], system: str, text: str) -> None:
        content = json.dumps(question(payment=block, paymentsystem=system)).encode()
        assert lead(content).payment == text

    @pytest.mark.parametrize(
        "block",
        [
            "not JSON",
            '{"products": [',
            "[]",
            "null",
            '{"products": ["Tea pot"]}',
            '{"products": ["=5"]}',
            '{"products": ["Tea pot=much"]}',
            '{"products": ["Tea pot=-5"]}',
            '{"products": [7]}',
            '{"products": [{"price": 5}]}',
            '{"products": [{"name": "Tea pot", "quantity": -1}]}',
            '{"products": [{"name": "Tea pot", "price": NaN}]}',
            '{"products": 7}',
            '{"amount": "1e999"}',
            '{"discount": "10%"}',
        ],
    )
    def test_a_broken_block_is_kept_as_it_came_and_the_lead_is_not_lost(self, block: str) -> None:
        event = lead(question(payment=block))
        assert event == LEAD.model_copy(update={"answers": (*LEAD.answers, ("payment", block))})

    def test_a_broken_block_is_never_cut(self) -> None:
        block = "x" * 10 * LONGEST_ANSWER
        assert ("payment", block) in lead(question(payment=block)).answers

    @pytest.mark.parametrize(
        "fields",
        [
            {"payment[products]": "7", "payment[products][0][name]": "Tea pot"},
            {"payment[a][b][c][d][e][f][g]": "too deep"},
            {"payment[a]b[c]": "no key"},
            {"payment[amount]": "free"},
        ],
    )
    def test_broken_nested_keys_are_kept_as_they_came(self, fields: dict[str, str]) -> None:
        event = lead({**QUESTION, **fields})
        assert event == LEAD.model_copy(update={"answers": (*LEAD.answers, *fields.items())})

    def test_an_object_that_is_broken_is_kept_as_json(self) -> None:
        event = lead_with_payment({"products": [{"имя": "Чайник"}]})
        assert event.answers[-1] == ("payment", '{"products": [{"имя": "Чайник"}]}')


class TestProduct:
    @pytest.mark.parametrize(
        ("line", "name", "quantity", "price", "sku"),
        [
            ("Tea pot=1800", "Tea pot", 1, "1800", ""),
            ("Tea pot (TP-1)=1800", "Tea pot", 1, "1800", "TP-1"),
            ("Tea pot (TP-1, Цвет: белый)=1800", "Tea pot (Цвет: белый)", 1, "1800", "TP-1"),
            ("Tea pot (Цвет: белый)=1800", "Tea pot (Цвет: белый)", 1, "1800", ""),
            ("Tea pot (белый)=1800", "Tea pot (белый)", 1, "1800", ""),
            ("Tea pot (TP-1, Цвет: белый) x 2 ≡ 1800", "Tea pot (Цвет: белый)", 2, "900", "TP-1"),
            ("Tea pot х 2 ≡ 1 800,50", "Tea pot", 2, "900.25", ""),
            ("Tea pot x 3 ≡ 1000", "Tea pot", 3, "333.33", ""),
            ("Tea pot ≡ 1800", "Tea pot", 1, "1800", ""),
            ("iPhone x 10=900", "iPhone x 10", 1, "900", ""),
            ("Чашка (KR-2, Гравировка (470 руб.))=1370", "Чашка (Гравировка (470 руб.))", 1, "1370", "KR-2"),
            (
                "Чашка (Гравировка (имя, 470 руб.), KR-2)=1",
                "Чашка (Гравировка (имя, 470 руб.), KR-2)",
                1,
                "1",
                "",
            ),
            ("Чай (зелёный) (TP-1)=500", "Чай (зелёный)", 1, "500", "TP-1"),
            ("E=mc2 (MUG-1)=500", "E=mc2", 1, "500", "MUG-1"),
            ("Tea pot TP-1)=500", "Tea pot TP-1)", 1, "500", ""),
            ("Tea (pot) TP-1=500", "Tea (pot) TP-1", 1, "500", ""),
            ("(TP-1)=500", "(TP-1)", 1, "500", ""),
            ("Gift=0", "Gift", 1, "0", ""),
        ],
    )
    def test_as_a_text(self, line: str, name: str, quantity: int, price: str, sku: str) -> None:
        item = Product.model_validate(line).item()
        assert item == LeadItem(name=name, quantity=Decimal(quantity), price=Decimal(price), sku=sku)

    @pytest.mark.parametrize(
        ("product", "price"),
        [
            ({"price": "900", "amount": 1800, "quantity": 2}, "900"),
            ({"price": 900.1, "quantity": 2}, "900.1"),
            ({"amount": "1800", "quantity": "2"}, "900"),
            ({"amount": 1800}, "1800"),
            ({"amount": 300, "quantity": "1,5"}, "200"),
            ({"price": "0", "amount": "0"}, "0"),
            ({"price": None, "amount": ""}, "0"),
        ],
    )
    def test_the_price_is_for_one_piece(self, product: dict[str, object], price: str) -> None:
        assert Product.model_validate({"name": "Tea pot", **product}).item().price == Decimal(price)

    @given(
        name=st.from_regex(r"[A-Za-zА-я]{1,9}( [A-Za-zА-я]{2,9}){0,2}", fullmatch=True),
        options=st.lists(
            st.from_regex(r"[А-я]{1,9}: [А-я0-9]{1,9}( \([0-9]+ руб\.\))?", fullmatch=True), max_size=3
        ),
        quantity=st.integers(1, 1000),
        price=st.decimals(0, 100_000, places=2),
    )
    def test_any_line_is_read_back(
        self, name: str, options: list[str], quantity: int, price: Decimal
    ) -> None:
        details = f" ({', '.join(options)})" if options else ""
        item = Product.model_validate(f"{name}{details} x {quantity} ≡ {quantity * price}").item()
        assert item == LeadItem(name=name + details, quantity=Decimal(quantity), price=price)


def test_the_shop_says_what_a_field_means() -> None:
    door = Door("tilda", {"token": TOKEN, "fields": {"Input_2": "phone", "Checkbox": ""}})
    door.receive(submission(as_form(question(Phone=..., Input_2="89990000001"))))
    (event,) = door.reading().events
    assert event == LEAD.model_copy(
        update={"phone_typed": "89990000001", "answers": (("1 Ваш вопрос", "Сколько стоит?"),)}
    )


def test_an_empty_token_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(provider="tilda", token="")


def test_reading_leaves_the_fields_as_they_are_for_the_next_one_who_reads_them() -> None:
    fields = {"payment[delivery]": {"name": "courier"}, "payment[delivery][price]": "300"}
    body = json.dumps(fields).encode()
    door = received(submission(body))
    door.reading()
    assert fields_of(submission(body)) == fields
