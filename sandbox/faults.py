"""Trouble on demand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sandbox.documents import Document
from sandbox.exchange import Request

TARGETS = frozenset(
    {"retailcrm", "twilio", "smsru", "smsc", "telegram", "telegram_bot", "max", "vk", "whatsapp", "geohelper"}
    | {"moysklad", "production"}
)
STATUSES = {"400": 400, "401": 401, "403": 403, "429": 429, "500": 500, "502": 502, "503": 503, "504": 504}
KINDS = frozenset({"latency", "garbage", "refuse", "hang", "reset", "drop", *STATUSES})


@dataclass(slots=True)
class Fault:
    """One kind of trouble with one service.

    Attributes:
        target: one of ``TARGETS``.
        kind: one of ``KINDS``. With ``latency`` and ``drop`` the work is done, with all others it is not.
        seconds: how long each answer takes, for ``latency``.
        times: how many requests are still to suffer; None until it is cleared.
        path: only requests whose path contains this text.
        method: only requests with this method.
    """

    target: str
    kind: str
    seconds: float = 0.0
    times: int | None = None
    path: str | None = None
    method: str | None = None

    def hits(self, target: str, request: Request) -> bool:
        """Whether this request suffers from it."""
        return (
            self.target == target
            and self.times != 0
            and (self.path is None or self.path in request.path)
            and (self.method is None or self.method.upper() == request.method)
        )


class Faults:
    """All trouble that is switched on."""

    def __init__(self) -> None:
        """Begin without any."""
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        self._faults.clear()

    def strike(self, target: str, request: Request) -> tuple[float, str | None]:
        """The delay of this request and the kind of its trouble, if any; each is counted as used."""
        delay, kind = 0.0, None
        for fault in self._faults:
            if not fault.hits(target, request):
                continue
            if fault.kind == "latency":
                delay += fault.seconds
            elif kind is None:
                kind = fault.kind
            else:
                continue
            if fault.times is not None:
                fault.times -= 1
        self._faults = [fault for fault in self._faults if fault.times != 0]
        return delay, kind

    def to_documents(self) -> list[Document]:
        """As JSON objects."""
        return [asdict(fault) for fault in self._faults]


def read_fault(document: Mapping[str, object]) -> Fault:
    """The fault that a JSON object describes.

    Raises:
        ValueError: it describes none.
    """
    unknown = sorted(set(document) - {"target", "kind", "seconds", "times", "path", "method"})
    if unknown:
        raise ValueError(f"unknown field: {', '.join(unknown)}")
    target, kind = str(document.get("target")), str(document.get("kind"))
    if target not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(sorted(TARGETS))}")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    return Fault(
        target=target,
        kind=kind,
        seconds=_seconds(document.get("seconds"), kind),
        times=_times(document.get("times")),
        path=_text(document.get("path"), "path"),
        method=_text(document.get("method"), "method"),
    )


def _seconds(value: object, kind: str) -> float:
    if value is None and kind != "latency":
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError("seconds must be a number that is not negative")
    return float(value)


def _times(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("times must be a positive integer or null")
    return value


def _text(value: object, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{name} must be a string or null")
