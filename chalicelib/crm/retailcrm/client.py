"""The HTTP side of retailCRM's API v5: key, form fields, errors, pace, back-off.

Source of the facts: the API's documentation and its official clients. What they leave open is marked.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from chalicelib.crm.port import NO_ACCESS
from chalicelib.errors import Refused, Unreachable
from chalicelib.logs import masked
from chalicelib.metrics import CRM_LATENCY, SILENT, Metrics
from chalicelib.pace import Pace

TIMEOUT = httpx.Timeout(10, connect=5)
SLOW_DOWN = frozenset({429, 503})
"""Over the limit the server answers 503; the official clients take 429 for the same."""

SLOW_DOWN_DELAYS = (0.1, 0.2, 0.4, 0.8)
"""Seconds, doubling as the official Go client does it. Then the event goes back to the queue."""

PATIENCE_SECONDS = 10
"""A server that says "slow down" slowly gets no further tries: the worker's time is limited."""

WITHOUT_ACCESS = frozenset({401, 403})
NOT_FOUND = 404
NO_ACCOUNT = "Account does not exist."
FIRST_SERVER_ERROR = 500

Parameters = Sequence[tuple[str, str]]


class NotFound(Refused):
    """The CRM has no such object, or none any more."""


class RetailCrmClient:
    """Sends requests with the key, at our pace, and turns answers into data or errors.

    Attributes:
        url: the account's base URL, such as ``https://example.retailcrm.ru``.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        pace: Pace,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        metrics: Metrics = SILENT,
    ) -> None:
        """Talk to the account at this base URL."""
        self.url = url
        self._http = httpx.Client(
            base_url=f"{url}/api/v5/",
            headers={"X-API-KEY": api_key},
            timeout=TIMEOUT,
            transport=transport,
            # Bodies are small, and a redirect of an API is a mistake in the configured URL.
            follow_redirects=False,
        )
        self._pace = pace
        self._sleep = sleep
        self._monotonic = monotonic
        self._metrics = metrics

    def get(self, path: str, parameters: Parameters = ()) -> dict[str, Any]:
        """Read.

        Raises:
            NotFound, Refused: for good.
            Unreachable: the CRM does not answer, or wants us to come again later.
        """
        return self._send("GET", path, params=list(parameters))

    def post(self, path: str, fields: Mapping[str, object]) -> dict[str, Any]:
        """Write. Structured fields go as JSON strings, as the API wants them.

        Raises:
            NotFound, Refused: for good.
            Unreachable: as for ``get``; ``maybe_done`` tells whether it may have been carried out.
        """
        form = {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in fields.items()
        }
        return self._send("POST", path, data=form)

    def post_bytes(self, path: str, content: bytes) -> dict[str, Any]:
        """Write what is no form: the body of the request is the content itself.

        Raises:
            NotFound, Refused, Unreachable: as for ``post``.
        """
        headers = {"content-type": "application/octet-stream"}
        return self._send("POST", path, content=content, headers=headers)

    def _send(self, method: str, path: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401 -- passed on to httpx
        begun = self._monotonic()
        for delay in (*SLOW_DOWN_DELAYS, None):
            response = self._attempt(method, path, content)
            if response.status_code not in SLOW_DOWN:
                return _answer(response, is_write=method == "POST")
            if delay is None or self._monotonic() - begun > PATIENCE_SECONDS:
                break
            self._sleep(delay)
        raise Unreachable("crm-unreachable", f"it answers {response.status_code}: too many requests, or down")

    def _attempt(self, method: str, path: str, content: Mapping[str, Any]) -> httpx.Response:
        self._pace.wait()
        begun = self._monotonic()
        try:
            response = self._http.request(method, path, **content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable("crm-unreachable", _words(error)) from None
        except httpx.HTTPError as error:
            # The request went out, and its answer was lost.
            raise Unreachable("crm-unreachable", _words(error), maybe_done=method == "POST") from None
        self._metrics.record(CRM_LATENCY, round((self._monotonic() - begun) * 1000, 1))
        return response


def path_segment(text: str) -> str:
    """An id inside a path."""
    return quote(text, safe="")


def _words(error: httpx.HTTPError) -> str:
    """What happened, without the URL: its query may hold a client's phone."""
    return type(error).__name__


def _answer(response: httpx.Response, *, is_write: bool) -> dict[str, Any]:
    status = response.status_code
    if status in WITHOUT_ACCESS:
        # A key that is being changed comes back: the events wait, and a person is told.
        raise Unreachable(NO_ACCESS, _message(response))
    if status >= FIRST_SERVER_ERROR:
        raise Unreachable("crm-unreachable", f"it answers {status}", maybe_done=is_write)
    body = _json(response)
    if body is None or body.get("errorMsg") == NO_ACCOUNT:
        # Not the CRM's own word: a proxy's, or that of a server that has lost the account.
        raise Unreachable("crm-unreachable", f"it answers {status} without JSON", maybe_done=is_write)
    if status == NOT_FOUND:
        raise NotFound("crm-not-found", _message(response))
    if not response.is_success or body.get("success") is not True:
        raise Refused("crm-refused", _message(response))
    return body


def _json(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _message(response: httpx.Response) -> str:
    """``errorMsg`` with its details, which are an object in some answers and a list in others.

    They may repeat what we sent, and alerts carry them to messengers: so personal data is masked.
    """
    body = _json(response) or {}
    errors = body.get("errors") or []
    if isinstance(errors, dict):
        errors = [f"{place}: {text}" for place, text in errors.items()]
    details = errors if isinstance(errors, list) else [errors]
    message = str(body.get("errorMsg") or f"it answers {response.status_code}")
    return masked("; ".join([message, *map(str, details)]))
