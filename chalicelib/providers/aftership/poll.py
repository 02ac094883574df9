"""Tell AfterShip which parcels to follow.

Facts are from AfterShip's documentation of its Tracking API: "Quick start", "Request errors", "Rate limit".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.aftership.read import Settings
from chalicelib.providers.polling import TIMEOUT, Followed
from chalicelib.providers.registering import Outcome, Registrar

PATH = "/trackings"
ALREADY_EXISTS = 4003
OF_THE_PARCEL = frozenset({4005, 4008, 4009, 4011, 4012, 4017})
"""Errors by which AfterShip refuses one parcel, and not us."""


class AfterShip(Registrar):
    """Registers one parcel at a time."""

    parcels_per_request = 1
    requests_per_minute = 600
    """AfterShip takes 20 a second."""

    def __init__(self, settings: Settings, api_key: SecretStr, transport: httpx.BaseTransport | None) -> None:
        """Ask with this key."""
        super().__init__(settings)
        self._slug = {"slug": settings.slug} if settings.slug else {}
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"as-api-key": api_key.get_secret_value()},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the key elsewhere.
        )

    def knock(self) -> None:
        """See the base."""
        self._asked("GET", params={"limit": 1})

    def register(self, parcels: Sequence[Followed]) -> Iterator[Outcome]:
        """See the base."""
        for parcel in parcels:
            order = {"order_id": parcel.order_number, "order_number": parcel.order_number}
            content = {"tracking_number": parcel.track_number, **order, **self._slug}
            code, words = self._asked("POST", json=content)
            yield Outcome(parcel, str(code), words) if code in OF_THE_PARCEL else Outcome(parcel)

    def _asked(self, method: str, **request: Any) -> tuple[int, str]:  # noqa: ANN401 -- as httpx takes it
        """AfterShip's own code and its words: of a success, or of an error that concerns a parcel only.

        Raises:
            Unreachable: it does not answer, or not as documented.
            Refused: it refuses us.
        """
        try:
            response = self._http.request(method, PATH, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable("source-unreachable", type(error).__name__) from None
        code, words = _meta(response)
        if code is not None and (response.is_success or code in OF_THE_PARCEL | {ALREADY_EXISTS}):
            return code, words
        detail = f"it answers {response.status_code}, code {code}"
        is_busy = response.status_code == httpx.codes.TOO_MANY_REQUESTS
        if response.is_success or response.is_server_error or is_busy:
            raise Unreachable("source-unreachable", detail)
        raise Refused("source-refused", detail)


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> AfterShip | None:
    """What registers the parcels of this source, if it is to do so."""
    del zone  # Nothing that it answers has a time.
    return AfterShip(settings, settings.api_key, transport) if settings.api_key else None


def _meta(response: httpx.Response) -> tuple[int | None, str]:
    """AfterShip's own code of an answer and its words; no code if the answer is not what is documented."""
    try:
        content = response.json()
    except (ValueError, RecursionError):
        return None, ""
    meta = content.get("meta") if isinstance(content, Mapping) else None
    if not isinstance(meta, Mapping) or not isinstance(meta.get("code"), int):
        return None, ""
    return meta["code"], str(meta.get("message") or "")
