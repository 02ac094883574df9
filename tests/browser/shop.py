"""What ``make run`` starts, as a program of its own: the host, its sandbox, and a short day in a shop."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import httpx

from tests.programs import PATIENCE_SECONDS, free_port

SIGN_IN = re.compile(r"\(name (\S+), password (\S+), for this run\)")
ROOT = Path(__file__).parents[2]


class TryOut:
    """The program while it runs.

    Attributes:
        url: where the console is.
        sandbox: where the pretend world is told what to do.
    """

    def __init__(self, folder: Path, more: Mapping[str, str]) -> None:
        port, sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox = f"http://127.0.0.1:{sandbox_port}"
        self.printed = ""
        self.name, self.password = "", ""
        self._day_is_over = threading.Event()
        outside = {name: value for name, value in os.environ.items() if not name.startswith("LEADKEEPER_")}
        own = {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "DATA": str(folder), "COLUMNS": "200"}
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "standalone.try_out"],
            env={**outside, **own, **more},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        self._day_is_over.wait(PATIENCE_SECONDS)
        if "Look at" not in self.printed:
            self._end()
            raise AssertionError(f"the day does not end:\n{self.printed}")
        self.name, self.password = SIGN_IN.findall(self.printed)[0]
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE_SECONDS)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.printed += line
            if line.startswith("Look at"):
                self._day_is_over.set()
        self._day_is_over.set()

    def lead(self, number: str, phone: str) -> None:
        """Somebody fills in the form on the landing page."""
        form = {
            "tranid": number,
            "formid": "form1",
            "formname": "Расчёт тента",
            "Name": "Вера",
            "Phone": phone,
        }
        url = f"{self.url}/hooks/tilda/demo-token"
        httpx.post(url, data=form, trust_env=False).raise_for_status()

    def fault(self, target: str, kind: str) -> None:
        """Break something outside, until ``mend``."""
        url = f"{self.sandbox}/sandbox/faults"
        httpx.post(url, json={"target": target, "kind": kind}, trust_env=False).raise_for_status()

    def mend(self) -> None:
        """Break nothing any more."""
        httpx.delete(f"{self.sandbox}/sandbox/faults", trust_env=False).raise_for_status()
