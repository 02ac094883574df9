"""The page of the profit formula: what it shows, compares and takes."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chalicelib.console.access.audit import Audit, Record
from chalicelib.console.profit.comparison import comparison, worth_comparing
from chalicelib.console.profit.gaps import missing_words
from chalicelib.console.profit.overview import overview, without_blank_past
from chalicelib.periods import Period, latest
from chalicelib.profit.counting import CountedDay
from chalicelib.profit.entered import Rows
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import ENTERED, Indicator
from chalicelib.profit.memory import CountedBook, CountedPeriod
from chalicelib.profit.progress import Progress
from chalicelib.profit.statement import Statement, statement
from tests.console.conftest import VIEWER, console_in, signed_in
from tests.world import World

TODAY = date(2026, 11, 20)
NOVEMBER, OCTOBER, SEPTEMBER = latest("month", TODAY, 3)
ROW = {
    Indicator.REACH: Decimal(1000),
    Indicator.C1: Decimal("0.01"),
    Indicator.CHR: Decimal(0),
    Indicator.CAPEX: Decimal(0),
    Indicator.H: Decimal(1000),
    Indicator.COGS: Decimal(100),
    Indicator.CAC: Decimal(50),
    Indicator.CRC: Decimal(0),
}
HEADER = "period;reach;c1;chr;capex;h;cogs;cac;crc"


def known(period: Period, rows: Rows, goods: int = 4000, today: date = TODAY) -> Statement:
    sold = {"leads": 10, "clients": 4, "sold": 5, "returned": 1, "pieces": Decimal(8)}
    days = len([day for day in period.days if day <= today])
    return statement(period, rows, CountedPeriod(days=days, goods=Decimal(goods), **sold), today)


def unknown(period: Period) -> Statement:
    return statement(period, {}, None, TODAY)


# What is made of statements


def test_own_shares_stand_beside_the_indicators() -> None:
    found = comparison(known(SEPTEMBER, {SEPTEMBER: ROW}), known(OCTOBER, {OCTOBER: ROW}, goods=6000), "ru")
    assert found.missing == []
    assert (found.profit_before, found.profit_after, found.change) == ("2 400 ₽", "4 400 ₽", "+2 000 ₽")
    price = next(row for row in found.rows if row.indicator is Indicator.PU)
    assert (price.before, price.after, price.own, price.part) == (
        "500 ₽",
        "750 ₽",
        "+2 000 ₽",
        "100\N{NO-BREAK SPACE}%",
    )
    assert {row.own for row in found.rows if row is not price} == {"0 ₽"}
    assert found.together == "0 ₽"
    assert found.chart is not None
    assert "Цена единицы" in found.chart
    assert "Охват" not in found.chart, "what did nothing is no step of the picture"


def test_no_change_is_no_division_by_zero() -> None:
    same = known(OCTOBER, {OCTOBER: ROW})
    found = comparison(same, same, "ru")
    assert (found.change, found.together_part) == ("0 ₽", "–")


def test_what_cannot_be_compared_says_what_is_missing() -> None:
    without_h = {**ROW}
    del without_h[Indicator.H]
    found = comparison(known(SEPTEMBER, {SEPTEMBER: without_h}), known(OCTOBER, {OCTOBER: ROW}), "ru")
    assert found.missing == ["сентябрь 2026: не введено: H"]
    assert (found.change, found.chart) == ("", None)
    assert found.profit_after == "2 400 ₽"


def test_a_gap_of_some_days_is_counted() -> None:
    rows = {Period("day", day): ROW for day in OCTOBER.days[:28]}
    del rows[Period("day", OCTOBER.first)]
    rows[OCTOBER] = {Indicator.H: Decimal(0)}
    assert missing_words(known(OCTOBER, rows), "ru") == [
        "не введено за 4 дня: Reach, C1, ChR, CAPEX, COGS, CAC, CRC"
    ]


def test_a_period_that_has_just_begun_lacks_nothing_but_its_count() -> None:
    december = OCTOBER.next.next
    found = statement(december, {december: ROW}, None, TODAY)
    assert missing_words(found, "ru") == ["посчитаны ещё не все заказы из CRM"]


def test_reasons_are_told_once() -> None:
    nothing_sold = statement(OCTOBER, {OCTOBER: ROW}, CountedPeriod(days=31, leads=2), TODAY)
    assert missing_words(nothing_sold, "ru") == ["продаж не было"]
    assert missing_words(unknown(OCTOBER), "en") == [
        "nothing is entered",
        "not all of its orders in the CRM are counted",
    ]


def test_one_day_that_was_entered_is_not_nothing() -> None:
    found = statement(OCTOBER, {Period("day", OCTOBER.first): ROW}, CountedPeriod(days=31), TODAY)
    assert not found.is_blank
    assert missing_words(found, "ru")[0].startswith("не введено за 30 дней: Reach, C1")


def test_orders_under_way_are_said_because_they_may_be_sold_yet() -> None:
    months = [known(period, {period: ROW}) for period in (SEPTEMBER, OCTOBER, NOVEMBER)]
    assert comparison(months[0], months[1], "ru").unripe == []
    orders = CountedPeriod(days=31, leads=30, under_way=24)
    october = statement(OCTOBER, {OCTOBER: ROW}, orders, TODAY)
    assert comparison(october, months[2], "ru").unripe == [
        "октябрь 2026: 24 заказа в работе",
        "ноябрь 2026: период ещё идёт, в нём меньше дней",
    ]
    assert overview([october], "en").rows[0].under_way == "24 orders under way"


def test_what_the_crm_knows_is_shown_whatever_is_not_entered() -> None:
    row = overview([known(OCTOBER, {})], "ru").rows[0]
    assert row.missing == ["ничего не введено"]
    assert (row.has_orders, row.crm_clients, row.crm_revenue) == (True, "4", "4 000 ₽")
    assert not overview([unknown(OCTOBER)], "ru").rows[0].has_orders


def test_the_list_begins_with_the_first_period_of_which_anything_is_known() -> None:
    statements = [unknown(NOVEMBER), known(OCTOBER, {}), unknown(SEPTEMBER)]
    assert without_blank_past(statements) == statements[:2]
    assert without_blank_past([unknown(NOVEMBER), unknown(OCTOBER)]) == [unknown(NOVEMBER)]


@pytest.mark.parametrize(
    ("with_profit", "chosen"),
    [
        ([NOVEMBER, OCTOBER, SEPTEMBER], (SEPTEMBER, OCTOBER)),
        ([OCTOBER, SEPTEMBER.previous], (SEPTEMBER.previous, OCTOBER)),
        ([OCTOBER], (SEPTEMBER, OCTOBER)),
        ([], (SEPTEMBER, OCTOBER)),
    ],
)
def test_the_last_two_that_are_over_are_compared_first(
    with_profit: Sequence[Period], chosen: tuple[Period, Period]
) -> None:
    statements = [
        known(period, {period: ROW}) if period in with_profit else unknown(period)
        for period in latest("month", TODAY, 4)
    ]
    assert worth_comparing(statements) == chosen


# The page


@pytest.fixture
def filled(world: World) -> World:
    """A shop whose October and September are known."""
    counted = CountedBook(world.engine.documents)
    bought = {"leads": (1, 2), "clients": (1,), "sold": 1, "pieces": Decimal(2), "goods": Decimal(9000)}
    days = [*SEPTEMBER.days, *OCTOBER.days]
    counted.put({day: CountedDay(**bought) if day.day == 1 else CountedDay() for day in days})
    counted.remember(Progress(counted_at=world.now))
    EnteredBook(world.engine.documents).put({SEPTEMBER: ROW, OCTOBER: {**ROW, Indicator.H: Decimal(2000)}})
    return world


@pytest.mark.usefixtures("filled")
def test_the_periods_and_the_comparison(viewer: FlaskClient) -> None:
    page = viewer.get("/console/profit").text
    # 1000 · 0.01 · 1/2 clients, 9000 each, less 150 each and the fixed costs.
    assert "43 250 ₽" in page
    assert "Прибыль: 43 250 ₽ → 42 250 ₽ (−1 000 ₽)" in page
    assert "−1 000 ₽" in page
    assert "по CRM 1<" in page
    assert page.count('role="img"') == 2
    assert "{{" not in page


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("kind", ["day", "week", "month", "year", ""])
def test_each_kind_of_period(viewer: FlaskClient, kind: str) -> None:
    assert viewer.get(f"/console/profit?by={kind}").status_code == 200


@pytest.mark.usefixtures("filled")
def test_two_chosen_periods(viewer: FlaskClient) -> None:
    page = viewer.get("/console/profit?by=month&before=2026-10&after=2026-09").text
    assert "+1 000 ₽" in page
    for nonsense in ("2026-13", "2026-W40", "1999-01", "<b>"):
        assert viewer.get(f"/console/profit?before={nonsense}&after={nonsense}").status_code == 200


def test_the_same_period_a_year_ago_can_be_chosen(filled: World, viewer: FlaskClient) -> None:
    a_year_ago = Period.parse("2025-10")
    counted = CountedBook(filled.engine.documents)
    sold = {"leads": (1,), "clients": (1,), "sold": 1, "pieces": Decimal(1), "goods": Decimal(5000)}
    counted.put(dict.fromkeys(a_year_ago.days, CountedDay(**sold)))
    EnteredBook(filled.engine.documents).put({a_year_ago: ROW})
    page = viewer.get("/console/profit?by=month&before=2025-10&after=2026-10").text
    assert '<option value="2025-10" selected>' in page
    # 1000 · 0.01 clients of 31 · 5000 each, less 150 each and the fixed costs.
    assert "1 547 500 ₽" in page
    week = viewer.get("/console/profit?by=week&before=2025-W43&after=2026-W43").text
    assert '<option value="2025-W43" selected>' in week


def test_a_shop_that_counts_nothing_is_told_how(world: World) -> None:
    shop = world.application.shop.model_copy(update={"profit": None})
    world.application = replace(world.application, shop=shop)
    page = signed_in(console_in(world), world, VIEWER).get("/console/profit").text
    assert "добавьте в файл магазина таблицу [profit]" in page


def test_before_the_first_counting_the_page_says_so(viewer: FlaskClient) -> None:
    assert "Заказы из CRM ещё не посчитаны" in viewer.get("/console/profit").text


def test_values_are_entered_changed_and_taken_away(world: World, operator: FlaskClient) -> None:
    form = {"period": "2026-10", "reach": "120 000", "c1": "0,5%", "h": "0"}
    answer = operator.post("/console/profit/entry", data=form)
    assert answer.status_code == 303
    assert "Сохранено." in operator.get(answer.location).text
    assert rows(world) == {
        OCTOBER: {Indicator.REACH: 120_000, Indicator.C1: Decimal("0.005"), Indicator.H: 0}
    }
    operator.post("/console/profit/entry", data={"period": "2026-10", "reach": "7"})
    assert rows(world) == {OCTOBER: {Indicator.REACH: 7}}
    assert [(record.who, record.what, record.about) for record in audited(world)] == [
        ("Олег", "entered_profit", "2026-10"),
        ("Олег", "entered_profit", "2026-10"),
    ]


def test_a_wrong_value_is_told_beside_its_field_and_nothing_is_taken(
    world: World, operator: FlaskClient
) -> None:
    answer = operator.post("/console/profit/entry", data={"period": "2026-10", "h": "много", "cac": "5"})
    assert answer.status_code == 422
    assert "«много» не подходит" in answer.text
    assert 'value="5"' in answer.text, "what was right does not have to be typed again"
    assert rows(world) == {}
    assert audited(world) == []


def test_a_period_that_is_none_is_refused(operator: FlaskClient) -> None:
    assert operator.post("/console/profit/entry", data={"period": "x"}).status_code == 400
    assert operator.get("/console/profit/entry?period=x").status_code == 200


def test_a_table_is_imported(world: World, operator: FlaskClient) -> None:
    answer = upload(operator, f"{HEADER}\n2026-10;1;;;;;;;\n2026-09;2;;;;;;;\n")
    assert "Принято 2 строки." in operator.get(answer.location or "").text
    assert rows(world) == {OCTOBER: {Indicator.REACH: 1}, SEPTEMBER: {Indicator.REACH: 2}}
    assert [record.about for record in audited(world)] == ["2: 2026-09 – 2026-10"]


def test_a_wrong_table_is_told_by_line_and_column_and_nothing_is_taken(
    world: World, operator: FlaskClient
) -> None:
    answer = upload(operator, f"{HEADER}\n2026-10;1;;;;;;;\n2026-09;<b>;;;;;;;\n")
    assert answer.status_code == 422
    assert "Строка 3, столбец «reach»: «&lt;b&gt;» не подходит" in answer.text
    assert rows(world) == {}


def test_beside_a_wrong_table_the_fields_keep_what_is_entered(filled: World, operator: FlaskClient) -> None:
    """Whoever presses the button there must not take away what they do not see."""
    page = upload(operator, "nonsense").text
    assert 'name="h" value="2000"' in page
    assert 'name="c1" value="1%"' in page
    assert rows(filled)[OCTOBER][Indicator.H] == 2000


def test_a_novel_in_a_cell_is_cut(operator: FlaskClient) -> None:
    answer = upload(operator, f"{HEADER}\n2026-10;{'x' * 10_000};;;;;;;\n")
    assert f"«{'x' * 40}…»" in answer.text
    assert "x" * 41 not in answer.text


@pytest.mark.parametrize("content", ["", f"{HEADER}\n", f"{HEADER}\n2026-10;;;;;;;;\n"])
def test_an_empty_table_is_told(operator: FlaskClient, content: str) -> None:
    answer = upload(operator, content)
    assert answer.status_code == 422
    assert "В таблице ничего нет" in answer.text


def test_no_file_is_told(operator: FlaskClient) -> None:
    assert operator.post("/console/profit/import", data={}).status_code == 422


def test_the_template_holds_what_is_entered_and_can_be_imported(filled: World, operator: FlaskClient) -> None:
    table = operator.get("/console/profit/table.csv?by=month")
    assert table.headers["Content-Disposition"] == 'attachment; filename="profit-month.csv"'
    assert "2026-10;1000;1%;0;0;2000;100;50;0" in table.text
    before = rows(filled)
    upload(operator, table.text)
    assert rows(filled) == before


@pytest.mark.parametrize("path", ["entry", "import"])
def test_a_viewer_enters_nothing(world: World, viewer: FlaskClient, path: str) -> None:
    answer = viewer.post(f"/console/profit/{path}", data={"period": "2026-10", "h": "1"})
    assert answer.status_code == 403
    page = viewer.get("/console/profit/entry").text
    assert 'method="post" action="/console/profit' not in page
    assert rows(world) == {}


def test_beside_c1_stands_what_it_would_be_by_the_crm(filled: World, operator: FlaskClient) -> None:
    page = operator.get("/console/profit/entry?period=2026-10").text
    assert "В CRM за период 2 клиента с заказом. Это 0,2\N{NO-BREAK SPACE}% от введённого охвата." in page
    EnteredBook(filled.engine.documents).put({OCTOBER: {Indicator.REACH: Decimal(0)}})
    page = operator.get("/console/profit/entry?period=2026-10").text
    assert "2 клиента с заказом.<" in page


def test_each_field_is_defined(operator: FlaskClient) -> None:
    page = operator.get("/console/profit/entry").text
    for indicator in ENTERED:
        assert f'aria-describedby="{indicator.value}-hint"' in page
        assert f'id="{indicator.value}-hint"' in page


def upload(operator: FlaskClient, content: str) -> TestResponse:
    return operator.post("/console/profit/import", data={"table": (io.BytesIO(content.encode()), "t.csv")})


def rows(world: World) -> Rows:
    return EnteredBook(world.engine.documents).rows(SEPTEMBER.first, NOVEMBER.last)


def audited(world: World) -> list[Record]:
    trail = Audit(world.engine.documents, world.clock)
    return trail.records(world.now - timedelta(hours=1), world.now + timedelta(hours=1))[::-1]
