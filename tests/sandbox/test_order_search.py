from typing import Any

import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.world import Sandbox
from tests.sandbox.helpers import PERSON, create_order, edit_order, found, refusal


@pytest.mark.parametrize(
    "text", ["9160001122", "79160001122", "+7 (916) 000-11-22", "7916000112", "0011", "мар", "ПЕТРОВА мария"]
)
def test_a_customer_is_found_by_a_part_of_phone_or_name(crm: httpx.Client, text: str) -> None:
    order = create_order(crm, **PERSON, lastName="Петрова")
    assert found(crm, "/orders", customer=text) == [order["id"]]


@pytest.mark.parametrize("text", ["9160001123", "89160001122", "петров олег"])
def test_a_customer_is_not_found_by_what_is_not_in_it(crm: httpx.Client, text: str) -> None:
    create_order(crm, **PERSON)
    assert found(crm, "/orders", customer=text) == []


def test_the_newest_order_comes_first(crm: httpx.Client) -> None:
    ids = [create_order(crm, **PERSON)["id"] for _ in range(3)]
    assert found(crm, "/orders", customer="9160001122") == ids[::-1]


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ({"ids": ["1001"]}, True),
        ({"ids": ["1"]}, False),
        ({"numbers": ["1001a", "7"]}, True),
        ({"externalIds": ["demo-1001"]}, True),
        ({"customerId": "1"}, True),
        ({"customerId": "2"}, False),
        ({"extendedStatus": ["delivering"]}, True),
        ({"extendedStatus": ["new", "delivery-group"]}, True),
        ({"extendedStatus": ["approval-group"]}, False),
        ({"statusUpdatedAtTo": "2026-11-22"}, True),
        ({"statusUpdatedAtTo": "2026-11-21"}, False),
        ({"statusUpdatedAtFrom": "2026-11-22"}, True),
        ({"createdAtFrom": "2026-11-20", "createdAtTo": "2026-11-20"}, True),
        ({"createdAtFrom": "2026-11-21"}, False),
        ({"managers": ["1"]}, True),
        ({"managers": ["2"]}, False),
        ({"orderMethods": ["landing-page"]}, True),
        ({"sites": ["tents"]}, True),
        ({"trackNumber": "10000000011"}, True),
        ({"trackNumber": "1000000001"}, False),
        ({"deliveryTypes": ["cdek"]}, True),
        ({"paymentStatuses": ["paid"]}, False),
        ({"minPrice": "4990", "maxPrice": "4990"}, True),
        ({"minPrice": "4991"}, False),
        ({"city": "моск"}, True),
        ({"product": "тент"}, True),
        ({"sourceName": "yandex", "campaignName": "tents"}, True),
        ({"call": "1"}, False),
        ({"call": "0"}, True),
        ({"customer": "9161112233", "extendedStatus": ["new"]}, False),
    ],
)
def test_filters(crm: httpx.Client, filters: dict[str, Any], matches: bool) -> None:
    assert found(crm, "/orders", **filters) == ([1001] if matches else [])


@pytest.mark.parametrize(
    "name",
    [
        "filter[status]",
        "filter[phone]",
        "filter[nonsense]",
        "filter[ids]",
        "filter[customer][]",
        "filter[call]",
    ],
)
def test_what_is_no_filter_is_refused_by_name(crm: httpx.Client, name: str) -> None:
    status, message, errors = refusal(crm.get("/orders", params={name: "x"}))
    assert (status, message) == (400, "Errors in the input parameters")
    assert list(errors) == [f"children[{name.split('[')[1].rstrip(']')}]"]


@pytest.mark.parametrize("day", ["2026-11-23 10:00:00", "23.11.2026", "2026-02-30"])
def test_a_date_filter_takes_a_date_only(crm: httpx.Client, day: str) -> None:
    response = crm.get("/orders", params={"filter[statusUpdatedAtTo]": day})
    assert refusal(response)[2] == {"children[statusUpdatedAtTo]": "This value is not valid."}


def test_dates_are_those_of_the_account_zone(crm: httpx.Client, clock: SteppedClock) -> None:
    clock.advance(12.5 * 3600)  # 21:30 in UTC, after midnight in Moscow
    order = create_order(crm)
    assert found(crm, "/orders", createdAtFrom="2026-11-24") == [order["id"]]


def test_pages(crm: httpx.Client) -> None:
    for _ in range(24):
        create_order(crm)
    pages = [crm.get("/orders", params={"page": page}).json() for page in (1, 2, 3)]
    assert pages[1]["pagination"] == {"limit": 20, "totalCount": 25, "currentPage": 2, "totalPageCount": 2}
    assert [len(page["orders"]) for page in pages] == [20, 5, 0]


def test_nothing_found_has_no_pages(crm: httpx.Client) -> None:
    pagination = crm.get("/orders", params={"filter[ids][]": 1}).json()["pagination"]
    assert pagination == {"limit": 20, "totalCount": 0, "currentPage": 1, "totalPageCount": 0}


def test_a_lagging_search_does_not_show_what_is_new(
    sandbox: Sandbox, shop_crm: httpx.Client, crm: httpx.Client, clock: SteppedClock
) -> None:
    sandbox.configure({"search_lag": 5})
    order = create_order(shop_crm, externalId="call-1", **PERSON)
    clock.advance(4.9)
    assert found(shop_crm, "/orders", customer="9160001122") == []
    assert found(shop_crm, "/customers", name="9160001122") == []
    assert found(shop_crm, "/orders") == [1001]
    assert shop_crm.get("/orders/call-1").status_code == 200
    assert found(crm, "/orders", customer="9160001122") == [order["id"]]
    clock.advance(0.1)
    assert found(shop_crm, "/orders", customer="9160001122") == [order["id"]]
    assert found(shop_crm, "/customers", name="9160001122") == [order["customer"]["id"]]


def test_a_lagging_search_still_shows_the_state_before_an_edit(
    sandbox: Sandbox, shop_crm: httpx.Client, clock: SteppedClock
) -> None:
    sandbox.configure({"search_lag": 5})
    edit_order(shop_crm, 1001, status="complete", phone="+79990009988")
    clock.advance(1)
    edit_order(shop_crm, 1001, managerComment="спасибо")
    assert found(shop_crm, "/orders", extendedStatus=["delivering"], customer="9161112233") == [1001]
    assert found(shop_crm, "/orders", extendedStatus=["complete"]) == []
    clock.advance(4)
    assert found(shop_crm, "/orders", extendedStatus=["complete"], customer="9990009988") == [1001]
    assert found(shop_crm, "/orders", customer="9161112233") == []
