"""The page Messages: what it adds up to, and what somebody sees; and the preview of a text."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from chalicelib.books.facts import Facts
from chalicelib.books.messages import Messages, MessageState, MessageTally
from chalicelib.books.moments import day_key
from chalicelib.books.reading import Day
from chalicelib.console.language import COOKIE
from chalicelib.console.messages_view import Cost, Reason, Report, report_of
from chalicelib.console.pages import messages
from chalicelib.engine.port import Document
from tests.console.conftest import OPERATOR, VIEWER, console_in, signed_in
from tests.test_sms_gateways import SmsWorld, a_shop
from tests.world import World, example_shop

PREVIEW = "/console/messages/preview"
DELIVERED, SENT, UNDELIVERED = MessageState.DELIVERED, MessageState.SENT, MessageState.UNDELIVERED


def a_tally(template: str = "arrived", gateway: str = "smsc", **fields: Any) -> MessageTally:
    return MessageTally(template=template, gateway=gateway, **{"state": DELIVERED, **fields})


def a_report(*tallies: MessageTally, price: Decimal | None = None) -> Report:
    """Of two days, each of which had these."""
    facts = Facts({Messages: Messages(tallies=tallies)})
    days = [Day(date(2026, 11, 19), facts), Day(date(2026, 11, 20), facts)]
    return report_of(days, price)


class TestReport:
    """The view."""

    def test_days_are_added_up_and_told_apart(self) -> None:
        report = a_report(a_tally(count=3), a_tally(state=UNDELIVERED))
        assert (report.total.taken, report.total.of(DELIVERED)) == (8, 6)
        assert report.days[0] == (date(2026, 11, 19), {DELIVERED: 3, UNDELIVERED: 1})

    def test_of_what_was_taken_a_part_was_surely_delivered(self) -> None:
        report = a_report(
            a_tally(count=2),
            a_tally(state=SENT),
            a_tally(state=UNDELIVERED),
            a_tally(state=MessageState.NOT_SENT, reason="too-late", count=9),
        )
        assert report.total.delivered_share == 0.5
        assert a_report(a_tally(state=UNDELIVERED)).total.delivered_share == 0
        for unknown in (SENT, MessageState.WAITING):
            assert a_report(a_tally(state=unknown)).total.delivered_share is None

    def test_texts_and_gateways_come_the_most_frequent_first(self) -> None:
        report = a_report(
            a_tally("delivered"),
            a_tally("arrived", count=2),
            a_tally("arrived", "twilio"),
            a_tally("ready", "", state=MessageState.WAITING),
        )
        assert [(line.name, line.count) for line in report.templates] == [
            ("arrived", 6),
            ("delivered", 2),
            ("ready", 2),
        ]
        assert [(line.name, line.taken) for line in report.gateways] == [("smsc", 6), ("twilio", 2)]

    def test_a_price_that_was_told_is_exact(self) -> None:
        cost = a_report(a_tally(prices={"": Decimal("2.80")}), price=Decimal(5)).total.cost
        assert cost == Cost({"": Decimal("5.60")}, 0, Decimal(0))
        assert (cost.is_exact, cost.sums) == (True, {"": Decimal("5.60")})

    def test_what_was_not_told_is_reckoned_by_segments(self) -> None:
        tallies = (a_tally(prices={"": Decimal(1), "USD": Decimal("0.05")}), a_tally(unpriced=2, state=SENT))
        cost = a_report(*tallies, price=Decimal("5.20")).total.cost
        assert not cost.is_exact
        assert cost.sums == {"": Decimal("22.80"), "USD": Decimal("0.10")}

    def test_without_a_price_nothing_is_guessed(self) -> None:
        cost = a_report(a_tally(unpriced=2)).total.cost
        assert (cost.sums, cost.unknown_segments) == ({}, 4)

    def test_what_was_only_observed_costs_nothing_yet(self) -> None:
        report = a_report(a_tally(gateway="", state=MessageState.OBSERVED, unpriced=2), price=Decimal(5))
        assert report.total.cost.sums == {}
        assert report.would_cost.reckoned == Decimal(20)

    def test_the_most_frequent_reason_comes_first(self) -> None:
        report = a_report(
            a_tally(state=MessageState.NOT_SENT, reason="too-late"),
            a_tally(state=MessageState.NOT_SENT, reason="opted-out", count=2),
        )
        assert report.reasons == (
            Reason(MessageState.NOT_SENT, "opted-out", 4),
            Reason(MessageState.NOT_SENT, "too-late", 2),
        )


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[SmsWorld]:
    """A shop with SMSC, which tells prices."""
    with closing(SmsWorld(tmp_path, a_shop("smsc"))) as world:
        yield world


class TestPage:
    """The page."""

    def test_before_anything_was_sent_it_says_so(self, viewer: FlaskClient) -> None:
        assert "За это время клиентам ничего не писали" in viewer.get("/console/messages").text

    def test_a_real_message_is_shown_with_its_cost(self, gateways: SmsWorld) -> None:
        gateways.arrive()
        gateways.application.checks.run("books")
        text = signed_in(console_in(gateways), gateways, VIEWER).get("/console/messages").text
        assert "2,80 ₽" in text
        assert "по данным шлюзов" in text
        assert '<th scope="row">smsc</th>' in text
        assert "911-12" not in text

    def test_large_numbers_and_foreign_money_are_written_as_the_reader_does(
        self, viewer: FlaskClient, world: World
    ) -> None:
        tallies = (
            a_tally(count=12345, prices={"USD": Decimal("11.96")}),
            a_tally(gateway="twilio", state=UNDELIVERED),
        )
        key = day_key(world.now.astimezone(world.shop.shop.timezone).date())
        content = Facts({Messages: Messages(tallies=tallies)}).content()
        world.engine.documents.put(Document(key, content, 0))
        text = viewer.get("/console/messages").text
        assert '<p class="value">12\N{NARROW NO-BREAK SPACE}346</p>' in text
        assert "11,96 USD" in text
        assert "у одного шлюза: следующий мог доставить" in text
        viewer.set_cookie(COOKIE, "en")
        assert "11.96 USD" in viewer.get("/console/messages").text

    def test_texts_are_called_as_people_call_them_and_the_shops_own_as_its_file(
        self, viewer: FlaskClient, world: World
    ) -> None:
        key = day_key(world.now.astimezone(world.shop.shop.timezone).date())
        tallies = (a_tally("arrived"), a_tally("sale_of_tents"))
        world.engine.documents.put(Document(key, Facts({Messages: Messages(tallies=tallies)}).content(), 0))
        text = viewer.get("/console/messages").text
        assert '<th scope="row">Заказ ждёт в пункте выдачи <small class="soft">arrived</small>' in text
        assert text.count("sale_of_tents") == 1
        names = re.findall(r"<option[^>]*>([^<]+)</option>", text)
        assert names == sorted(names, key=str.casefold)
        viewer.set_cookie(COOKIE, "en")
        text = viewer.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"}).text
        assert '<option value="arrived" selected>Order waits at the pickup point</option>' in text

    def test_in_observe_mode_it_shows_what_would_have_gone_out(self, tmp_path: Path) -> None:
        shop = example_shop(shop={"mode": "observe"}, messages={"price_per_segment": 5.2})
        with closing(World(tmp_path, shop)) as world:
            world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
            world.work()
            world.application.checks.run("books")
            text = signed_in(console_in(world), world, VIEWER).get("/console/messages").text
        assert "стоило бы ≈ 10,40 ₽" in text

    @pytest.mark.parametrize("query", ["days=7", "days=90", "days=-1", "days=nonsense"])
    def test_whatever_span_is_asked_for_there_is_an_answer(self, viewer: FlaskClient, query: str) -> None:
        assert viewer.get(f"/console/messages?{query}").status_code == 200

    def test_a_broken_text_of_the_shops_own_does_not_break_the_page(self, tmp_path: Path) -> None:
        own = tmp_path / "own" / "ru" / "sms"
        own.mkdir(parents=True)
        (own / "ready.txt").write_text("{{ no_such_field }}", "utf-8")
        shop = example_shop().model_copy(update={"own_texts": tmp_path / "own"})
        with closing(World(tmp_path / "data", shop)) as world:
            viewer = signed_in(console_in(world), world, VIEWER)
            assert viewer.get("/console/messages").status_code == 200
            text = viewer.get(PREVIEW, query_string={"order": "1001A", "template": "ready"}).text
            assert "В этом тексте ошибка" in text


class TestPreview:
    """The preview."""

    def test_an_operator_reads_what_the_client_would(self, operator: FlaskClient, world: World) -> None:
        text = operator.get(PREVIEW, query_string={"order": " 1001A ", "template": "arrived"}).text
        assert "Ольга, заказ 1001A ждёт вас: Москва, пункт выдачи СДЭК, ул. Примерная, 1." in text
        assert "+7 916 111-22-33" in text
        assert "124 знака, UCS-2, 2 сегмента" in text
        assert "сразу" in text
        assert world.application.crm.order_link(world.order("1001A")["id"]) in text
        assert (world.messages, world.state["notes"], world.entries()) == ([], [], [])

    def test_a_viewer_reads_it_without_who_the_client_is(self, viewer: FlaskClient) -> None:
        text = viewer.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"}).text
        assert "заказ 1001A ждёт вас" in text
        assert "К оплате 4 990" in text
        for secret in ("Ольга", "Примерная", "10000000011", "916 111"):
            assert secret not in text

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"order": "4711A", "template": "arrived"}, "Заказа с таким номером в CRM нет"),
            ({"order": "1001A", "template": "arived"}, "Такого текста нет"),
            ({"order": "1001A", "template": "../order/stock"}, "Такого текста нет"),
            ({"order": "<b>", "template": "arrived"}, "Заказа с таким номером в CRM нет"),
            ({"order": "1001A", "template": "promotion"}, "Согласие на рекламу неизвестно"),
        ],
    )
    def test_why_there_is_nothing_to_read_is_said(
        self, viewer: FlaskClient, query: dict[str, str], said: str
    ) -> None:
        answer = viewer.get(PREVIEW, query_string=query)
        assert answer.status_code == 200
        assert said in answer.text
        assert "<b>" not in answer.text

    def test_a_crm_that_is_away_is_told(self, viewer: FlaskClient, world: World) -> None:
        world.fault(target="retailcrm", kind="500", times=100)
        answer = viewer.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"})
        assert "CRM сейчас не отвечает" in answer.text

    def test_what_the_client_has_got_already_can_be_read_too(
        self, operator: FlaskClient, world: World
    ) -> None:
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
        world.work()
        world.later(hours=1)
        text = operator.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"}).text
        assert "Ольга, заказ 1001A ждёт вас" in text
        assert "не уйдёт</span> Клиент это уже получил" in text

    def test_an_order_without_a_client_says_in_words_why_there_is_no_message(
        self, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(messages, "preview", lambda *_, **__: "no-phone")
        text = viewer.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"}).text
        assert "Нет телефона, на который можно написать" in text

    def test_without_a_gateway_it_is_read_all_the_same(self, tmp_path: Path) -> None:
        shop = example_shop().model_copy(update={"sms": None})
        with closing(World(tmp_path, shop)) as world:
            client = signed_in(console_in(world), world, OPERATOR)
            text = client.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"}).text
        assert "Ольга, заказ 1001A ждёт вас" in text
        assert "не уйдёт</span> Шлюз не настроен" in text

    def test_at_night_it_would_go_out_later(self, tmp_path: Path) -> None:
        with closing(World(tmp_path, example_shop(client_time={"quiet": "Mon-Sun 21:00-10:00"}))) as world:
            world.now += timedelta(hours=17)
            client = signed_in(console_in(world), world, OPERATOR)
            text = client.get(PREVIEW, query_string={"order": "1001A", "template": "arrived"}).text
        assert "позже, через 10 ч" in text
