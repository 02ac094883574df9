"""Crash at any step: every read and write of the pipeline, before it and after it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from chalicelib.engine.port import Engine
from chalicelib.settings import Shop
from tests.world import World


class Crash(BaseException):
    """The process is gone. No ``except Exception`` may notice."""


class Steps:
    """Numbers each step by itself, so that a new one cannot be forgotten.

    Attributes:
        names: what each step was, in order.
        crash_at: the number or the name of the step at which the process dies; None to only count.
    """

    def __init__(self, crash_at: int | str | None = None) -> None:
        self.names: list[str] = []
        self.crash_at = crash_at

    def take(self, name: str) -> None:
        self.names.append(name)
        if self.crash_at in {len(self.names) - 1, name}:
            raise Crash(name)

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        self.take(f"before {name}")
        result = call()
        self.take(f"after {name}")
        return result


READING = frozenset(
    {"get", "get_many", "known", "find", "envelope", "latest", "received", "counts", "due", "depth"}
    | {"GetItem", "BatchGetItem", "Query", "GetQueueAttributes"}
)
"""The steps that change nothing outside: of the engine's parts, and of AWS. A request to the CRM may use up a
fault of the sandbox, so it is none of them."""


def worth_a_crash(names: list[str]) -> list[tuple[int, str]]:
    """The first step, and those right after something outside has changed.

    Before the next change all is as it was after the last one: a process that dies in between, at whatever
    step, leaves the same behind.
    """

    def in_vain(number: int) -> bool:
        """Nothing was received, so that the next one is asked for."""
        return _is_receive(names[number]) and all(
            _is_receive(name) for name in names[number + 1 : number + 2]
        )

    changes = [number for number in range(len(names)) if _changes(names[number]) and not in_vain(number)]
    return [(number, names[number]) for number in (0, *changes)]


def _is_receive(name: str) -> bool:
    return name.endswith(("receive", "ReceiveMessage"))


def _changes(name: str) -> bool:
    moment, _, what = name.partition(" ")
    return moment == "after" and what.rpartition(".")[2] not in READING


class Watched:
    """Something whose public methods are steps."""

    def __init__(self, name: str, watched: Any, steps: Steps) -> None:
        self._name = name
        self._watched = watched
        self._steps = steps

    def __getattr__(self, method: str) -> Any:
        attribute = getattr(self._watched, method)
        if not callable(attribute):
            return attribute
        return lambda *arguments: self._steps.around(f"{self._name}.{method}", lambda: attribute(*arguments))


class WatchedTransport(httpx.BaseTransport):
    """The network, whose requests are steps: after one, the remote has done the work."""

    def __init__(self, transport: httpx.BaseTransport, steps: Steps) -> None:
        self._transport = transport
        self._steps = steps

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {request.url.path}"
        response: httpx.Response = self._steps.around(name, lambda: self._transport.handle_request(request))
        return response


class CrashingWorld(World):
    """A world whose worker can be killed at a step."""

    def __init__(self, folder: Path, steps: Steps, shop: Shop | None = None) -> None:
        self.steps: Steps | None = steps
        super().__init__(folder, shop)

    def instrumented(self, engine: Engine) -> Engine:
        if self.steps is None:
            return engine
        parts: dict[str, Any] = {
            name: Watched(name, getattr(engine, name), self.steps)
            for name in ("work", "notify", "timers", "journal", "documents")
        }
        return replace(engine, **parts)

    def network(self) -> httpx.BaseTransport:
        transport = super().network()
        return transport if self.steps is None else WatchedTransport(transport, self.steps)

    def resume(self) -> None:
        """Start again after the crash, without crashes."""
        self.steps = None
        self.restart()
