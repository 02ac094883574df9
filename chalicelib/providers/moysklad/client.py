"""Ask MoySklad for stock, within its limits.

It allows 45 units within 3 seconds; a call with a user's token or a password costs 2 to 4 of them. Over the
limit it answers 429, and how many milliseconds to wait. Who goes on regardless is switched off.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.pace import Pace
from chalicelib.providers.moysklad.read import Settings
from chalicelib.providers.polling import TIMEOUT

MOSCOW = ZoneInfo("Europe/Moscow")
SHORT_REPORT = "/report/stock/bystore/current"
IDS_A_REQUEST = 100
"""The URL counts to the 8 KB that all headers may have."""

PAGE_SIZE = 1000
MAX_PAGES = 200
TRIES = 4
LONGEST_WAIT_SECONDS = 10.0
RETRY_AFTER = ("x-lognex-retry-after", "x-lognex-retry-timeinterval")

Quantities = dict[str, float | None]
"""By the offer's id; None while MoySklad reckons anew."""


class Client:
    """Asks with one account's key."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask at the settings' pace."""
        self._figure = settings.figure
        self._sku = settings.sku
        self._pace = Pace(settings.requests_per_second, monotonic, sleep)
        self._sleep = sleep
        headers = {"accept-encoding": "gzip"}  # Without it, the answer is 415.
        auth = None
        if settings.api_token is not None:
            headers["authorization"] = f"Bearer {settings.api_token.get_secret_value()}"
        elif settings.password is not None:
            auth = httpx.BasicAuth(settings.login.encode(), settings.password.get_secret_value().encode())
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers=headers,
            auth=auth,
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the key elsewhere.
        )

    def changed(self, since: datetime) -> dict[str, Quantities]:
        """What changed since a moment at most 24 hours ago, as it is now: by store, then by the offer's id.

        Raises:
            Unreachable, Refused: as ``_get`` raises.
        """
        moment = since.astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M:%S")
        stores: dict[str, Quantities] = {}
        for store, offer, quantity in self._report(f"changedSince={quote(moment)}"):
            stores.setdefault(store, {})[offer] = quantity
        return stores

    def everything_in(self, store: str) -> Quantities:
        """All offers of a store, also those of which there is nothing. What is missing there is gone.

        Raises:
            Unreachable, Refused: as ``_get`` raises.
        """
        condition = f"include=zeroLines&withRecalculate=true&filter=storeId%3D{quote(store, safe='')}"
        return {offer: quantity for told, offer, quantity in self._report(condition) if told == store}

    def skus(self, ids: Collection[str]) -> Mapping[str, str]:
        """By what the CRM knows these offers; without those that have no such field.

        Raises:
            Unreachable, Refused: as ``_get`` raises.
        """
        if self._sku == "id":
            return {each: each for each in ids}
        found: dict[str, str] = {}
        wanted = sorted(ids)
        for first in range(0, len(wanted), IDS_A_REQUEST):
            chosen = quote(";".join(f"id={each}" for each in wanted[first : first + IDS_A_REQUEST]))
            rows = _rows(self._get(f"/entity/assortment?limit={PAGE_SIZE}&filter={chosen}"))
            found.update(self._named(rows))
        return found

    def all_skus(self) -> Mapping[str, str] | None:
        """The same of all offers; None if the CRM knows them by MoySklad's own id.

        Raises:
            Unreachable, Refused: as ``_get`` raises.
        """
        if self._sku == "id":
            return None
        found: dict[str, str] = {}
        for page in range(MAX_PAGES):
            rows = _rows(self._get(f"/entity/assortment?limit={PAGE_SIZE}&offset={page * PAGE_SIZE}"))
            found.update(self._named(rows))
            if len(rows) < PAGE_SIZE:
                return found
        raise Refused("too-many-offers", f"more than {MAX_PAGES * PAGE_SIZE} offers")

    def _named(self, rows: Sequence[object]) -> Iterator[tuple[str, str]]:
        for row in rows:
            if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
                raise _nonsense()
            if isinstance(row.get(self._sku), str) and row[self._sku].strip():
                yield row["id"], row[self._sku].strip()

    def _report(self, condition: str) -> Iterator[tuple[str, str, float | None]]:
        """Store, offer and quantity of each line; a reserve that lies nowhere is left out."""
        rows = self._get(f"{SHORT_REPORT}?{condition}&stockType={self._figure}")
        if not isinstance(rows, list):
            raise _nonsense()
        for row in rows:
            if not isinstance(row, Mapping) or not isinstance(row.get("assortmentId"), str):
                raise _nonsense()
            quantity = row.get(self._figure)
            if not (quantity is None or isinstance(quantity, int | float)):
                raise _nonsense()
            if isinstance(row.get("storeId"), str):
                yield row["storeId"], row["assortmentId"], quantity

    def _get(self, path: str) -> object:
        """The JSON of an answer.

        Raises:
            Unreachable: it does not answer, wants fewer requests for longer, or answers nonsense.
            Refused: it will not answer until somebody changes something.
        """
        for left in reversed(range(TRIES)):
            self._pace.wait()
            try:
                response = self._http.get(path)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Unreachable("source-unreachable", type(error).__name__) from None
            wait = _wait_of(response)
            if wait is None or wait > LONGEST_WAIT_SECONDS or not left:
                return _content(response)
            self._sleep(wait)
        raise AssertionError("the last try returns or raises")


def _wait_of(response: httpx.Response) -> float | None:
    """How many seconds an answer 429 wants us to wait; None for any other one."""
    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return None
    told = (response.headers.get(name, "") for name in RETRY_AFTER)
    milliseconds = next((int(text) for text in told if text.isascii() and text.isdecimal()), 1000)
    return milliseconds / 1000


def _content(response: httpx.Response) -> object:
    detail = f"{response.url.host} answers {response.status_code}"
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise Unreachable("source-unreachable", detail)
    if not response.is_success:
        raise Refused("source-refused", detail)
    try:
        content: object = response.json()
    except (ValueError, RecursionError):
        raise Unreachable("source-unreachable", f"{detail}, but with no JSON") from None
    return content


def _rows(answer: object) -> Sequence[object]:
    rows = answer.get("rows") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise _nonsense()
    return rows


def _nonsense() -> Unreachable:
    return Unreachable("source-unreachable", "MoySklad answers something else than its documentation says")
