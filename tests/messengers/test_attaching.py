"""Two workers at the same file: both show the one that was remembered first."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.actions import AttachFile
from chalicelib.attempt import Attempt
from chalicelib.engine.port import Document
from chalicelib.errors import Refused
from chalicelib.messengers.files import FileAttacher, file_key
from chalicelib.messengers.port import File
from tests.crm.shop import SEEDED, CrmShop
from tests.world import MORNING, World

ENTRY = "0123456789abcdef"
ATTACH = AttachFile(source="telegram", file_id="a", name="photo", order_id=SEEDED)
ATTEMPT = Attempt(marker="lk-0123456789ab-1", now=MORNING, entry_id=ENTRY)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


class OvertakenTelegram:
    """While it gives the file, another worker has uploaded the same one."""

    knows_repeats = False

    def __init__(self, world: World, uploaded: int) -> None:
        self._world = world
        self._uploaded = uploaded

    def send(self, chat: str, text: str, once: str) -> str:
        raise NotImplementedError  # Who puts a file into the CRM writes to nobody.

    def fetch(self, file_id: str) -> File:
        del file_id
        content = {"uploaded": self._uploaded, "name": "photo.jpg"}
        self._world.engine.documents.put(Document(file_key(ENTRY), content, 0))
        return File(b"a photo", ".jpg")


def test_of_two_uploads_one_is_shown(world: World) -> None:
    shop = CrmShop()
    first = shop.crm.upload_file(b"a photo")
    messenger = OvertakenTelegram(world, first)
    attacher = FileAttacher({"telegram": messenger}, shop.crm, world.engine.documents, world.engine.notify)
    assert attacher.perform(ATTACH, ATTEMPT).note == f"file {first}"
    shown = [file["id"] for file in shop.sandbox.state()["files"] if file["attachment"]]
    assert shown == [first]


def test_a_source_that_lost_its_token_is_told(world: World) -> None:
    attacher = FileAttacher({}, CrmShop().crm, world.engine.documents, world.engine.notify)
    with pytest.raises(Refused, match="telegram has no token"):
        attacher.perform(ATTACH, ATTEMPT)
