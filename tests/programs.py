"""Leadkeeper and its sandbox as two real programs, for tests that kill, starve and restart them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"it is not so in time: {what}"


def answers(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False)
    except httpx.TransportError:
        return False
    return True


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
        url = f"http://127.0.0.1:{self.sandbox_port}/sandbox/faults"
        wait_until(lambda: answers(url), url)
        self.control("settings", {"rate_limit": None})
        self.start()

    def spawn(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", *arguments]
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        self.server = self.spawn("standalone.cli", "serve")
        url = f"http://127.0.0.1:{self.port}/health"
        wait_until(lambda: answers(url), url)

    def kill(self) -> None:
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    @property
    def health(self) -> dict[str, Any]:
        health: dict[str, Any] = httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False).json()
        return health

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

    @property
    def state(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.sandbox_port}/sandbox/state"
        state: dict[str, Any] = httpx.get(url, trust_env=False).json()
        return state

    def orders(self) -> list[str]:
        return [order["externalId"] for order in self.state["orders"] if order["number"] != "1001A"]

    def depth(self) -> int:
        return int(self.health["queue_depth"])

    def stop(self) -> None:
        for process in (self.server, self.sandbox):
            process.terminate()
            process.wait()
