"""``kill -9`` of the real program, against a real sandbox beside it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

LEADS = 24
PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            continue
        return
    raise AssertionError(f"nothing answers at {url}")


class Program:
    """Leadkeeper and its sandbox as two processes."""

    def __init__(self, folder: Path) -> None:
        self.port, self.sandbox_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "DATA": str(folder),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        self.sandbox = self.spawn("sandbox", "--port", str(self.sandbox_port))
        wait_for(f"http://127.0.0.1:{self.sandbox_port}/sandbox/faults")
        self.control("settings", {"rate_limit": None})
        self.start()

    def spawn(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", *arguments]
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        self.server = self.spawn("standalone.cli", "serve")
        wait_for(f"http://127.0.0.1:{self.port}/health")

    def kill(self) -> None:
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def control(self, path: str, values: dict[str, object]) -> None:
        url = f"http://127.0.0.1:{self.sandbox_port}/sandbox/{path}"
        httpx.post(url, json=values, trust_env=False).raise_for_status()

    def lead(self, number: int) -> int:
        """Send a lead; 0 if there was no answer."""
        form = {"tranid": f"kill:{number}", "formid": "form1", "Phone": f"+7916100{number:04}"}
        url = f"http://127.0.0.1:{self.port}/hooks/tilda/demo-token"
        try:
            return httpx.post(url, data=form, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    def orders(self) -> list[str]:
        url = f"http://127.0.0.1:{self.sandbox_port}/sandbox/state"
        state = httpx.get(url, trust_env=False).json()
        return [order["externalId"] for order in state["orders"] if order["number"] != "1001A"]

    def depth(self) -> int:
        health = httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False).json()
        return int(health["queue_depth"])

    def stop(self) -> None:
        for process in (self.server, self.sandbox):
            process.terminate()
            process.wait()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.stop()


def test_everything_that_was_answered_is_exactly_one_order(program: Program) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(program.lead, number) for number in range(LEADS)]
        answers[LEADS // 2].result()
        program.kill()
        answered = {number for number, answer in enumerate(answers) if answer.result() == 200}
    assert answered
    program.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while program.depth() and time.monotonic() < deadline:
        pass
    orders = program.orders()
    assert len(orders) == len(set(orders))
    assert {f"lead-tilda-kill:{number}" for number in answered} <= set(orders)


def test_second_program_does_not_work_with_the_same_data(program: Program) -> None:
    command = [sys.executable, "-m", "standalone.cli", "serve"]
    environment = {**program.environment, "PORT": str(free_port())}
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert "another Leadkeeper works with" in second.stderr
