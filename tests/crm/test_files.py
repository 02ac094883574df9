"""Files at orders: uploaded, then shown there, and showing them again does no harm."""

import hashlib

import httpx
import pytest

from chalicelib.errors import Refused, Unreachable
from tests.crm.shop import SEEDED, CrmShop, answering

DRAWING = b"%PDF-1.7\x00\xff\xfe=1&2"


def test_a_file_is_uploaded_as_it_is_and_shown_at_its_order(shop: CrmShop) -> None:
    file_id = shop.crm.upload_file(DRAWING)
    for _ in range(2):
        shop.crm.attach_file(file_id, "Чертёж.pdf", SEEDED)
    (file,) = shop.sandbox.state()["files"]
    assert file["id"] == file_id
    assert file["filename"] == "Чертёж.pdf"
    assert file["sha256"] == hashlib.sha256(DRAWING).hexdigest()
    assert file["attachment"] == [{"order": {"id": SEEDED}}]


def test_the_key_goes_in_a_header_and_the_body_is_the_file_alone(shop: CrmShop) -> None:
    shop.crm.upload_file(DRAWING)
    (request,) = shop.wire.requests
    assert request.url.path == "/api/v5/files/upload"
    assert request.url.query == b""
    assert request.headers["x-api-key"]
    assert request.content == DRAWING


def test_a_key_without_the_right_holds_up_files_alone(shop: CrmShop) -> None:
    file_id = shop.crm.upload_file(DRAWING)
    shop.fault("403", path="/files/")
    with pytest.raises(Refused, match="the key needs file_write") as refused:
        shop.crm.upload_file(DRAWING)
    assert refused.value.reason == "crm-refused"
    with pytest.raises(Refused, match="the key needs file_write"):
        shop.crm.attach_file(file_id, "a.pdf", SEEDED)


@pytest.mark.parametrize("kind", ["500", "hang", "refuse"])
def test_trouble_passes(shop: CrmShop, kind: str) -> None:
    shop.fault(kind, path="/files/")
    with pytest.raises(Unreachable):
        shop.crm.upload_file(DRAWING)
    with pytest.raises(Unreachable):
        shop.crm.attach_file(1, "a.pdf", SEEDED)


def test_a_file_cannot_be_shown_at_an_order_that_is_gone(shop: CrmShop) -> None:
    with pytest.raises(Refused):
        shop.crm.attach_file(shop.crm.upload_file(DRAWING), "a.pdf", 99999)


def test_a_plan_without_money_refuses() -> None:
    words = "Account doesn't have enough money"
    crm = answering(lambda _: httpx.Response(400, json={"success": False, "errorMsg": words}))
    with pytest.raises(Refused, match="enough money"):
        crm.upload_file(DRAWING)


@pytest.mark.parametrize("answer", [{"success": True}, {"success": True, "file": []}])
def test_an_upload_without_an_id_is_no_upload(answer: dict[str, object]) -> None:
    with pytest.raises(Unreachable, match="no id"):
        answering(lambda _: httpx.Response(200, json=answer)).upload_file(DRAWING)
