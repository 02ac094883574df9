"""What FreePBX's table says of a call, and the way from the PBX to our door."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.asterisk import leadkeeper_calls
from chalicelib.providers.asterisk.leadkeeper_calls import FIELDS, Row, call_of

from .contract import SOURCE, Door

SECRET = "asterisk-demo-secret-1"
FOLDER = Path(leadkeeper_calls.__file__).parent
ID = "1762161300.42"
BEGAN = 1762161300


def row(**changes: Any) -> Row:
    """A leg that rang a telephone in vain."""
    fields = {
        "uniqueid": ID,
        "linkedid": ID,
        "began": BEGAN,
        "duration": 37,
        "billsec": 0,
        "disposition": "NO ANSWER",
        "lastapp": "Dial",
        "src": "79161234567",
        "dst": "600",
        "did": "74950000001",
        "dstchannel": "PJSIP/101-00000001",
        "recordingfile": "",
    }
    assert changes.keys() <= fields.keys()
    return {name: str(value) for name, value in {**fields, **changes}.items()}


PICKED_UP = {"disposition": "ANSWERED", "billsec": 20, "dstchannel": "PJSIP/102-00000002"}
QUEUE = {"lastapp": "Queue", "disposition": "ANSWERED", "billsec": 37, "dstchannel": ""}
MENU = {"lastapp": "BackGround", "disposition": "ANSWERED", "billsec": 12, "dstchannel": ""}
OUTBOUND = {"src": "101", "dst": "89161234567", "did": "", "dstchannel": "PJSIP/trunk-00000003"}


@pytest.mark.parametrize(
    ("outcome", "rows"),
    [
        ("missed", [row()]),
        ("missed", [row(disposition="BUSY"), row(disposition="FAILED", dstchannel="")]),
        ("missed", [row(**QUEUE)]),
        ("missed", [row(**QUEUE), row(uniqueid="1762161310.50", did="")]),
        ("missed", [row(**{**QUEUE, "dstchannel": "Local/101@from-queue-0001;1"})]),
        ("missed", [row(**MENU), row(**{**PICKED_UP, "billsec": 0})]),
        ("missed", [row(), row(**{**PICKED_UP, "lastapp": "VoiceMail"})]),
        ("menu", [row(**MENU)]),
        ("menu", [row(**{**MENU, "lastapp": "Playback"})]),
        ("answered", [row(**PICKED_UP)]),
        ("answered", [row(), row(**PICKED_UP)]),
        ("answered", [row(**MENU), row(**PICKED_UP)]),
        ("answered", [row(**{**QUEUE, **PICKED_UP})]),
        ("answered", [row(**QUEUE), row(**PICKED_UP, uniqueid="1762161310.51", did="")]),
        ("answered", [row(**PICKED_UP), row(uniqueid="1762161330.60", src="102", did="")]),
    ],
)
def test_only_a_telephone_that_was_picked_up_is_an_answer(outcome: str, rows: list[Row]) -> None:
    call = call_of(rows, {})
    assert call is not None
    assert (call["outcome"], call["direction"], call["client"]) == (outcome, "inbound", "79161234567")


def test_an_answer_tells_who_talked_when_and_how_long() -> None:
    rows = [
        row(**{**PICKED_UP, "recordingfile": "/var/spool/asterisk/monitor/2025/11/03/in.wav"}),
        row(**{**PICKED_UP, "began": BEGAN + 37, "dstchannel": "SIP/103-1"}, uniqueid="2", did=""),
    ]
    call = call_of(rows, {"pbx": "office", "recordings_url": "https://pbx.example/monitor/"})
    day = datetime.fromtimestamp(BEGAN, UTC).astimezone().strftime("%Y/%m/%d")
    assert call == {
        "pbx": "office",
        "linkedid": ID,
        "direction": "inbound",
        "outcome": "answered",
        "client": "79161234567",
        "line": "74950000001",
        "started_at": "2025-11-03T09:15:00Z",
        "employee": "103",
        "answered_at": "2025-11-03T09:15:17Z",
        "talk_seconds": 57,
        "recording_url": f"https://pbx.example/monitor/{day}/in.wav",
    }


def test_a_call_to_a_client_is_outbound() -> None:
    call = call_of([row(**{**PICKED_UP, **OUTBOUND})], {})
    assert call is not None
    said = (call["direction"], call["outcome"], call["client"], call["employee"])
    assert said == ("outbound", "answered", "89161234567", "101")
    unanswered = call_of([row(**OUTBOUND)], {})
    assert unanswered is not None
    assert (unanswered["direction"], unanswered["outcome"]) == ("outbound", "missed")


def test_an_old_python_can_read_the_program() -> None:
    ast.parse(Path(leadkeeper_calls.__file__).read_text(), feature_version=(3, 7))


def test_a_call_between_colleagues_is_not_told() -> None:
    assert call_of([row(**PICKED_UP, src="101", did="")], {}) is None


class Pbx:
    """A machine with a table of calls, and our door on the loopback."""

    def __init__(self, folder: Path, url: str, door: Door) -> None:
        self.door = door
        self.url = url
        self._folder = folder
        (folder / "mysql").write_text(f'#!/bin/sh\n[ "$1 $2" = "cdr --batch" ] && cat {folder}/rows\n')
        (folder / "mysql").chmod(0o755)
        config = {
            "url": url,
            "secret": SECRET,
            "pbx": "office",
            "told": str(folder / "told"),
            "mysql": [str(folder / "mysql"), "cdr"],
        }
        (folder / "config").write_text(json.dumps(config))

    def tell(self, *rows: Row) -> int:
        """One run of the program with these rows in the table; its exit status."""
        lines = ("\t".join(row[name] or "NULL" for name in FIELDS) + "\n" for row in rows)
        (self._folder / "rows").write_text("".join(lines))
        program = [sys.executable, leadkeeper_calls.__file__, str(self._folder / "config")]
        return subprocess.run(program, check=False, capture_output=True).returncode

    def events(self) -> list[Any]:
        return [event for envelope in self.door.queue for event in self.door.read(envelope).events]


@contextmanager
def our_door(door: Door) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            now = datetime.now(UTC)
            reply = door.gate.receive(Webhook(SOURCE, "POST", (), {}, headers, body, now))
            self.send_response(reply.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/{SOURCE}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def pbx(tmp_path: Path) -> Iterator[Pbx]:
    door = Door("asterisk", {"secret": SECRET})
    with our_door(door) as url:
        yield Pbx(tmp_path, url, door)


def test_each_call_is_told_once_and_the_first_run_tells_none(pbx: Pbx) -> None:
    before = row(uniqueid="1.1", linkedid="1.1")
    assert pbx.tell(before) == 0
    assert pbx.events() == []
    for _ in range(2):
        assert pbx.tell(before, row(), row(uniqueid="1.2", linkedid="1.2", **PICKED_UP)) == 0
    missed, answered = pbx.events()
    assert isinstance(missed, CallMissed)
    assert isinstance(answered, CallAnswered)
    assert (missed.call_id, missed.phone) == (f"office:{ID}", "+79161234567")
    assert answered.employee == "102"


def test_an_empty_table_is_a_beginning_too(pbx: Pbx) -> None:
    assert pbx.tell() == 0
    assert pbx.tell(row()) == 0
    assert len(pbx.events()) == 1


def test_what_was_not_taken_is_told_by_the_next_run(pbx: Pbx) -> None:
    pbx.tell()
    pbx.door.gate.sources = {}
    assert pbx.tell(row()) != 0
    assert pbx.events() == []
    pbx.door.__post_init__()
    assert pbx.tell(row()) == 0
    assert len(pbx.events()) == 1


def test_nothing_is_forgotten_while_the_table_grows(pbx: Pbx, tmp_path: Path) -> None:
    pbx.tell()
    (tmp_path / "told").write_text("begun\n" + "".join(f"0.{number}\n" for number in range(20_001)))
    assert pbx.tell(row(uniqueid="0.20000", linkedid="0.20000"), row()) == 0
    assert pbx.tell(row(uniqueid="0.20000", linkedid="0.20000"), row()) == 0
    assert len(pbx.events()) == 1
    assert len((tmp_path / "told").read_text().split()) < 20_000


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
def test_the_readmes_own_lines_work(pbx: Pbx) -> None:
    (lines,) = re.findall(r"```sh\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    content = json.dumps(call_of([row()], {"pbx": "office"}))
    environ = {**os.environ, "CALL": content, "ASTERISK_SECRET": SECRET, "LEADKEEPER_URL": pbx.url}
    subprocess.run(["sh", "-euc", lines], check=True, env=environ)  # noqa: S607 -- the shell of this machine
    assert len(pbx.events()) == 1
