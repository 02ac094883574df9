"""Programs that run beside the benchmark, each on a free port of this machine."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from benchmarks import process_stats
from benchmarks.arrivals import Order
from benchmarks.sending import Sent

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.002
LOOK_EVERY_SECONDS = 0.1
TELL_EVERY_SECONDS = 10.0
FASTER_THAN_ANY_CRM = 1_000_000


class Program:
    """A program that answers HTTP.

    Attributes:
        port: where it listens.
        start_seconds: from starting it to its first good answer.
    """

    def __init__(
        self, arguments: Sequence[str], port: int, health: str, folder: Path, **environment: str
    ) -> None:
        """Start ``python -m`` with these arguments and wait until it answers.

        Its environment is next to empty, and so is its folder: a variable or a file that names a real CRM
        must not reach it.
        """
        self.port = port
        self._log = folder / f"{port}.log"
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and programs
                [sys.executable, "-m", *arguments],
                cwd=folder,
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environment},
                stdout=log,
                stderr=log,
            )
        self._wait_for(health)
        self.start_seconds = time.perf_counter() - began

    def __enter__(self) -> Self:
        """Use it in a ``with`` statement, which stops it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, if it still runs."""
        self._process.terminate()
        self._process.wait()

    def kill(self) -> None:
        """As a power cut would: it cannot finish anything."""
        self._process.kill()
        self._process.wait()

    @property
    def cpu_seconds(self) -> float:
        """CPU time that it has used so far."""
        return process_stats.cpu_seconds(self._process.pid)

    @property
    def memory(self) -> process_stats.Memory:
        """The memory that it holds."""
        return process_stats.memory(self._process.pid)

    def ask(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 -- JSON
        """Send a request; return the answer's JSON.

        Raises:
            RuntimeError: the answer is no 200.
        """
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, json.dumps(content) if content is not None else None)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return json.loads(body)

    def _wait_for(self, health: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
                connection.request("GET", health)
                if connection.getresponse().status == HTTPStatus.OK:
                    return
            except OSError:
                time.sleep(POLL_SECONDS)
            finally:
                connection.close()
        raise RuntimeError(f"no answer at port {self.port}:\n{self._log.read_text(encoding='utf-8')}")


class SandboxProgram(Program):
    """The pretend CRM."""

    def __init__(self, folder: Path) -> None:
        """Start it with the limit of requests that retailCRM has."""
        port = free_port()
        super().__init__(["sandbox", "--port", str(port)], port, "/sandbox/health", folder)

    def lift_limit(self) -> None:
        """Answer as many requests as come."""
        self.ask("POST", "/sandbox/settings", {"rate_limit": None})

    def orders(self) -> list[Order]:
        """All orders from leads."""
        return [
            Order(made["externalId"], made["phone"], datetime.fromisoformat(made["at"]).timestamp())
            for made in self.ask("GET", "/sandbox/arrivals")
            if made["externalId"].startswith("lead-")
        ]

    def calls(self) -> dict[str, int]:
        """How often each method of the CRM was called, such as ``GET /api/v5/orders 200``."""
        return {name: count for name, count in self.requests().items() if "/api/v5/" in name}

    def requests(self) -> dict[str, int]:
        """The same of each pretend service."""
        requests: dict[str, int] = self.ask("GET", "/sandbox/requests")
        return requests


class Server(Program):
    """Leadkeeper on one machine, with the example shop."""

    def __init__(
        self, folder: Path, sandbox: SandboxProgram, *, is_paced: bool = False, tables: str = ""
    ) -> None:
        """Start it.

        Args:
            folder: for its data.
            sandbox: its CRM.
            is_paced: keep below the CRM's limit, as the example shop does, or send as fast as can be.
            tables: of the shop file besides.
        """
        port = free_port()
        super().__init__(
            ["standalone.cli", "serve"],
            port,
            "/health",
            folder,
            PORT=str(port),
            SANDBOX_PORT=str(sandbox.port),
            DATA=str(folder / "data"),
            LEADKEEPER_SHOP=str(_shop_file(folder, tables, is_paced=is_paced)),
        )

    @property
    def waiting(self) -> int:
        """How many messages wait in its queues."""
        return int(self.ask("GET", "/health")["queue_depth"])

    def finish(self, within_seconds: float, tell: Callable[[str], None]) -> None:
        """Return once nothing waits; tell from time to time how much is left.

        Raises:
            RuntimeError: not in time.
        """
        deadline = time.monotonic() + within_seconds
        tell_at = time.monotonic() + TELL_EVERY_SECONDS
        while waiting := self.waiting:
            now = time.monotonic()
            if now > deadline:
                raise RuntimeError(f"{waiting} messages still wait")
            if now > tell_at:
                tell(f"{waiting} wait")
                tell_at += TELL_EVERY_SECONDS
            time.sleep(LOOK_EVERY_SECONDS)


class BareServer(Program):
    """One of the servers that an accept is compared with."""

    def __init__(self, folder: Path, kind: str) -> None:
        """Start it; ``kind`` as in ``benchmarks.bare``."""
        port = free_port()
        arguments = ["benchmarks.bare", kind, "--port", str(port), "--folder", str(folder)]
        super().__init__(arguments, port, "/", folder)


def send_leads(way: str, port: int, first: int, **options: float | str) -> list[Sent]:
    """Let a process of its own send leads; see ``benchmarks.load``."""
    settings = {"port": port, "first": first, **options}
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "benchmarks.load", way, *arguments]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 -- our own program
    return [Sent(*row) for row in json.loads(ended.stdout)]


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _shop_file(folder: Path, tables: str, *, is_paced: bool) -> Path:
    example = (ROOT / "shop.example.toml").read_text(encoding="utf-8")
    path = folder / ("shop.toml" if is_paced else "fast-shop.toml")
    pace = "" if is_paced else f"requests_per_second = {FASTER_THAN_ANY_CRM}\n"
    shop = example.replace("[crm]\n", f"[crm]\n{pace}")
    path.write_text(f"{shop}\n{tables}", encoding="utf-8")
    return path
