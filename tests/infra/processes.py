"""Programs that run beside a test and end with it: the emulator of AWS, and the sandbox."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import boto3
import httpx

ROOT = Path(__file__).parents[2]
EMULATOR = ROOT / ".venv" / "emulator" / "bin" / "ministack"
REGION = "eu-central-1"
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.05
LIFETIME_SECONDS = 600
"""How long the emulator lives at most, even if the test is killed."""

T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"waited in vain for {what}")


class Program:
    """A program that listens on a port of this machine."""

    def __init__(self, command: list[str], port: int, environment: Mapping[str, str], log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(f"an answer at {self.url}", self._answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The group: the emulator runs each function in a process of its own.
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.communicate(timeout=PATIENCE_SECONDS / 6)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()

    def _answers(self) -> bool:
        assert self._process.poll() is None, "it ended at once"
        try:
            httpx.get(self.url, trust_env=False)
        except httpx.TransportError:
            return False
        return True


class Emulator(Program):
    """An AWS account on this machine."""

    def __init__(self, folder: Path) -> None:
        """Start with next to no environment: the emulator would hand it on to the functions."""
        temporary = folder / "tmp"
        temporary.mkdir()
        port = free_port()
        environment = {
            "PATH": os.defpath,
            "TMPDIR": str(temporary),
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "LAMBDA_EXECUTOR": "local",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        timeout = shutil.which("timeout")
        assert timeout is not None
        command = [timeout, "--foreground", str(LIFETIME_SECONDS), str(EMULATOR)]
        super().__init__(command, port, environment, folder / "emulator.log")

    @property
    def environment(self) -> dict[str, str]:
        """What leads boto3 and the commands that deploy to this account."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **outside,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def logs(self) -> str:
        """What the functions logged, to see why a test failed."""
        logs = self.client("logs")
        groups = logs.describe_log_groups()["logGroups"]
        events = [
            event
            for group in groups
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]
        return "".join(f"{event['message'].rstrip()}\n" for event in events)

    def client(self, service: str) -> Any:
        """A client of one service."""
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        return session.client(service, endpoint_url=self.url)


class SandboxProgram(Program):
    """The pretend outside world."""

    def __init__(self, folder: Path) -> None:
        """Start without the CRM's limit."""
        self.port = free_port()
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--exit-with-parent"]
        super().__init__(command, self.port, os.environ, folder / "sandbox.log")
        settings = f"{self.url}/sandbox/settings"
        httpx.post(settings, json={"rate_limit": None}, trust_env=False).raise_for_status()

    @property
    def state(self) -> dict[str, Any]:
        """Orders, tasks, messages."""
        state: dict[str, Any] = httpx.get(f"{self.url}/sandbox/state", trust_env=False).json()
        return state


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
