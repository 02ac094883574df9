"""Files: given by messengers, and shown at orders of the CRM."""

from typing import Any

import httpx
import pytest

from sandbox.world import Sandbox
from tests.sandbox.helpers import create_order, post, refusal

BOT = "/bottelegram-bot-sandbox"
WHATSAPP = {"Authorization": "Bearer whatsapp-sandbox"}


def upload(crm: httpx.Client, content: bytes = b"a photo") -> int:
    response = crm.post("/files/upload", content=content)
    assert response.status_code == 200, response.text
    return int(response.json()["file"]["id"])


def test_a_file_is_shown_at_its_order(crm: httpx.Client, anybody: httpx.Client) -> None:
    order = create_order(crm)
    file_id = upload(crm)
    assert crm.get(f"/files/{file_id}").json()["file"]["attachment"] == []
    file = {"filename": "Чертёж.pdf", "attachment": [{"order": {"id": order["id"]}}]}
    for _ in range(2):
        assert post(crm, f"/files/{file_id}/edit", "file", file).status_code == 200
    assert anybody.get("/").text.count("Чертёж.pdf") == 1


@pytest.mark.parametrize("attachment", ["1001", ["1001"], [{}], [{"order": 1001}], [{"order": {"id": 9}}]])
def test_a_file_cannot_be_shown_nowhere(crm: httpx.Client, attachment: Any) -> None:
    answer = post(crm, f"/files/{upload(crm)}/edit", "file", {"filename": "a", "attachment": attachment})
    assert refusal(answer)[0] == 400


def test_a_file_that_nobody_uploaded(crm: httpx.Client) -> None:
    assert refusal(crm.post("/files/upload", content=b""))[0] == 400
    assert refusal(post(crm, "/files/7/edit", "file", {"filename": "a"}))[0] == 404


def test_telegram_gives_a_file_by_its_path(anybody: httpx.Client) -> None:
    told = anybody.post(f"{BOT}/getFile", json={"file_id": "sandbox-photo"}).json()["result"]
    assert anybody.get(f"/file{BOT}/{told['file_path']}").content == b"a photo"
    assert anybody.get(f"/file{BOT}/photos/other.jpg").status_code == 404
    assert anybody.post(f"{BOT}/getFile", json={"file_id": "other"}).status_code == 400


def test_whatsapp_tells_where_a_file_is(sandbox: Sandbox, anybody: httpx.Client) -> None:
    told = anybody.get("/v24.0/1", headers=WHATSAPP).json()
    assert (told["mime_type"], told["file_size"]) == ("image/jpeg", 7)
    assert anybody.get(told["url"], headers=WHATSAPP).content == b"a photo"
    assert anybody.get(told["url"]).status_code == 401
    assert anybody.get("/v24.0/2", headers=WHATSAPP).json()["error"]["code"] == 100
    here = anybody.get("http://127.0.0.1:8001/v24.0/1", headers=WHATSAPP).json()["url"]
    assert here.startswith("http://127.0.0.1:8001/")
    assert "GET /v24.0/{id} 200" in sandbox.requests
