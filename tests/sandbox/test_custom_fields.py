import httpx
import pytest

from sandbox.retailcrm.codes import ORDER_CUSTOM_FIELDS
from tests.sandbox.helpers import create_order, post, refusal

COLOURS = {
    "code": "colours",
    "name": "Цвета",
    "elements": [{"name": "Синий", "code": "blue"}, {"name": "Серый", "code": "grey"}],
}


def make(crm: httpx.Client, code: str, kind: str, **fields: object) -> httpx.Response:
    field = {"code": code, "name": "Своё", "type": kind, **fields}
    return post(crm, "/custom-fields/order/create", "customField", field)


def test_fields_are_listed_with_pages_and_filters(crm: httpx.Client) -> None:
    def codes(**filters: str) -> list[str]:
        query = {f"filter[{name}]": value for name, value in filters.items()}
        fields = crm.get("/custom-fields", params=query).json()["customFields"]
        return [field["code"] for field in fields]

    post(
        crm,
        "/custom-fields/customer/create",
        "customField",
        {"code": "shoe", "name": "Обувь", "type": "integer"},
    )
    assert codes(entity="order") == list(ORDER_CUSTOM_FIELDS)
    assert codes(entity="customer") == ["shoe"]
    assert codes(code="yclid") == ["yclid"]
    assert refusal(crm.get("/custom-fields", params={"filter[colour]": "x"}))[0] == 400
    assert crm.get("/custom-fields").json()["pagination"]["totalCount"] == 1 + len(ORDER_CUSTOM_FIELDS)


def test_a_field_is_made_read_and_changed(crm: httpx.Client) -> None:
    answer = make(crm, "promised", "date")
    assert (answer.status_code, answer.json()["code"]) == (201, "promised")
    field = crm.get("/custom-fields/order/promised").json()["customField"]
    assert (field["type"], field["entity"], field["viewMode"]) == ("date", "order", "editable")
    changed = post(crm, "/custom-fields/order/promised/edit", "customField", {"name": "Обещано"})
    assert changed.status_code == 200
    assert crm.get("/custom-fields/order/promised").json()["customField"]["name"] == "Обещано"


def test_what_cannot_be_made_or_changed(crm: httpx.Client) -> None:
    assert refusal(make(crm, "color", "string"))[0] == 400
    assert refusal(make(crm, "x", "colour"))[2] == {"type": "The value you selected is not a valid choice."}
    assert refusal(make(crm, "", "string"))[2] == {"code": "This value should not be blank."}
    assert refusal(make(crm, "x", "dictionary"))[2] == {
        "dictionary": "The value you selected is not a valid choice."
    }
    another_type = post(crm, "/custom-fields/order/color/edit", "customField", {"type": "date"})
    assert refusal(another_type)[2] == {"type": "This value is not valid."}
    assert post(crm, "/custom-fields/order/none/edit", "customField", {"name": "X"}).status_code == 404
    assert post(crm, "/custom-fields/parcel/create", "customField", {"name": "X"}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "good", "kept", "bad"),
    [
        ("boolean", True, True, "perhaps"),
        ("date", "2026-11-22", "2026-11-22", "22.11.2026"),
        ("datetime", "2026-11-22 10:00:00", "2026-11-22 10:00:00", "2026-11-22"),
        ("integer", "7", 7, 7.5),
        ("numeric", 7.5, 7.5, "much"),
        ("string", "синий", "синий", ["синий"]),
        ("text", "а\nб", "а\nб", {}),
        ("email", "anna@example.com", "anna@example.com", []),
        ("dictionary", "blue", "blue", "green"),
        ("multi-choice", ["blue", "grey"], ["blue", "grey"], ["green"]),
    ],
)
def test_an_order_takes_values_of_the_fields_type_alone(
    crm: httpx.Client, kind: str, good: object, kept: object, bad: object
) -> None:
    post(crm, "/custom-fields/dictionaries/create", "customDictionary", COLOURS)
    assert make(crm, "own", kind, dictionary="colours").status_code == 201
    assert create_order(crm, customFields={"own": good})["customFields"] == {"own": kept}
    answer = post(crm, "/orders/create", "order", {"customFields": {"own": bad}})
    assert list(refusal(answer)[2]) == ["customFields.own"]


def test_an_order_takes_no_field_that_there_is_not(crm: httpx.Client) -> None:
    answer = post(crm, "/orders/create", "order", {"customFields": {"own": "x"}})
    assert refusal(answer)[2] == {"customFields.own": "This form should not contain extra fields."}


def test_the_lists_to_choose_from(crm: httpx.Client) -> None:
    made = post(crm, "/custom-fields/dictionaries/create", "customDictionary", COLOURS)
    assert (made.status_code, made.json()["code"]) == (201, "colours")
    assert crm.get("/custom-fields/dictionaries").json()["customDictionaries"] == [COLOURS]
    red = [{"name": "Красный", "code": "red"}]
    post(crm, "/custom-fields/dictionaries/colours/edit", "customDictionary", {"elements": red})
    changed = crm.get("/custom-fields/dictionaries/colours").json()["customDictionary"]
    assert changed["elements"] == red
    assert crm.get("/custom-fields/dictionaries/none").status_code == 404
