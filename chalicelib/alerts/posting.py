"""What all channels over HTTP share: time-outs, and which failure may pass."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import httpx

from chalicelib.alerts.port import ComeLater
from chalicelib.errors import Refused, Unreachable
from chalicelib.logs import masked

TIMEOUT = httpx.Timeout(5)
MAY_PASS = frozenset({408, 429})
FIRST_SERVER_ERROR = 500
LONGEST_WAIT = timedelta(minutes=15)
MOST_WORDS = 200


def by_header(response: httpx.Response) -> str:
    """How many seconds to wait, as most services tell it; empty if they do not."""
    return str(response.headers.get("retry-after", ""))


class Poster:
    """Posts to one service. Redirects are not followed: only the shop file says where alerts go."""

    def __init__(
        self,
        service: str,
        transport: httpx.BaseTransport | None = None,
        seconds_to_wait: Callable[[httpx.Response], str] = by_header,
    ) -> None:
        """Post to the service with this name. URLs may hold tokens, so neither log nor errors have them."""
        self._service = service
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport, follow_redirects=False)
        self._seconds_to_wait = seconds_to_wait

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a JSON text: a success, or a refusal that will not pass by itself.

        Raises:
            Unreachable: there is no answer, or one of a server in trouble; ``ComeLater`` with a time to wait.
        """
        try:
            response = self._http.post(
                url, content=body, headers={"content-type": "application/json", **(headers or {})}
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable("alert-unreachable", self._told(type(error).__name__)) from None
        except httpx.HTTPError as error:
            raise Unreachable(
                "alert-unreachable", self._told(type(error).__name__), maybe_done=True
            ) from None
        status = response.status_code
        if status in MAY_PASS or status >= FIRST_SERVER_ERROR:
            self._come_later(response)
        return response

    def refused(self, response: httpx.Response, words: str = "") -> Refused:
        """The error for an answer that is a refusal; its words must hold no secret."""
        return Refused("alert-refused", self.words(response, words))

    def words(self, response: httpx.Response, words: str = "") -> str:
        """What the service said, for a person."""
        return self._told(f"answers {response.status_code}" + (f": {words}" if words else ""))

    def nonsense(self) -> Unreachable:
        """The error for a success that does not read like one of this service."""
        return Unreachable("alert-unreachable", self._told("gives an unexpected answer"), maybe_done=True)

    def _come_later(self, response: httpx.Response) -> None:
        words = self.words(response)
        seconds = self._seconds_to_wait(response)
        if not seconds.isdecimal():
            raise Unreachable("alert-unreachable", words)
        delay = timedelta(seconds=min(int(seconds[:9]), LONGEST_WAIT.total_seconds()))
        raise ComeLater("alert-unreachable", delay, words)

    def _told(self, what: str) -> str:
        return masked(f"{self._service} {what}")[:MOST_WORDS]
