"""The program from the command line, in a process of its own."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from chalicelib import bootstrap
from chalicelib.bootstrap import sqlite_engine
from chalicelib.checks.running import TICK
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from standalone.ownership import take_over
from standalone.serve import Standalone
from tests.checks.test_running import Look
from tests.engine.contract import NOON, an_envelope
from tests.standalone.host import ENVIRONMENT, PATIENCE_SECONDS

ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_it_serves_until_it_is_told_to_stop_and_logs_no_token(tmp_path: Path) -> None:
    old = an_envelope(at=datetime(2020, 1, 1, tzinfo=UTC))
    engine = sqlite_engine(tmp_path / "data")
    engine.journal.save(engine.journal.open(old, NOON).closed(Status.DONE, "", "", NOON))
    engine.close()
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    # No sandbox at this port: what comes in waits.
    environment |= {"PORT": str(port), "DATA": str(tmp_path / "data"), "SANDBOX_PORT": str(free_port())}
    command = [sys.executable, "-m", "standalone.cli", "serve"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert f"listens on http://127.0.0.1:{port}" in process.stderr.readline()
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            transport=transport,
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        ) as http:
            assert http.get("/health").json()["status"] == "ok"
            form = {"tranid": "1:1", "formid": "f", "Phone": "+79161234567"}
            assert http.post("/hooks/tilda/demo-token", data=form).status_code == 200
            assert http.post("/hooks/tilda/secret-in-path", data=form).status_code == 403
        process.send_signal(signal.SIGTERM)
        logged = process.stderr.read()
        process.wait(PATIENCE_SECONDS)
    assert '"message": "accepted"' in logged
    assert '"message": "rejected"' in logged
    for secret in ("demo-token", "secret-in-path", "telegram-sandbox", "9161234567", "Traceback"):
        assert secret not in logged
    engine = sqlite_engine(tmp_path / "data")
    assert engine.work.depth().messages == 1
    assert engine.journal.latest([Status.DONE]) == []  # it had expired
    engine.close()


def test_two_processes_must_not_work_with_one_folder(tmp_path: Path) -> None:
    lock = take_over(tmp_path)
    with pytest.raises(ConfigurationError, match="another Leadkeeper works with"):
        take_over(tmp_path)
    lock.close()
    take_over(tmp_path).close()


def test_it_listens_to_this_machine_only_unless_it_is_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    standalone = Standalone()
    assert standalone.address == ("127.0.0.1", 8000)
    monkeypatch.setenv("HOST", "192.0.2.7")
    monkeypatch.setenv("PORT", "9000")
    assert standalone.address == ("192.0.2.7", 9000)
    standalone.close()


def test_what_takes_long_holds_up_nothing_that_is_looked_at_each_minute() -> None:
    standalone = Standalone()
    was_looked_at = threading.Event()
    waited: queue.SimpleQueue[bool] = queue.SimpleQueue()
    bootstrap.application().checks.checks = {
        "parcels": Look("parcels", TICK * 60, lambda: waited.put(was_looked_at.wait(PATIENCE_SECONDS))),
        "endpoints": Look("endpoints", TICK, was_looked_at.set),
    }
    rounds = standalone._repeating  # noqa: SLF001 -- what ``run`` starts, without the HTTP server
    for repeating in rounds:
        repeating.start()
    assert waited.get(timeout=PATIENCE_SECONDS)
    for repeating in rounds:
        repeating.stop()
    standalone.close()


def test_it_knows_how_much_room_there_is_on_its_disk() -> None:
    standalone = Standalone()
    assert bootstrap.application().engine.free_bytes()
    standalone.close()


def test_a_wrong_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    standalone = Standalone()
    with pytest.raises(ConfigurationError, match="PORT"):
        _ = standalone.address
    standalone.close()
