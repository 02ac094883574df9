"""How a messenger without a library of its own is asked."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from chalicelib.errors import NoFile, Refused, Unreachable
from chalicelib.logs import masked
from chalicelib.messengers.port import LARGEST_FILE

TIMEOUT = httpx.Timeout(10, connect=5)
NO_ACCESS = 401
SLOW_DOWN = frozenset({429, 503})
FIRST_SERVER_ERROR = 500
NOT_EVEN_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
MOST_WORDS = 200
DOWNLOAD_SECONDS = 30
"""For a whole file: a worker's time is limited, and each of its parts may come just in time."""


class MessengerHttp:
    """Asks one messenger. Neither log nor errors have URLs: they may hold tokens."""

    def __init__(
        self,
        name: str,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask the messenger with this name. Redirects are not followed."""
        self._name = name
        self._monotonic = monotonic
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

    def download(self, url: str, headers: Mapping[str, str] | None = None) -> bytes:
        """The content of a file.

        Raises:
            Unreachable: it does not come, or too slowly.
            NoFile: it is empty, larger than ``LARGEST_FILE``, or refused.
        """
        # Unpacked: what is packed small can grow to anything.
        plain = {"accept-encoding": "identity", **(headers or {})}
        try:
            with self._http.stream("GET", url, headers=plain) as response:
                self._check(response.status_code)
                if not response.is_success:
                    raise self.no_file(f"answers {response.status_code}")
                content = self._content(response)
        except httpx.HTTPError as error:
            raise self.unreachable(type(error).__name__) from None
        if not content:
            raise self.no_file("gives an empty file")
        return content

    def _content(self, response: httpx.Response) -> bytes:
        content, begun = bytearray(), self._monotonic()
        for part in response.iter_bytes():
            content += part
            if len(content) > LARGEST_FILE:
                raise self.too_large()
            if self._monotonic() - begun > DOWNLOAD_SECONDS:
                raise self.unreachable("gives a file too slowly")
        return bytes(content)

    def _answer(self, request: httpx.Request) -> tuple[int, Mapping[str, Any]]:
        try:
            response = self._http.send(request)
        except NOT_EVEN_CONNECTED as error:
            raise self.unreachable(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise self.unreachable(type(error).__name__, maybe_done=True) from None
        self._check(response.status_code)
        return response.status_code, self._object(response)

    def _check(self, status: int) -> None:
        """Raise for an answer that is no clear word."""
        if status == NO_ACCESS or status in SLOW_DOWN:
            raise self.unreachable(f"answers {status}")
        if status >= FIRST_SERVER_ERROR:
            raise self.unreachable(f"answers {status}", maybe_done=True)

    def unreachable(self, what: str, *, maybe_done: bool = False) -> Unreachable:
        """The error for what may pass by itself, or by a person's doing."""
        return Unreachable("messenger-unreachable", self._told(what), maybe_done=maybe_done)

    def refused(self, what: str) -> Refused:
        """The error for a clear no; the words must hold no secret."""
        return Refused("messenger-refused", self._told(what))

    def no_file(self, what: str) -> NoFile:
        """The error for a file that the messenger does not give; the words must hold no secret."""
        return NoFile(self._told(what))

    def too_large(self) -> NoFile:
        """The error for a file that is larger than we take."""
        return self.no_file(f"has a file of more than {LARGEST_FILE // 2**20} MB")

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
