import httpx

from tests.sandbox.helpers import create_order, found, post, refusal


def create(crm: httpx.Client, **fields: object) -> int:
    response = post(crm, "/customers/create", "customer", fields)
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


def test_a_customer_is_created_and_read(crm: httpx.Client) -> None:
    number = create(crm, firstName="Мария", externalId="c-1", phones=[{"number": "+79160001122"}])
    customer = crm.get("/customers/c-1").json()["customer"]
    assert (customer["id"], customer["phones"]) == (number, [{"number": "+79160001122"}])
    assert customer["ordersCount"] == 0


def test_a_customer_is_found_by_phone_in_the_name_filter(crm: httpx.Client) -> None:
    number = create(crm, firstName="Мария", phones=[{"number": "+7 916 000-11-22"}])
    assert found(crm, "/customers", name="9160001122") == [number]
    assert found(crm, "/customers", name="мария") == [number]
    assert found(crm, "/customers", ids=[str(number)]) == [number]


def test_a_customer_is_edited(crm: httpx.Client) -> None:
    response = post(
        crm, "/customers/1/edit", "customer", {"email": "o@example.org", "addTags": ["vip"]}, by="id"
    )
    assert response.json()["id"] == 1
    customer = crm.get("/customers/1", params={"by": "id"}).json()["customer"]
    assert (customer["email"], customer["tags"]) == ("o@example.org", [{"name": "vip"}])


def test_a_used_external_id_is_refused(crm: httpx.Client) -> None:
    create(crm, externalId="c-1")
    status, _, errors = refusal(post(crm, "/customers/create", "customer", {"externalId": "c-1"}))
    assert (status, list(errors)) == (400, ["externalId"])


def test_a_customer_knows_what_its_orders_come_to(crm: httpx.Client) -> None:
    create_order(crm, phone="89161112233", items=[{"productName": "Тент", "initialPrice": 1010}])
    customer = crm.get("/customers/1", params={"by": "id"}).json()["customer"]
    assert (customer["ordersCount"], customer["totalSumm"], customer["averageSumm"]) == (2, 6000, 3000)


def test_an_upload_that_partly_fails_is_460(crm: httpx.Client) -> None:
    rows = [{"externalId": "a"}, {"externalId": "b", "sex": "?"}]
    response = post(crm, "/customers/upload", "customers", rows)
    assert response.status_code == 460
    assert [row["externalId"] for row in response.json()["uploadedCustomers"]] == ["a"]
    assert response.json()["failedCustomers"] == [{"externalId": "b"}]


def test_a_note_is_kept_with_its_customer(crm: httpx.Client) -> None:
    response = post(crm, "/customers/notes/create", "note", {"text": "СМС отправлена", "customer": {"id": 1}})
    assert response.status_code == 201
    query = {"filter[customerIds][]": 1}
    (note,) = crm.get("/customers/notes", params=query).json()["notes"]
    assert (note["text"], note["customer"]["id"]) == ("СМС отправлена", 1)


def test_a_note_about_nobody_is_refused(crm: httpx.Client) -> None:
    response = post(crm, "/customers/notes/create", "note", {"text": "x"})
    assert refusal(response)[2] == {"customer": "Set one of the following fields: id, externalId"}


def test_an_unknown_customer_is_not_found(crm: httpx.Client) -> None:
    assert refusal(crm.get("/customers/nobody")) == (404, "Not found", None)
