import httpx

from sandbox.faults import Fault
from sandbox.world import Sandbox
from tests.sandbox.helpers import create_order, create_task


def page(client: httpx.Client) -> str:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


def test_the_page_shows_the_demo_order(anybody: httpx.Client) -> None:
    text = page(anybody)
    for shown in ("1001A", "Доставляется", "Ольга", "+79161112233", "Тент защитный 3×4 м × 1", "demo-1001"):
        assert shown in text
    assert "4\N{NO-BREAK SPACE}990\N{NO-BREAK SPACE}₽" in text


def test_the_page_shows_tasks_messages_and_alerts(
    anybody: httpx.Client, crm: httpx.Client, twilio: httpx.Client, sandbox: Sandbox
) -> None:
    create_task(crm, commentary="Второй раз", order={"id": 1001}, datetime="2026-11-23 13:00")
    twilio.post("/Messages.json", data={"To": "+79160001122", "From": "Tents", "Body": "Ваш заказ в пути"})
    anybody.post("/bottelegram-sandbox/sendMessage", json={"chat_id": 5, "text": "CRM недоступна"})
    sandbox.add_fault(Fault("twilio", "503", times=3))
    text = page(anybody)
    for shown in ("Второй раз", "Анна Смирнова", "2026-11-23 13:00", "+79160001122", "Ваш заказ в пути"):
        assert shown in text
    for shown in ("CRM недоступна", "Telegram → 5", "twilio: 503 × 3"):
        assert shown in text


def test_what_others_wrote_is_escaped(anybody: httpx.Client, crm: httpx.Client) -> None:
    create_order(crm, firstName="<script>alert(1)</script>", managerComment='"><img src=x>')
    create_task(crm, text="<b>срочно</b>")
    text = page(anybody)
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;b&gt;срочно&lt;/b&gt;" in text


def test_the_newest_order_is_shown_first_and_old_ones_are_left_out(
    anybody: httpx.Client, crm: httpx.Client
) -> None:
    for _ in range(51):
        create_order(crm)
    text = page(anybody)
    assert text.index("1052A") < text.index("1051A")
    assert "1001A" not in text


def test_the_page_needs_nothing_from_outside(anybody: httpx.Client) -> None:
    text = page(anybody)
    assert "http://" not in text
    assert "https://" not in text
    assert '<meta http-equiv="refresh" content="3">' in text


def test_an_order_and_its_client_have_pages_of_their_own(anybody: httpx.Client, crm: httpx.Client) -> None:
    create_order(crm, firstName="Другой")
    create_task(crm, text="Позвонить Ольге", order={"id": 1001})
    create_task(crm, text="Чужая задача")
    customer_id = crm.get("/orders/1001", params={"by": "id"}).json()["order"]["customer"]["id"]
    for path in ("/orders/1001/edit", f"/customers/{customer_id}/edit"):
        text = anybody.get(path).text
        assert "1001A" in text
        assert "Позвонить Ольге" in text
        assert "Другой" not in text
        assert "Чужая задача" not in text
    for path in ("/orders/777/edit", "/orders/x/edit", "/customers/777/edit", "/orders"):
        assert anybody.get(path).status_code == 404
