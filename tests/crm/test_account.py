"""The account of retailCRM: what is read of it, and how things are made in it."""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from chalicelib.crm.account import (
    MakeField,
    MakeMethod,
    MakeStatus,
    RegisterTelephony,
    Status,
    Step,
)
from chalicelib.crm.retailcrm.account import RetailCrmAccount
from chalicelib.crm.retailcrm.client import RetailCrmClient
from chalicelib.errors import Refused, Unreachable
from tests.crm.shop import KEY, URL, CrmShop

CUTTING = MakeStatus(code="cutting", name="Раскрой", group="assembling", ordering=40)
FAX = MakeMethod(code="fax", name="Факс")
PROMISED = MakeField(code="promised", name="Обещано", type="date")
TELEPHONY = RegisterTelephony(extensions={"101": 1}, is_new=True)
STEPS: tuple[Step, ...] = (CUTTING, FAX, PROMISED, TELEPHONY)


def account_of(
    shop: CrmShop, key: str = KEY, transport: httpx.BaseTransport | None = None
) -> RetailCrmAccount:
    client = RetailCrmClient(URL, key, shop.pace(), transport or shop.wire, shop.sleep)
    return RetailCrmAccount(client, URL, "https://tents.example/logo.svg")


PartType = TypeVar("PartType")


def read(part: PartType | None) -> PartType:
    assert part is not None
    return part


def writes(shop: CrmShop) -> list[str]:
    return [request.url.path for request in shop.wire.requests if request.method == "POST"]


def test_the_whole_account_is_read_and_nothing_written(shop: CrmShop) -> None:
    account = account_of(shop).read()
    assert account.timezone == "Europe/Moscow"
    assert account.sites == frozenset({"tents"})
    assert account.allows("order_write")
    assert not account.allows("segment_read")
    assert Status(code="new", name="Новый", group="new", ordering=10) in read(account.statuses)
    assert "approval" in read(account.groups)
    assert "missed-call" in {method.code for method in read(account.methods)}
    assert ("color", "string") in [(field.code, field.type) for field in read(account.fields)]
    assert "moscow" in {store.code for store in read(account.stores)}
    assert "cdek" in {delivery_type.code for delivery_type in read(account.delivery_types)}
    assert [(user.id, user.is_active) for user in read(account.users)] == [(3, False), (2, True), (1, True)]
    assert account.modules == ()
    assert writes(shop) == []


def test_what_was_made_is_read_back(shop: CrmShop) -> None:
    crm = account_of(shop)
    assert [crm.carry_out(step) for step in STEPS] == [True] * 4
    account = crm.read()
    assert Status(code="cutting", name="Раскрой", group="assembling", ordering=40) in read(account.statuses)
    assert {"fax": "Факс"}.items() <= {method.code: method.name for method in read(account.methods)}.items()
    assert ("promised", "date") in [(field.code, field.type) for field in read(account.fields)]
    assert [module.extensions for module in read(account.modules)] == [{"101": 1}]
    assert shop.sandbox.state()["modules"][0]["logo"] == "https://tents.example/logo.svg"


@pytest.mark.parametrize("step", STEPS)
def test_what_somebody_made_since_stays_as_it_is(shop: CrmShop, step: Step) -> None:
    crm = account_of(shop)
    crm.carry_out(step)
    before, made = shop.sandbox.state(), len(writes(shop))
    renamed = step if isinstance(step, RegisterTelephony) else step.model_copy(update={"name": "Иначе"})
    assert crm.carry_out(renamed) is False
    assert len(writes(shop)) == made
    assert shop.sandbox.state()["dictionaries"] == before["dictionaries"]


def test_telephony_that_a_person_switched_off_stays_so(shop: CrmShop) -> None:
    crm = account_of(shop)
    crm.carry_out(TELEPHONY)
    shop._write(  # noqa: SLF001 -- as a person in the CRM's pages
        "integration-modules/leadkeeper/edit", {"integrationModule": '{"active": false}'}
    )
    assert crm.carry_out(RegisterTelephony(extensions={"102": 2}, is_new=False)) is False
    assert [(module.is_active, module.extensions) for module in crm.read().modules or ()] == [
        (False, {"101": 1})
    ]


def test_two_who_make_the_same_field_at_once_make_one(shop: CrmShop) -> None:
    """The other one makes it between our look and our write."""
    other = account_of(shop, "inspector")

    class Race(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/create"):
                other.carry_out(PROMISED)
            return shop.wire.handle_request(request)

    assert account_of(shop, transport=Race()).carry_out(PROMISED) is False
    assert [change["entry"]["code"] for change in shop.sandbox.state()["dictionaries"]] == ["promised"]


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        ("reference_read", "statuses"),
        ("reference_read", "methods"),
        ("reference_read", "groups"),
        ("custom_fields_read", "fields"),
        ("user_read", "users"),
        ("integration_read", "modules"),
    ],
)
def test_a_part_that_the_key_may_not_read_is_unknown(shop: CrmShop, scope: str, part: str) -> None:
    shop.sandbox.configure({"missing_scopes": [scope]})
    account = account_of(shop).read()
    assert getattr(account, part) is None
    assert account.timezone == "Europe/Moscow"


@pytest.mark.parametrize(
    ("scope", "step"),
    [
        ("reference_write", CUTTING),
        ("reference_write", FAX),
        ("custom_fields_write", PROMISED),
        ("integration_write", TELEPHONY),
    ],
)
def test_a_missing_right_is_named(shop: CrmShop, scope: str, step: Step) -> None:
    shop.sandbox.configure({"missing_scopes": [scope]})
    with pytest.raises(Refused, match=f"the key needs {scope}"):
        account_of(shop).carry_out(step)


def test_a_wrong_key_is_told_as_such(shop: CrmShop) -> None:
    with pytest.raises(Unreachable, match='Wrong "apiKey" value'):
        account_of(shop, "wrong").read()


@pytest.mark.parametrize("kind", ["500", "502", "garbage", "refuse", "reset", "hang"])
def test_a_crm_in_trouble_is_no_empty_account(shop: CrmShop, kind: str) -> None:
    shop.fault(kind, path="/reference/statuses")
    with pytest.raises(Unreachable):
        account_of(shop).read()


@pytest.mark.parametrize("step", [CUTTING, FAX, PROMISED, TELEPHONY])
def test_a_lost_answer_is_told_as_perhaps_done(shop: CrmShop, step: Step) -> None:
    crm = account_of(shop)
    shop.sandbox.configure({"rate_limit": None})
    paths = {"cutting": "cutting/edit", "fax": "fax/edit", "promised": "order/create"}
    shop.fault("drop", path=paths.get(getattr(step, "code", ""), "leadkeeper/edit"))
    with pytest.raises(Unreachable) as lost:
        crm.carry_out(step)
    assert lost.value.maybe_done
    shop.sandbox.clear_faults()
    assert crm.carry_out(step) is False


def reading(answers: Callable[[str], Any]) -> RetailCrmAccount:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"success": True, **answers(request.url.path)})

    shop = CrmShop()
    return account_of(shop, transport=httpx.MockTransport(answer))


def test_empty_maps_that_come_as_lists_are_empty() -> None:
    account = reading(
        lambda path: {
            "statuses": [],
            "integrationModule": {"code": "leadkeeper", "integrations": []} if "modules" in path else None,
        }
    ).read()
    assert account.scopes is None
    assert account.statuses == ()
    assert account.modules is not None
    assert account.modules[0].extensions == {}
    assert account.timezone == ""


def test_a_row_that_cannot_be_read_is_no_empty_account() -> None:
    with pytest.raises(Unreachable, match="unexpected answer"):
        reading(lambda _path: {"statuses": {"new": {"name": "Новый"}}}).read()
