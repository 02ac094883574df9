"""What an endpoint was asked, what it answered, and what is wrong with that. No I/O."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.checks.endpoints.settings import Endpoint
from chalicelib.checks.endpoints.statuses import SUCCESS, Statuses
from chalicelib.gate.form import Unparsable, json_value

LONGEST_WORDS = 60
"""Characters that are told of what was found."""

Reason = Literal[
    "timeout",
    "unreachable",
    "certificate-invalid",
    "redirect-refused",
    "too-many-redirects",
    "status",
    "text",
    "no-json",
    "json",
    "slow",
    "certificate-ends",
    "lead-lost",
    "lead-unread",
    "network",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, for the template ``checks/endpoint_problem``.

    Attributes:
        reason: its kind.
        found: what there is, such as ``502``.
        wanted: what there should be.
    """

    reason: Reason
    found: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask.

    Attributes:
        headers: may hold secrets.
        timeout: for the whole answer, redirects included.
        final: statuses that are wanted as they are, even if they are redirects.
        allow_private: whether a redirect may lead to a private address.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    timeout: timedelta = timedelta(seconds=10)
    final: Statuses = SUCCESS
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, after redirects.

    Attributes:
        body: its beginning.
        took: from the first request to the end of the body, or of what we read of it.
        certificate_ends_at: the earliest end of the certificates on the way; None without TLS.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    took: timedelta = timedelta()
    certificate_ends_at: datetime | None = None


def request_to(endpoint: Endpoint) -> Request:
    """What an endpoint is asked."""
    return Request(
        url=endpoint.url,
        method=endpoint.method,
        headers={name: value.get_secret_value() for name, value in endpoint.headers.items()},
        timeout=endpoint.timeout,
        final=endpoint.status,
        allow_private=endpoint.allow_private,
    )


def shortcoming(endpoint: Endpoint, answer: Answer) -> Problem | None:
    """The first thing that differs from what was expected; None if all is well."""
    if answer.status not in endpoint.status:
        return Problem("status", str(answer.status), str(endpoint.status))
    if endpoint.text and endpoint.text not in answer.body.decode("utf-8", "replace"):
        return Problem("text", wanted=_shortened(endpoint.text))
    if endpoint.json_values:
        problem = _json_problem(endpoint.json_values, answer.body)
        if problem is not None:
            return problem
    if endpoint.max_latency is not None and answer.took > endpoint.max_latency:
        return Problem("slow", _seconds(answer.took), _seconds(endpoint.max_latency))
    return None


def certificate_problem(endpoint: Endpoint, answer: Answer, now: datetime) -> Problem | None:
    """The certificate's end, if it is near."""
    if endpoint.certificate_days is None or answer.certificate_ends_at is None:
        return None
    days = (answer.certificate_ends_at - now).days
    return Problem("certificate-ends", str(days)) if days < endpoint.certificate_days else None


def timed_out(request: Request) -> Problem:
    """No whole answer in time."""
    return Problem("timeout", _seconds(request.timeout))


def _json_problem(wanted: Mapping[str, object], body: bytes) -> Problem | None:
    try:
        content = json_value(body)
    except Unparsable:
        return Problem("no-json")
    for path, value in wanted.items():
        found = _at(content, path)
        # In Python True is 1, in JSON it is not.
        if found != value or isinstance(found, bool) != isinstance(value, bool):
            return Problem("json", _written(path, found), _written(path, value))
    return None


def _at(content: object, path: str) -> object:
    """The value at a path such as ``checks.0.state``; None if there is nothing."""
    for key in path.split("."):
        match content:
            case Mapping():
                content = content.get(key)
            case list() if key.isdecimal() and int(key) < len(content):
                content = content[int(key)]
            case _:
                return None
    return content


def _written(path: str, value: object) -> str:
    return _shortened(f"{path} = {json.dumps(value, ensure_ascii=False)}")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else text[:LONGEST_WORDS] + "…"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.3g}"
