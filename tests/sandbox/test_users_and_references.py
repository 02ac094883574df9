import httpx
import pytest

from tests.sandbox.helpers import found, refusal


def test_users(crm: httpx.Client) -> None:
    assert found(crm, "/users", active="1") == [2, 1]
    assert found(crm, "/users", groups=["director"]) == [2]
    anna = crm.get("/users/1").json()["user"]
    assert (anna["firstName"], anna["lastName"], anna["active"]) == ("Анна", "Смирнова", True)
    assert crm.get("/users/99").status_code == 404


def test_a_users_status_is_set(crm: httpx.Client) -> None:
    assert crm.post("/users/1/status", data={"status": "dinner"}).status_code == 200
    assert crm.get("/users/1").json()["user"]["status"] == "dinner"
    assert refusal(crm.post("/users/1/status", data={"status": "asleep"}))[0] == 400


def test_user_groups(crm: httpx.Client) -> None:
    groups = crm.get("/user-groups").json()["groups"]
    assert [group["code"] for group in groups] == ["manager", "director"]


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("statuses", "statuses", "arrived-in-pickup-point"),
        ("status-groups", "statusGroups", "approval"),
        ("delivery-types", "deliveryTypes", "cdek"),
        ("order-methods", "orderMethods", "missed-call"),
        ("order-types", "orderTypes", "eshop-individual"),
        ("payment-types", "paymentTypes", "cash"),
        ("payment-statuses", "paymentStatuses", "paid"),
        ("product-statuses", "productStatuses", "in-reserve"),
        ("sites", "sites", "tents"),
        ("units", "units", "pc"),
    ],
)
def test_most_dictionaries_are_objects_by_code(crm: httpx.Client, name: str, key: str, code: str) -> None:
    entry = crm.get(f"/reference/{name}").json()[key][code]
    assert entry["code"] == code
    assert entry["name"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("stores", "stores"),
        ("couriers", "couriers"),
        ("price-types", "priceTypes"),
        ("cost-items", "costItems"),
        ("cost-groups", "costGroups"),
        ("legal-entities", "legalEntities"),
        ("currencies", "currencies"),
        ("mg-channels", "mgChannels"),
        ("countries", "countriesIso"),
    ],
)
def test_the_other_dictionaries_are_lists(crm: httpx.Client, name: str, key: str) -> None:
    assert isinstance(crm.get(f"/reference/{name}").json()[key], list)


def test_each_status_names_its_group_and_the_group_its_statuses(crm: httpx.Client) -> None:
    statuses = crm.get("/reference/statuses").json()["statuses"]
    groups = crm.get("/reference/status-groups").json()["statusGroups"]
    assert {code: entry["group"] for code, entry in statuses.items()} == {
        status: code for code, group in groups.items() for status in group["statuses"]
    }


def test_the_default_order_methods_are_marked(crm: httpx.Client) -> None:
    methods = crm.get("/reference/order-methods").json()["orderMethods"]
    assert [code for code, entry in methods.items() if entry.get("defaultForApi")] == ["shopping-cart"]
    assert [code for code, entry in methods.items() if entry.get("defaultForCrm")] == ["phone"]
