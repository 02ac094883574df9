"""CDEK's API, with the account and the secure password of the contract.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026).
"""

from collections.abc import Mapping
from typing import Any

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.cdek.read import Settings

TIMEOUT = httpx.Timeout(15, connect=5)
NOT_FOUND = "not_found"
"""Each code of an error holds it that says that there is no such order."""


class Api:
    """One contract at CDEK."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Ask in the name of this contract."""
        self._settings = settings
        # No redirects: they would carry the contract's password elsewhere.
        self._http = httpx.Client(
            base_url=settings.api_url, timeout=TIMEOUT, transport=transport, follow_redirects=False
        )

    def authorize(self) -> None:
        """Get a token for the calls that follow. It holds for an hour.

        Raises:
            Unreachable: CDEK does not answer.
            Refused: it refuses the contract's password.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": plain(self._settings.account),
            "client_secret": plain(self._settings.secure_password),
        }
        answer = self.call("POST", "/v2/oauth/token", data=form)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Unreachable("cdek-unreachable", "it answers without a token")
        self._http.headers["Authorization"] = f"Bearer {token}"

    def order(self, path: str, **parameters: str) -> Mapping[str, Any] | None:
        """What CDEK knows of one parcel; None if it knows none.

        Raises:
            Unreachable: CDEK does not answer, or not as it should.
            Refused: it refuses us.
        """
        if "Authorization" not in self._http.headers:
            self.authorize()
        response = self._respond("GET", path, params=parameters)
        if response.is_client_error and NOT_FOUND in response.text:
            return None
        answer = _content(path, response)
        if not isinstance(answer, dict) or not isinstance(answer.get("entity"), dict):
            raise Unreachable("cdek-unreachable", "it answers without an order")
        return answer

    def call(self, method: str, path: str, **content: Any) -> object:  # noqa: ANN401 -- passed on to httpx
        """The JSON of an answer.

        Raises:
            Unreachable: CDEK does not answer, or not as it should.
            Refused: it refuses us.
        """
        return _content(path, self._respond(method, path, **content))

    def _respond(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401 -- likewise
        try:
            return self._http.request(method, path, **content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable("cdek-unreachable", type(error).__name__) from None


def _content(path: str, response: httpx.Response) -> object:
    busy = response.status_code == httpx.codes.TOO_MANY_REQUESTS
    if busy or response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unreachable("cdek-unreachable", f"it answers {response.status_code}")
    if not response.is_success:
        raise Refused("cdek-refused", f"{path}: it answers {response.status_code}")
    try:
        answer: object = response.json()
    except (ValueError, RecursionError):
        raise Unreachable("cdek-unreachable", f"{path}: it answers without JSON") from None
    return answer


def plain(secret: Any) -> str:  # noqa: ANN401 -- set, as who asks has seen
    """A secret in plain text."""
    return str(secret.get_secret_value())
