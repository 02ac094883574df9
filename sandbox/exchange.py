"""One request and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from sandbox.parameters import Node, parse

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        method: in upper case.
        path: as sent, percent-encoding and all.
        query: the query string, as sent.
        headers: names in lower case.
        body: as sent.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The decoded parts of the path, without empty ones at both ends."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))

    @cached_property
    def query_parameters(self) -> Node:
        """The parameters of the query string."""
        return parse(self.query)

    @cached_property
    def form(self) -> Node:
        """The fields of a form body; empty for any other body."""
        if not self.headers.get("content-type", "").startswith(FORM):
            return {}
        return parse(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True)
class Response:
    """What the sandbox answers.

    Attributes:
        status: the HTTP status.
        headers: names in lower case.
        body: the content.
        dropped: the connection breaks instead of an answer.
        refused: the connection is not even made; nothing was done.
        hung: no answer ever comes; nothing was done.
        delay: seconds to wait before answering.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    dropped: bool = False
    refused: bool = False
    hung: bool = False
    delay: float = 0.0

    @property
    def outcome(self) -> str:
        """What a counter calls it: the status, or how the connection went wrong."""
        broken = {"dropped": self.dropped, "refused": self.refused, "hung": self.hung}
        return next((name for name, happened in broken.items() if happened), str(self.status))


def json_response(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, {"content-type": "application/json; charset=utf-8", **(headers or {})}, body)


def html_response(status: int, text: str) -> Response:
    """An answer in HTML, such as web servers give when the application behind them is in trouble."""
    return Response(status, {"content-type": "text/html; charset=utf-8"}, text.encode())
