from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.crm.port import Address, OrderItem
from chalicelib.mistakes.rules import OWN_COMMENT, RULES, Broken, broken_rules, goods_of
from chalicelib.mistakes.settings import REQUIREMENTS, MadeToOrder, Requirement, RuleSettings
from tests.crm.shop import CrmShop
from tests.mistakes.orders import TENT, an_order

ANY = RuleSettings()


def broken(rule: str, settings: RuleSettings = ANY, **fields: Any) -> Broken | None:
    found = broken_rules(an_order(**fields), [rule], settings)
    return found[0] if found else None


def test_each_rule_has_a_name_that_a_scenario_may_write() -> None:
    assert set(RULES) == set(REQUIREMENTS)


def test_a_complete_order_keeps_all_rules() -> None:
    assert broken_rules(an_order(), [*REQUIREMENTS, "field:color"], ANY) == ()


def test_an_empty_order_breaks_each_rule_once_and_in_order() -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("first_name", "email", "delivery_code", "track_number", "status_comment"), ""
    )
    order = an_order(
        **nothing, phones=(), address=Address(), items=(), manager_id=None, custom_fields={}, prepaid=0
    )
    wanted = ["field:color", *REQUIREMENTS, "field:color"]
    names = [each.rule for each in broken_rules(order, wanted, ANY)]
    # There are no goods that are made to order.
    assert names == ["field:color", *(name for name in REQUIREMENTS if name != "options")]


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("name", {"first_name": " ", "last_name": ""}),
        ("phone", {"phones": ("112", "нет")}),
        ("email", {"email": "anna@"}),
        ("email", {"email": "anna"}),
        ("items", {"items": ()}),
        ("items", {"items": (TENT.model_copy(update={"is_cancelled": True}),)}),
        ("manager", {"manager_id": None}),
        ("track_number", {"track_number": " "}),
        ("reason", {"status_comment": ""}),
        ("reason", {"status_comment": f"{OWN_COMMENT}не хватает: причина"}),
        ("delivery", {"delivery_code": ""}),
        ("field:size", {}),
        ("field:color", {"custom_fields": {"color": " "}}),
    ],
)
def test_what_is_missing_or_wrong(rule: str, fields: dict[str, Any]) -> None:
    assert broken(rule, **fields) == Broken(rule=rule)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("name", {"first_name": "", "last_name": "Петрова"}),
        ("phone", {"phones": ("112", "8 (916) 123-45-67")}),
        ("items", {"items": (TENT, OrderItem(name="Кольцо", is_cancelled=True))}),
    ],
)
def test_what_is_enough(rule: str, fields: dict[str, Any]) -> None:
    assert broken(rule, **fields) is None


def test_items_without_price_or_quantity_are_named() -> None:
    free = OrderItem(name="Кольцо\n 10 мм", quantity=Decimal(1))
    none = OrderItem(sku="peg-1", price=Decimal(10), quantity=Decimal(0))
    assert broken("items", items=(TENT, free, none, free)) == Broken(
        rule="items", parts=("Кольцо 10 мм", "peg-1")
    )


def test_a_way_of_delivery_must_be_one_of_the_shops() -> None:
    some = RuleSettings(deliveries=frozenset({"courier", "self-delivery"}))
    assert broken("delivery", some) == Broken(rule="delivery", parts=("cdek",))
    assert broken("delivery", some, delivery_code="") == Broken(rule="delivery")
    assert broken("delivery", some, delivery_code="courier") is None


def test_a_reason_may_stand_in_a_field() -> None:
    fielded = RuleSettings(reason_field="why")
    assert broken("reason", fielded, status_comment="", custom_fields={"why": "дорого"}) is None
    assert broken("reason", fielded, status_comment="") == Broken(rule="reason")


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        (Address(), ("city", "street", "building")),
        (Address(city="Томск"), ("street", "building")),
        (Address(city="Томск", street="Ленина"), ("building",)),
        # The CRM makes the text of the parts: it must not stand in for one of them.
        (Address(city="Томск", street="Ленина", text="г. Томск, ул. Ленина, 1"), ("building",)),
        (Address(city="Томск", street="Ленина", building="1"), ()),
        (Address(text="Томск, Ленина, 1"), ()),
        (Address(text="г. Томск, пр-т Ленина, д. 12а/3, кв. 7"), ()),
        (Address(text="634050 Томск, ул. 50 лет Октября, 4"), ()),
        (Address(text="Томск, Ленина"), ("city", "street", "building")),
        (Address(text="634050, Томск, Ленина"), ("city", "street", "building")),
        (Address(text="Томск, Ленина, кв. 7"), ("city", "street", "building")),
        (Address(text="Томск, ул. 9 Мая, этаж 3"), ("city", "street", "building")),
        (Address(text="Москва, 1-я Тверская-Ямская, офис 12"), ("city", "street", "building")),
        (Address(text="Томск, переулок 1905 года"), ("city", "street", "building")),
    ],
)
def test_what_an_address_lacks(address: Address, missing: tuple[str, ...]) -> None:
    found = broken("address", address=address)
    assert (found.parts if found else ()) == missing


def test_a_pickup_point_that_is_chosen_is_an_address_whatever_the_way() -> None:
    nothing_else = Address(city="Томск", text="Томск")
    assert broken("address", address=nothing_else, pickup_address="Томск, Ленина, 1, СДЭК") is None
    # Without a point that is where the CRM's own text stands.
    assert broken("address", address=nothing_else, pickup_address="Томск") is not None


def test_a_pickup_needs_a_city_or_a_point_alone() -> None:
    pickup = RuleSettings(pickup_deliveries=frozenset({"cdek"}))
    nowhere = broken("address", pickup, address=Address())
    assert nowhere == Broken(rule="address", parts=("pickup_point",))
    assert broken("address", pickup, address=Address(city="Томск")) is None
    assert broken("address", pickup, address=Address(), pickup_address="Ленина, 1, СДЭК") is None
    assert broken("address", pickup, delivery_code="courier", address=Address(city="Томск")) is not None


COVERS = RuleSettings(
    made_to_order=(
        MadeToOrder(begins=("Чехол", "cover-"), options=("Модель", "size")),
        MadeToOrder(begins=("чехол на авто",), options=("Цвет",)),
    )
)


def cover(**properties: str) -> OrderItem:
    return OrderItem(name="Чехол на автомобиль", sku="car", price=Decimal(6490), properties=properties)


def test_goods_made_to_order_need_their_options() -> None:
    found = broken("options", COVERS, items=(TENT, cover(Модель="Нива")))
    assert found is not None
    assert found.parts == ("Чехол на автомобиль: size", "Чехол на автомобиль: Цвет")
    assert found.tokens == {
        "options/Чехол на автомобиль: size",
        "options/Чехол на автомобиль: Цвет",
    }


def test_options_may_be_properties_or_custom_fields() -> None:
    told = cover(модель="Нива", ЦВЕТ="синий")
    assert broken("options", COVERS, items=(told,), custom_fields={"size": "L"}) is None


def test_goods_are_known_by_their_sku_too_and_others_need_nothing() -> None:
    by_sku = OrderItem(name="Накидка", sku="COVER-7", price=Decimal(1))
    assert broken("options", COVERS, items=(by_sku,)) is not None
    assert broken("options", COVERS, items=(TENT,)) is None
    assert broken("options", COVERS, items=(cover().model_copy(update={"is_cancelled": True}),)) is None


@pytest.mark.parametrize(
    ("percent", "prepaid", "enough"),
    [
        (100, "5290", True),
        (100, "5289.99", False),
        (50, "2645", True),
        (50, "2644.99", False),
        (1, "0", False),
    ],
)
def test_a_part_of_the_total_must_be_paid_before(percent: int, prepaid: str, enough: bool) -> None:
    found = broken("prepayment", RuleSettings(prepayment=percent), prepaid=Decimal(prepaid))
    assert (found is None) == enough


def test_how_much_of_a_prepayment_is_missing() -> None:
    found = broken("prepayment", RuleSettings(prepayment=50), prepaid=Decimal(1000))
    assert found == Broken(rule="prepayment", found=Decimal(1000), expected=Decimal(2645))


@pytest.mark.parametrize(
    "fields",
    [{"total": 5291}, {"delivery_cost": 0}, {"items": (TENT, TENT)}, {"discount": 100, "total": 5200}],
)
def test_a_total_that_does_not_match(fields: dict[str, Any]) -> None:
    found = broken("total", **fields)
    assert found is not None
    assert found.found == an_order(**fields).total != found.expected


def test_the_discount_of_the_order_may_stand_in_the_prices_of_its_items() -> None:
    assert broken("total", discount=Decimal(100), total=Decimal(5190)) is None
    cheaper = TENT.model_copy(update={"price": Decimal(4890)})
    inside: dict[str, Any] = {
        "discount": Decimal(100),
        "items": (cheaper,),
        "goods": Decimal(4890),
        "total": Decimal(5190),
    }
    assert broken("total", **inside) is None


NAMES: TypeAdapter[str] = TypeAdapter(Requirement)
money = st.integers(0, 2_000_000).map(lambda kopecks: kopecks / 100)
items = st.fixed_dictionaries(
    {
        "productName": st.just("Тент"),
        "initialPrice": money,
        "quantity": st.integers(1, 9),
        "status": st.sampled_from(["new", "failure"]),
    },
    optional={"discountManualPercent": st.integers(0, 100)},
)


@given(
    goods=st.lists(items, min_size=1, max_size=3),
    discount=st.integers(0, 500),
    percent=st.integers(0, 100),
    delivery=money,
)
def test_the_sums_of_the_crm_match_whatever_the_discounts(
    goods: list[dict[str, Any]], discount: int, percent: int, delivery: float
) -> None:
    shop = CrmShop()
    order_id = shop.person_makes(
        "order",
        phone="+79161234567",
        items=goods,
        discountManualAmount=discount,
        discountManualPercent=percent,
        delivery={"code": "cdek", "cost": delivery},
    )
    order = shop.crm.order(order_id)
    assert order is not None
    assert broken_rules(order, ["total"], ANY) == ()
    wrong = order.model_copy(update={"total": max(goods_of(order)) + order.delivery_cost + 1})
    assert broken_rules(wrong, ["total"], ANY)


@given(st.text(max_size=20))
def test_no_other_name_is_a_rule(name: str) -> None:
    is_known = name in REQUIREMENTS
    try:
        NAMES.validate_python(name)
    except ValidationError:
        assert not is_known
    else:
        assert is_known or name.startswith("field:")
