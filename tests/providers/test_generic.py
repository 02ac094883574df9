"""Any form: the contract suite by token and by signature, what browsers need, and what a table says."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, LeadItem, LeadSubmitted
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.form import MAX_FIELDS
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.generic.gate import PUBLIC_PER_MINUTE
from chalicelib.providers.generic.read import Settings
from chalicelib.providers.reading import Reading
from tests.fuzz.case import Case, Proof
from tests.fuzz.over_http import Answer, answered, answered_on_aws, scope_of

from .contract import NOON, Door, ProviderContract, a_webhook

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TOKEN, SECRET = "generic-demo-token-1", "generic-demo-secret-1"
SHOP, THANKS = "https://shop.ru", "https://shop.ru/thanks"
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
"""What a browser accepts when it opens a page, as after a plain form."""

CALL_BACK = {"name": "Анна", "phone": "+7 (999) 000-00-01", "email": "anna@example.com", "topic": "Тент"}
CART = {
    "cart.lines.what": "item.name",
    "cart.lines.many": "item.quantity",
    "cart.lines.each": "item.price",
    "cart.lines.code": "item.sku",
    "cart.all": "total",
}
LEAD = LeadSubmitted(
    lead_id="content-59e3dc",
    form="",
    name="Анна",
    phone="+79990000001",
    phone_typed="+7 (999) 000-00-01",
    email="anna@example.com",
    answers=(("topic", "Тент"),),
    submitted_at=NOON,
)


def as_form(fields: Mapping[str, object], encoding: str = "utf-8") -> bytes:
    return urlencode(fields, encoding=encoding).encode()


def as_json(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def as_multipart(fields: Mapping[str, str]) -> bytes:
    parts = (
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    return "".join((*parts, "--limit--\r\n")).encode()


def submission(content: bytes, *, path: tuple[str, ...] = (), **headers: str) -> Webhook:
    is_multipart = content.startswith(b"--")
    form = "multipart/form-data; boundary=limit" if is_multipart else FORM
    content_type = JSON if content.startswith(b"{") else form
    webhook = a_webhook(content, path=path, content_type=content_type)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(webhook, headers={**webhook.headers, **named})


def door(**settings: Any) -> Door:
    return Door("generic", settings)


def by_token(**settings: Any) -> Door:
    return door(token=TOKEN, **settings)


def public(**settings: Any) -> Door:
    return door(public=True, origins=[SHOP], **settings)


def lead(content: bytes | Mapping[str, object], **settings: Any) -> LeadSubmitted:
    """What a submission says by these settings; fields are sent as JSON."""
    body = content if isinstance(content, bytes) else as_json(content)
    opened = by_token(**settings)
    assert opened.receive(submission(body, path=(TOKEN,))).status == 200
    (event,) = opened.reading().events
    assert isinstance(event, LeadSubmitted)
    return event


class _Contract(ProviderContract):
    provider = "generic"
    sample = as_form(CALL_BACK)
    same_event = as_form(CALL_BACK).replace(b"+%28", b"%20(")
    other_event = as_form({**CALL_BACK, "topic": "Люверсы"})
    samples = (
        as_json(
            {
                "visit": {"uid": "v-1", "url": "https://shop.ru/?utm_source=vk"},
                "klient": {"svyaz": "8 999 000-00-01", "name": "Анна"},
                "cart": {"lines": [{"what": "Тент", "many": 2, "each": 100, "row": 1}], "all": "200"},
                "utm": {"source": "yandex"},
            }
        ),
        as_form({"klient[svyaz]": "8 999 000-00-01", "cart[lines][0][what]": "Тент", "note": "да"}),
    )
    broken = as_json(CALL_BACK)[:-4]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "form in cp1251": as_form(CALL_BACK, "cp1251"),
        "JSON in cp1251": as_json(CALL_BACK).decode().encode("cp1251"),
    }
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (
        *CALL_BACK,
        *(
            "id",
            "utm_source",
            "cookies",
            "page",
            "first_name",
            "token",
            "key",
            "visit",
            "uid",
            "klient",
            "svyaz",
        ),
        *("cart", "lines", "what", "many", "each", "row"),
    )

    @property
    def events(self) -> tuple[AnyEvent, ...]:  # type: ignore[override]  # the id is made of the content
        return (LEAD.model_copy(update={"lead_id": lead(self.sample).lead_id}),)

    def unknown_event(self) -> Webhook:
        return self.authentic(as_form({"Moon_phase": "full"}))


class TestContract(_Contract):
    reply = Reply(200, "ok", headers=(("Vary", "Origin"),))
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "generic-demo-token-2"}
    other_settings: ClassVar[Mapping[str, object]] = {
        "token_field": "key",
        "token_header": "X-Key",
        "origins": [SHOP],
        "fields": {**CART, "klient.svyaz": "phone", "visit.uid": "id", "cart.lines.row": ""},
    }

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return submission(content, path=(secrets["token"],))

    def forgeries(self) -> Mapping[str, Webhook]:
        return {
            "wrong": submission(self.sample, path=("guessed",)),
            "wrong in header": submission(self.sample, x_key="guessed"),
            "in another header": submission(self.sample, authorization=TOKEN),
            "wrong in field": submission(as_form({**CALL_BACK, "key": "guessed"})),
            "wrong in JSON": submission(as_json({**CALL_BACK, "key": "guessed"})),
            "no text in JSON": submission(as_json({**CALL_BACK, "key": [TOKEN]})),
            "in another field": submission(as_form({**CALL_BACK, "token": TOKEN})),
            "a preflight": replace(submission(b"", path=(TOKEN,)), method="OPTIONS"),
            "missing": submission(self.sample),
            "empty": submission(self.sample, path=("",)),
        }


class TestSigned(_Contract):
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "generic-demo-secret-2"}
    other_settings: ClassVar[Mapping[str, str]] = {
        "signature_header": "X-Sign",
        "signature_prefix": "sha256=",
    }

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        digest = hmac.digest(secrets["secret"].encode(), content, "sha256").hex()
        return submission(content, x_sign=f"sha256={digest}")

    def altered(self, content: bytes, other: bytes) -> Webhook | None:
        return replace(self.authentic(content), body=other)

    def forgeries(self) -> Mapping[str, Webhook]:
        good = self.authentic(self.sample).headers["x-sign"]
        return {
            "unsigned": submission(self.sample),
            "empty": submission(self.sample, x_sign=""),
            "without its prefix": submission(self.sample, x_sign=good.removeprefix("sha256=")),
            "of another secret": submission(
                self.sample, x_sign=self.proven(self.sample, self.next_secrets).headers["x-sign"]
            ),
            "of another body": submission(self.other_event, x_sign=good),
            "the secret in the URL": submission(self.sample, path=(SECRET,)),
            "a preflight": replace(self.authentic(self.sample), method="OPTIONS"),
        }


# Signatures


def test_taplink_is_a_few_lines_of_settings() -> None:
    """Taplink's own vector."""
    taplink = door(
        secret="demo-key", signature_header="taplink-signature", signature_hash="sha1", fields={"id": "id"}
    )
    signed = submission(
        b'{"id":77,"name":"Anna"}', taplink_signature="5b8046c7dfdf390a1066699453acd7f859cfc069"
    )
    assert taplink.receive(signed) == Reply(200, "ok")
    (event,) = taplink.reading().events
    assert isinstance(event, LeadSubmitted)
    assert (event.lead_id, event.name) == ("id-77", "Anna")


def test_a_signature_may_be_in_base64() -> None:
    body = as_form(CALL_BACK)
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    opened = door(secret=SECRET, signature_header="x-sign", signature_encoding="base64")
    assert opened.receive(submission(body, x_sign=signature)).status == 200


@given(data=st.data())
def test_any_changed_byte_of_signature_or_body_is_refused(data: st.DataObject) -> None:
    good = TestSigned().authentic(as_json(CALL_BACK))
    opened = door(secret=SECRET, signature_header="X-Sign", signature_prefix="sha256=")
    at = data.draw(st.integers(0, len(good.body) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    other_body = good.body[:at] + byte + good.body[at + 1 :]
    signature = good.headers["x-sign"]
    place = data.draw(st.integers(0, len(signature) - 1))
    other = signature[:place] + data.draw(st.characters()) + signature[place + 1 :]
    assume(other_body != good.body and other != signature)
    for forged in (
        replace(good, body=other_body),
        replace(good, headers={**good.headers, "x-sign": other}),
        replace(good, body=other_body, headers={**good.headers, "x-sign": other}),
    ):
        assert opened.receive(forged).status == 403
    assert not opened.queue


# Tokens


@given(st.text(st.characters(), max_size=40))
def test_whatever_is_not_the_token_is_refused(guess: str) -> None:
    assume(guess != TOKEN)
    opened = by_token(token_header="x-key", token_field="key")
    for forged in (
        submission(as_form(CALL_BACK), path=(guess,)),
        replace(submission(as_form(CALL_BACK)), query={"token": guess}),
        submission(as_form(CALL_BACK), x_key=guess),
        submission(as_json({**CALL_BACK, "key": guess})),
    ):
        assert opened.receive(forged).status in {401, 403}
    assert not opened.queue


@pytest.mark.parametrize(
    "webhook",
    [
        submission(as_form(CALL_BACK), path=(TOKEN,)),
        replace(submission(as_form(CALL_BACK)), query={"token": TOKEN}),
        submission(as_form(CALL_BACK), x_key=TOKEN),
        submission(as_form(CALL_BACK), x_key=f"Bearer {TOKEN}"),
        submission(as_form({**CALL_BACK, "key": TOKEN})),
        submission(as_json({**CALL_BACK, "key": TOKEN})),
        submission(as_multipart({**CALL_BACK, "key": TOKEN})),
        submission(as_json({**CALL_BACK, "key": TOKEN})[:-3], path=(TOKEN,)),
    ],
)
def test_a_token_is_found_where_it_may_stand_and_not_kept(webhook: Webhook) -> None:
    opened = by_token(token_header="X-Key", token_field="key")
    assert opened.receive(webhook).status == 200
    (envelope,) = opened.queue
    assert TOKEN.encode() not in envelope.to_json().encode() + envelope.webhook.body


# A form on a page


def test_a_public_form_needs_no_token_and_no_origin() -> None:
    opened = public()
    assert opened.receive(submission(as_form(CALL_BACK))).status == 200
    assert opened.receive(submission(as_form(CALL_BACK), origin="null")).status == 200
    assert opened.receive(submission(as_form(CALL_BACK), origin=SHOP)).status == 200


@given(
    st.text(st.characters(), min_size=1, max_size=30)
    | st.sampled_from(["https://shop.ru.evil.example", "http://shop.ru"])
)
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    assume(origin not in {SHOP, "null"})
    opened = public(thanks=THANKS)
    for method in ("POST", "OPTIONS"):
        reply = opened.receive(replace(submission(as_form(CALL_BACK), origin=origin), method=method))
        assert reply == Reply(403, "wrong-origin", headers=(("Vary", "Origin"),))
    assert not opened.queue


def test_a_preflight_is_answered_for_configured_origins_alone() -> None:
    opened = public(token_header="X-Key")
    preflight = replace(submission(b"", origin=SHOP, access_control_request_method="POST"), method="OPTIONS")
    assert dict(opened.receive(preflight).headers) == {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type, X-Key",
        "Access-Control-Max-Age": "7200",
    }
    assert not opened.queue
    refused = by_token().receive(replace(preflight, path=(TOKEN,)))
    assert refused == Reply(403, "wrong-origin")


def test_a_page_can_read_good_and_bad_answers() -> None:
    allowed = (("Vary", "Origin"), ("Access-Control-Allow-Origin", SHOP))
    opened = by_token(origins=[SHOP, "https://www.shop.ru"], most_per_minute=1)
    good = submission(as_json(CALL_BACK), path=(TOKEN,), origin=SHOP)
    assert opened.receive(good) == Reply(200, "ok", headers=allowed)
    assert opened.receive(good) == Reply(429, "too-many", headers=(("Retry-After", "60"), *allowed))
    assert opened.receive(replace(good, path=("guessed",))) == Reply(403, "wrong-token", headers=allowed)
    assert opened.receive(replace(good, body=b"x" * 300_000)).headers == allowed


def test_a_cyrillic_origin_is_what_the_browser_makes_of_it() -> None:
    opened = door(public=True, origins=["https://Тенты.рф"])
    assert (
        opened.receive(submission(as_form(CALL_BACK), origin="https://xn--e1aqnc9b.xn--p1ai")).status == 200
    )
    assert opened.receive(submission(as_form(CALL_BACK), origin="https://xn--e1aqnc.xn--p1ai")).status == 403


def test_a_plain_form_leads_to_the_page_that_is_configured() -> None:
    opened = public(thanks=THANKS)
    fields = {**CALL_BACK, "thanks": "https://evil.example", "redirect": "//evil.example"}
    plain = replace(
        submission(as_form(fields), origin=SHOP, accept=PAGE), query={"thanks": "https://evil.example"}
    )
    reply = opened.receive(plain)
    assert (reply.status, dict(reply.headers)["Location"]) == (303, THANKS)
    assert len(opened.queue) == 1


def test_a_script_is_not_led_anywhere() -> None:
    """It would follow to a page that does not let it read."""
    reply = public(thanks=THANKS).receive(submission(as_form(CALL_BACK), origin=SHOP, accept="*/*"))
    assert (reply.status, reply.body) == (200, "ok")


def test_a_person_reads_a_sentence_if_it_was_not_sent() -> None:
    opened = public(thanks=THANKS, most_per_minute=1)
    plain = submission(as_form(CALL_BACK), origin=SHOP, accept=PAGE)
    assert opened.receive(plain).status == 303
    reply = opened.receive(plain)
    assert reply.status == 429
    assert reply.body.startswith("Не получилось отправить заявку")
    assert reply.body.endswith("(too-many)\n")


def test_a_person_reads_a_sentence_if_there_is_no_page_to_lead_to() -> None:
    plain = submission(as_form(CALL_BACK), path=(TOKEN,), origin=SHOP, accept=PAGE)
    assert public().receive(plain).body.startswith("Спасибо, заявка отправлена")
    assert by_token().receive(plain).body == "ok", "no page posts to a source without origins"


@pytest.mark.parametrize("accept", [PAGE, "*/*"])
def test_a_filled_honeypot_is_answered_like_a_success_and_not_kept(accept: str) -> None:
    opened = public(thanks=THANKS, honeypot="website")
    robot = submission(as_form({**CALL_BACK, "website": "https://spam.example"}), origin=SHOP, accept=accept)
    client = submission(as_form({**CALL_BACK, "website": ""}), origin=SHOP, accept=accept)
    assert opened.receive(robot) == opened.receive(client)
    assert len(opened.queue) == 1
    assert opened.gate.counters == {("shop", "honeypot"): 1, ("shop", "accepted"): 1}
    assert opened.reading().events


def test_only_a_public_form_is_bounded_unless_told_otherwise() -> None:
    def statuses(opened: Door) -> set[int]:
        clients = (
            submission(as_form({"phone": str(number)}), path=(TOKEN,))
            for number in range(PUBLIC_PER_MINUTE + 1)
        )
        return {opened.receive(client).status for client in clients}

    assert statuses(public()) == {200, 429}
    assert statuses(public(most_per_minute=1000)) == {200}
    assert statuses(by_token()) == {200}
    assert statuses(by_token(most_per_minute=10)) == {200, 429}


def through_both_doors(webhook: Webhook, **settings: Any) -> tuple[Answer, Envelope | None]:
    """The answer over HTTP, the same from one machine and from AWS, and what was kept."""
    here, there = public(**settings), public(**settings)
    case = Case("generic", "page", Proof.AUTHENTIC, webhook)
    answer = answered(here, scope_of(case), webhook.body)
    assert answer == answered_on_aws(there, webhook)
    kept = [envelope.webhook.body for envelope in here.queue]
    assert kept == [envelope.webhook.body for envelope in there.queue]
    return answer, here.queue[0] if here.queue else None


def test_a_static_page_posts_by_script_through_both_doors() -> None:
    asks = replace(submission(b"", origin=SHOP, access_control_request_method="POST"), method="OPTIONS")
    answer, kept = through_both_doors(asks)
    assert (answer.status, kept) == (200, None)
    assert answer.headers["access-control-allow-origin"] == SHOP
    answer, kept = through_both_doors(submission(as_json(CALL_BACK), origin=SHOP, accept="*/*"))
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, SHOP)
    assert kept is not None
    assert public().read(kept).events
    asks = replace(asks, headers={**asks.headers, "origin": "https://evil.example"})
    answer, _ = through_both_doors(asks)
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("body", [as_form(CALL_BACK), as_multipart(CALL_BACK)])
def test_a_static_page_posts_a_plain_form_through_both_doors(body: bytes) -> None:
    answer, kept = through_both_doors(submission(body, origin=SHOP, accept=PAGE), thanks=THANKS)
    assert (answer.status, answer.headers["location"]) == (303, THANKS)
    assert kept is not None
    (event,) = public().read(kept).events
    assert isinstance(event, LeadSubmitted)
    assert (event.name, event.phone) == ("Анна", "+79990000001")


# What the table says


def test_the_table_wins_over_what_a_name_looks_like() -> None:
    fields = {"phone": "нет", "whom": {"mob": "8 999 000-00-01"}, "name": "Тент", "Who": "Анна", "junk": "x"}
    table = {"WHOM.mob": "phone", "name": "answer", "who": "name", "junk": "", "phone": "answer"}
    event = lead(fields, fields=table)
    assert (event.phone, event.name) == ("+79990000001", "Анна")
    assert event.answers == (("phone", "нет"), ("name", "Тент"))


ITEMS = (
    LeadItem(name="Тент", quantity=Decimal(2), price=Decimal("1500.50"), sku="T-1"),
    LeadItem(name="Люверсы"),
)


@pytest.mark.parametrize(
    "body",
    [
        as_json(
            {
                "cart": {
                    "lines": [
                        {"what": "Тент", "many": 2, "each": "1 500,50 ₽", "code": "T-1"},
                        {"what": "Люверсы"},
                    ],
                    "all": 3001,
                }
            }
        ),
        as_form(
            {
                "cart[lines][0][what]": "Тент",
                "cart[lines][0][many]": "2",
                "cart[lines][0][each]": "1500.50",
                "cart[lines][0][code]": "T-1",
                "cart[lines][1][what]": "Люверсы",
                "cart[all]": "3001",
            }
        ),
        as_form(
            {
                "cart": '{"lines":[{"what":"Тент","many":2,"each":1500.5,"code":"T-1"},{"what":"Люверсы"}],'
                '"all":3001}'
            }
        ),
    ],
)
def test_a_cart_is_found_wherever_it_stands(body: bytes) -> None:
    event = lead(body, fields=CART)
    assert event.items == ITEMS
    assert event.total == Decimal(3001)
    assert event.answers == ()


def test_fields_of_a_single_product_are_a_cart_of_one_line() -> None:
    event = lead(
        {"tovar": "Тент", "skolko": "2", "cena": "100"},
        fields={"tovar": "item.name", "skolko": "item.quantity", "cena": "item.price"},
    )
    assert event.items == (LeadItem(name="Тент", quantity=Decimal(2), price=Decimal(100)),)


def test_what_a_line_cannot_hold_is_an_answer() -> None:
    lines = [{"what": "Тент", "many": "много", "each": "даром", "code": "x" * 201}, {"many": "3"}]
    event = lead({"cart": {"lines": lines}}, fields=CART)
    assert event.items == (LeadItem(name="Тент"),)
    assert dict(event.answers) == {
        "cart.lines.0.many": "много",
        "cart.lines.0.each": "даром",
        "cart.lines.0.code": "x" * 201,
        "cart.lines.1.many": "3",
    }


def test_a_text_that_only_begins_like_json_stays_as_it_is() -> None:
    event = lead({**CALL_BACK, "topic": "{тент}", "size": "[3x4"})
    assert event.answers == (("topic", "{тент}"), ("size", "[3x4"))


def test_an_empty_cart_in_a_hidden_field_says_nothing() -> None:
    assert lead({**CALL_BACK, "topic": "Тент", "cart": "[]"}).answers == (("topic", "Тент"),)


def test_what_else_a_line_says_is_dropped_in_each_if_the_shop_says_so() -> None:
    lines = [{"what": "Тент", "row": "1"}, {"what": "Люверсы", "row": "2"}]
    assert lead({"cart": {"lines": lines}}, fields={**CART, "cart.lines.row": ""}).answers == ()


def test_an_id_tells_submissions_apart() -> None:
    opened = by_token(fields={"visit.uid": "id"})
    bodies = [
        as_json({"visit": {"uid": uid, "n": n}, "phone": "+79990000001"})
        for uid, n in [("a", 1), ("a", 2), ("b", 1)]
    ]
    for body in bodies:
        opened.receive(submission(body, path=(TOKEN,)))
    first, again, other = (envelope.id for envelope in opened.queue)
    assert first == again != other
    event = opened.read(opened.queue[0]).events[0]
    assert isinstance(event, LeadSubmitted)
    assert event.lead_id == "visit.uid-a"
    assert event.answers == (("visit.n", "1"),)


def test_equal_ids_of_two_kinds_are_two_leads() -> None:
    """The CRM knows an order by the lead's id, and would take the second one for made."""
    ids = {"order": "id", "request": "id"}
    assert (
        lead({"order": "7", **CALL_BACK}, fields=ids).lead_id
        != lead({"request": "7", **CALL_BACK}, fields=ids).lead_id
    )


@pytest.mark.parametrize("item", [{}, {"lines.t": "item.name"}])
def test_what_nobody_filled_in_goes_to_quarantine(item: dict[str, str]) -> None:
    """JSON is bounded as forms are, with its cart."""
    for body in (
        {**CALL_BACK, **{f"field {number}": "1" for number in range(MAX_FIELDS)}},
        {**CALL_BACK, "lines": [{"t": "1"}] * (MAX_FIELDS + 1)},
        {**CALL_BACK, "lines": json.dumps([{"t": "1"}] * (MAX_FIELDS + 1))},
    ):
        with pytest.raises(Unreadable, match="too-many-fields"):
            lead(body, fields=item)
    assert lead({"phone": "+79990000001", "lines": [{"t": "1"}] * (MAX_FIELDS - 1)}, fields=item)


def test_what_could_be_no_id_is_an_answer() -> None:
    event = lead({"uid": "x" * 201, "phone": "+79990000001"}, fields={"uid": "id"})
    assert event.lead_id.startswith("content-")
    assert event.answers == (("uid", "x" * 201),)


def test_without_an_id_the_same_content_is_a_new_lead_later() -> None:
    opened = by_token()
    now = submission(as_form(CALL_BACK), path=(TOKEN,))
    for minutes in (0, 5, 60):
        opened.receive(replace(now, received_at=NOON + timedelta(minutes=minutes)))
    first, again, later = (envelope.id for envelope in opened.queue)
    assert first == again != later


def test_the_phone_of_the_table_keeps_the_order() -> None:
    opened = by_token(fields={"svyaz": "phone"})
    opened.receive(submission(as_json({"svyaz": "8 (999) 000-00-01", "n": 1}), path=(TOKEN,)))
    opened.receive(submission(as_json({"svyaz": "+79990000001", "n": 2}), path=(TOKEN,)))
    first, second = opened.queue
    assert (first.group == second.group, first.id == second.id) == (True, False)


def test_a_form_has_the_name_that_is_set_or_sent() -> None:
    fixed = lead(CALL_BACK, form_name="Замер на дому")
    assert (fixed.form, fixed.form_name) == ("Замер на дому", "Замер на дому")
    sent = lead({**CALL_BACK, "kakaya": "Скидка"}, fields={"kakaya": "form_name", "topic": "form"})
    assert (sent.form, sent.form_name) == ("Тент", "Скидка")


def test_a_form_that_says_nothing_goes_to_quarantine() -> None:
    opened = by_token()
    opened.receive(submission(as_form({"name": " "}), path=(TOKEN,)))
    with pytest.raises(Unreadable, match="empty"):
        opened.reading()


def test_the_visitor_comes_along() -> None:
    event = lead(
        {**CALL_BACK, "gde": "https://shop.ru/?utm_source=yandex&yclid=17"}, fields={"gde": "landing_page"}
    )
    assert (event.attribution.source, event.visitor_ids) == ("yandex", (("yclid", "17"),))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "exactly one of token, secret and public"),
        ({"token": TOKEN, "public": True, "origins": [SHOP]}, "exactly one"),
        ({"secret": SECRET}, "belong together"),
        ({"token": TOKEN, "signature_header": "x"}, "belong together"),
        ({"public": True}, "origins"),
        ({"public": True, "origins": ["*"]}, "never"),
        ({"public": True, "origins": ["https://shop.ru/"]}, "no slash"),
        ({"public": True, "origins": ["shop.ru"]}, "https://shop.ru"),
        ({"token": TOKEN, "thanks": "shop.ru/thanks"}, "thanks"),
        ({"token": TOKEN, "fields": {"tel": "telephone"}}, "write one of"),
        ({"token": TOKEN, "most_per_minute": 0}, "most_per_minute"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Settings(provider="generic", **settings)


def test_reading_needs_no_more_than_the_envelope() -> None:
    opened = by_token()
    opened.receive(submission(as_form(CALL_BACK), path=(TOKEN,)))
    assert opened.reading() == Reading(
        (LEAD.model_copy(update={"lead_id": lead(as_form(CALL_BACK)).lead_id}),)
    )
