"""How a messenger without a library of its own is asked."""

from collections.abc import Mapping
from typing import Any

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.logs import masked

TIMEOUT = httpx.Timeout(10, connect=5)
NO_ACCESS = 401
SLOW_DOWN = frozenset({429, 503})
FIRST_SERVER_ERROR = 500
NOT_EVEN_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
MOST_WORDS = 200


class MessengerHttp:
    """Asks one messenger. Neither log nor errors have URLs: they may hold tokens."""

    def __init__(self, name: str, transport: httpx.BaseTransport | None = None) -> None:
        """Ask the messenger with this name. Redirects are not followed."""
        self._name = name
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport, follow_redirects=False)

    def close(self) -> None:
        """Let go of the connections, where it is not asked as long as the program runs."""
        self._http.close()

    def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object of an answer: a success, or a refusal whose words the caller knows.

        Raises:
            Unreachable: there is no such answer; ``maybe_done`` if the text may have been sent.
        """
        data = dict(form) if form is not None else None
        request = self._http.build_request("POST", url, json=json, data=data, headers=dict(headers or {}))
        return self._answer(request)

    def get(self, url: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """The same for a question that changes nothing."""
        return self._answer(self._http.build_request("GET", url, headers=dict(headers)))

    def _answer(self, request: httpx.Request) -> tuple[int, Mapping[str, Any]]:
        try:
            response = self._http.send(request)
        except NOT_EVEN_CONNECTED as error:
            raise self.unreachable(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise self.unreachable(type(error).__name__, maybe_done=True) from None
        status = response.status_code
        if status == NO_ACCESS or status in SLOW_DOWN:
            raise self.unreachable(f"answers {status}")
        if status >= FIRST_SERVER_ERROR:
            raise self.unreachable(f"answers {status}", maybe_done=True)
        return status, self._object(response)

    def unreachable(self, what: str, *, maybe_done: bool = False) -> Unreachable:
        """The error for what may pass by itself, or by a person's doing."""
        return Unreachable("messenger-unreachable", self._told(what), maybe_done=maybe_done)

    def refused(self, what: str) -> Refused:
        """The error for a clear no; the words must hold no secret."""
        return Refused("messenger-refused", self._told(what))

    def _object(self, response: httpx.Response) -> Mapping[str, Any]:
        """An empty one for a refusal without JSON: its status says enough."""
        try:
            content = response.json()
        except ValueError:
            content = None
        if isinstance(content, Mapping):
            return content
        if response.is_success:
            raise self.unreachable(f"answers {response.status_code} without a JSON object", maybe_done=True)
        return {}

    def _told(self, what: str) -> str:
        return masked(f"{self._name} {what}")[:MOST_WORDS]
