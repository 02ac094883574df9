"""A file that no link opens without a secret is shown at its order in the CRM, once."""

import base64
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.bootstrap import LIBRARIES
from chalicelib.entry import Entry, Status
from chalicelib.interventions import replay
from chalicelib.messengers.port import LARGEST_FILE
from tests.files_sent import (
    DRAWING,
    PHONE,
    SOURCES,
    VOICE,
    by_telegram,
    by_whatsapp,
    files,
    shop_that_takes_files,
    with_files,
)
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = a_world(tmp_path)
    yield world
    world.close()


def a_world(folder: Path, **changes: object) -> World:
    world = World(folder, shop_that_takes_files(**changes))
    with_files(world)
    return world


def order_id(world: World) -> int:
    (made,) = world.order_ids()
    return made


def entries_of_files(world: World) -> list[Entry]:
    """The journal's entries of files, newest first."""
    return [entry for entry in world.entries() if any(event.kind == "file-due" for event in entry.events)]


def test_a_new_clients_file_is_shown_at_the_order_that_it_made(world: World) -> None:
    by_telegram(world)
    world.work()
    assert files(world) == [("Чертёж.pdf", [order_id(world)])]
    (file,) = world.state["files"]
    assert base64.b64decode(file["begins"]) == DRAWING
    assert "Чертёж.pdf" in world.orders[0]["managerComment"]


def test_a_file_without_a_name_gets_an_extension(world: World) -> None:
    by_whatsapp(world)
    world.work()
    assert files(world) == [("voice.ogg", [order_id(world)])]
    (file,) = world.state["files"]
    assert base64.b64decode(file["begins"]) == VOICE


def test_a_file_with_a_phone_told_later_or_before_finds_its_order(world: World) -> None:
    by_telegram(world)
    world.work()
    contact = {"phone_number": PHONE, "first_name": "Анна", "user_id": 800001}
    by_telegram(world, 2, contact=contact)
    by_telegram(world, 3, voice={"file_id": "voice"})
    world.work()
    assert files(world) == [("voice.oga", [order_id(world)]), ("Чертёж.pdf", [order_id(world)])]


def test_a_file_of_a_client_with_an_order_is_shown_there(world: World) -> None:
    known = world.make_order({"phone": f"+{PHONE}", "status": "prepayed"})
    by_whatsapp(world)
    world.work()
    assert files(world) == [("voice.ogg", [known])]
    assert len(world.tasks) == 1


def test_a_message_that_comes_again_shows_its_file_once(world: World) -> None:
    by_telegram(world)
    world.work()
    world.later(hours=1)
    by_telegram(world)
    world.work()
    assert len(world.state["files"]) == 1


def test_a_late_file_goes_to_the_order_of_its_message_not_to_the_newest(tmp_path: Path) -> None:
    world = a_world(tmp_path, rules={"known_caller": "1h"})
    world.fault(target="telegram_bot", kind="503", path="getFile")
    by_telegram(world)
    world.work()
    first = order_id(world)
    world.edit_order(first, {"status": "cancel-other"})
    world.later(hours=3)
    by_telegram(world, 2, text="Здравствуйте")
    world.work()
    assert len(world.order_ids()) == 2
    world.clear_faults()
    world.work_for(minutes=30)
    assert files(world) == [("Чертёж.pdf", [first])]
    world.close()


@pytest.mark.parametrize(
    "fault",
    [
        {"target": "telegram_bot", "kind": "503"},
        {"target": "telegram_bot", "kind": "hang", "path": "/file/"},
        {"target": "retailcrm", "kind": "502", "path": "/files/upload"},
        {"target": "retailcrm", "kind": "drop", "path": "/edit", "times": 2},
    ],
    ids=str,
)
def test_trouble_passes_and_holds_up_no_message(world: World, fault: dict[str, object]) -> None:
    world.fault(**fault)
    by_telegram(world)
    world.work_for(minutes=2)
    by_telegram(world, 2, text="Ещё вопрос")
    world.work()
    assert "Ещё вопрос" in world.orders[0]["managerComment"]
    world.clear_faults()
    world.work_for(minutes=30)
    assert files(world) == [("Чертёж.pdf", [order_id(world)])]
    assert world.entries(Status.PARKED) == []


def test_an_upload_whose_answer_was_lost_is_seen_nowhere(world: World) -> None:
    world.fault(target="retailcrm", kind="drop", path="/files/upload", times=1)
    by_telegram(world)
    world.work_for(minutes=5)
    assert files(world) == [("Чертёж.pdf", [order_id(world)])]
    assert len(world.state["files"]) == 2


def test_an_attaching_whose_answer_was_lost_uploads_nothing_more(world: World) -> None:
    by_telegram(world)
    assert world.step(world.engine.work)
    world.fault(target="retailcrm", kind="drop", path="/edit", times=1)
    world.work_for(minutes=5)
    assert files(world) == [("Чертёж.pdf", [order_id(world)])]
    assert len(world.state["files"]) == 1


@pytest.mark.parametrize(("file_id", "words"), [("gone", "wrong file_id"), ("huge", "file is too big")])
def test_what_telegram_does_not_give_ends_with_a_note(world: World, file_id: str, words: str) -> None:
    world.sandbox.telegram_bot.files["huge"] = ("videos/a.mp4", b"x" * (LARGEST_FILE + 1))
    by_telegram(world, video={"file_id": file_id, "file_name": "a.mp4"})
    world.work()
    (entry,) = entries_of_files(world)
    assert entry.status is Status.DONE
    assert entry.results[-1].state == "skipped"
    assert words in entry.results[-1].note
    assert world.state["files"] == []
    assert world.alerts == []


def test_what_whatsapp_does_not_give_ends_with_a_note(world: World) -> None:
    world.sandbox.whatsapp.files["4712"] = ("video/mp4", b"x" * (LARGEST_FILE + 1))
    for number, media in enumerate(("4712", "999")):
        by_whatsapp(world, number, type="video", video={"id": media})
    world.work()
    gone, large = entries_of_files(world)
    assert "more than 20 MB" in large.results[-1].note
    assert "does not exist" in gone.results[-1].note
    assert world.state["files"] == []
    assert world.entries(Status.PARKED) == []


def test_a_key_without_the_right_parks_files_alone_and_a_person_hears_once(world: World) -> None:
    world.fault(target="retailcrm", kind="403", path="/files/")
    by_telegram(world)
    by_telegram(world, 2, voice={"file_id": "voice"})
    world.work()
    assert len(world.order_ids()) == 1
    parked = world.entries(Status.PARKED)
    assert [entry.reason for entry in parked] == ["crm-refused", "crm-refused"]
    assert all("file_write" in entry.detail for entry in parked)
    (alert,) = world.alerts
    assert "file_write" in alert
    world.clear_faults()
    for entry in parked:
        assert replay(world.engine, entry, "Анна", world.now) is None
    world.work()
    assert files(world) == [("voice.oga", [order_id(world)]), ("Чертёж.pdf", [order_id(world)])]


def test_a_wrong_token_is_told_as_an_outage(world: World) -> None:
    world.fault(target="telegram_bot", kind="401")
    by_telegram(world)
    world.work_for(minutes=30)
    assert any("telegram" in alert for alert in world.alerts)
    world.clear_faults()
    world.work_for(minutes=30)
    assert files(world) == [("Чертёж.pdf", [order_id(world)])]


def test_a_crm_that_is_away_is_asked_before_anything_is_fetched(world: World) -> None:
    by_telegram(world)
    assert world.step(world.engine.work)
    world.fault(target="retailcrm", kind="502")
    world.work_for(minutes=3)
    assert not any("getFile" in request for request in world.sandbox.requests)
    world.clear_faults()
    world.work_for(minutes=30)
    assert files(world) == [("Чертёж.pdf", [order_id(world)])]


def test_nothing_is_fetched_unless_the_shop_wants_it(tmp_path: Path) -> None:
    world = a_world(tmp_path, messengers={})
    by_telegram(world)
    by_whatsapp(world)
    world.work()
    assert entries_of_files(world) == []
    assert not any("getFile" in request for request in world.sandbox.requests)
    world.close()


def test_a_messenger_without_a_token_is_not_asked(tmp_path: Path) -> None:
    mute = {name: value for name, value in SOURCES["telegram"].items() if name != "token"}
    world = a_world(tmp_path, sources={"telegram": mute})
    by_telegram(world)
    world.work()
    assert len(world.order_ids()) == 1
    assert entries_of_files(world) == []
    world.close()


@pytest.mark.parametrize("content", [{"sticker": {"file_id": "voice"}}, {"text": "Здравствуйте"}])
def test_what_is_no_document_is_not_put_there(world: World, content: dict[str, Any]) -> None:
    by_telegram(world, **content)
    world.work()
    assert entries_of_files(world) == []


def test_observe_mode_does_nothing(tmp_path: Path) -> None:
    world = a_world(tmp_path, shop={"mode": "observe"})
    by_telegram(world)
    world.work()
    assert world.orders == []
    assert not any("getFile" in request for request in world.sandbox.requests)
    world.close()


def test_observe_mode_that_comes_in_between_does_nothing_more(world: World) -> None:
    by_telegram(world)
    assert world.step(world.engine.work)
    world.shop = shop_that_takes_files(rules={"observe": ["message-received"]})
    world.restart()
    world.work()
    (entry,) = entries_of_files(world)
    assert entry.status is Status.OBSERVED
    assert world.state["files"] == []


def test_a_file_of_an_order_that_is_gone_ends_with_a_note(world: World) -> None:
    by_telegram(world)
    assert world.step(world.engine.work)
    world.lose_the_crm()
    with_files(world)
    world.work()
    (entry,) = entries_of_files(world)
    assert (entry.status, entry.reason) == (Status.IGNORED, "no-order")


def test_neither_token_nor_address_is_kept_or_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for library in LIBRARIES:
        caplog.set_level(logging.WARNING, library)
    world.fault(target="telegram_bot", kind="hang", path="/file/", times=1)
    world.fault(target="whatsapp", kind="500", path="/whatsapp_business/", times=1)
    by_telegram(world)
    by_whatsapp(world)
    world.work_for(step=timedelta(seconds=30), minutes=30)
    assert len(files(world)) == 2
    kept = json.dumps([entry.model_dump(mode="json") for entry in world.entries()]) + caplog.text
    for secret in ("telegram-bot-sandbox", "whatsapp-sandbox", "lookaside", "documents/file_5"):
        assert secret not in kept
