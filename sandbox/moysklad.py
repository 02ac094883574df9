"""Behaves like MoySklad's JSON API 1.2, as far as its documentation tells of stock and offers."""

import gzip
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID
from zoneinfo import ZoneInfo

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response

TOKEN = "moysklad-sandbox"
BASE = ("api", "remap", "1.2")
MOSCOW = ZoneInfo("Europe/Moscow")
WINDOW = timedelta(seconds=3)
CALLS_IN_WINDOW = 11
"""Of 45 units, where each call costs 4: a user's token from December 2026 on."""

LONGEST_BACK = timedelta(hours=24)
MAX_PAGE = 1000
FIGURES = frozenset({"stock", "freeStock", "quantity"})


@dataclass(slots=True)
class Line:
    """One offer in one store.

    Attributes:
        quantity: None while it is reckoned anew.
        changed: when it was last.
    """

    quantity: float | None
    changed: datetime


class ApiError(Exception):
    """An answer with ``errors``."""

    def __init__(self, status: int, code: int, text: str) -> None:
        """Keep what the answer says."""
        super().__init__(text)
        self.status = status
        self.code = code


@dataclass(slots=True)
class MoySklad:
    """An account with stores and offers.

    Attributes:
        lines: what lies where: by store, then by offer.
        offers: the offers by id, with their other codes.
        limited: whether it wants no more than ``CALLS_IN_WINDOW`` calls within 3 seconds.
    """

    lines: dict[str, dict[str, Line]] = field(default_factory=dict)
    offers: dict[str, Document] = field(default_factory=dict)
    limited: bool = True
    _calls: deque[datetime] = field(default_factory=deque)

    def put(self, store: str, offer: str, quantity: float | None, now: datetime) -> None:
        """Let so much of an offer lie in a store."""
        self.offers.setdefault(offer, {"id": offer, "code": offer[-8:], "externalCode": f"x-{offer[-8:]}"})
        self.lines.setdefault(store, {})[offer] = Line(quantity, now)

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        try:
            self._check(request, now)
            content = self._content(request, parse_qs(request.query, keep_blank_values=True), now)
        except ApiError as error:
            headers = {"x-lognex-retry-after": "1", "x-lognex-retry-timeinterval": "3000"}
            errors = [{"error": str(error), "code": error.code}]
            return json_response(error.status, {"errors": errors}, headers if error.status == 429 else {})  # noqa: PLR2004 -- as the documentation has it
        answer = json_response(200, content)
        packed = gzip.compress(answer.body, compresslevel=1)
        return replace(answer, headers={**answer.headers, "content-encoding": "gzip"}, body=packed)

    def _check(self, request: Request, now: datetime) -> None:
        if "gzip" not in request.headers.get("accept-encoding", ""):
            raise ApiError(415, 1062, "gzip is needed")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise ApiError(401, 1056, "wrong token")
        while self._calls and self._calls[0] <= now - WINDOW:
            self._calls.popleft()
        if self.limited and len(self._calls) >= CALLS_IN_WINDOW:
            raise ApiError(429, 1049, "too many calls")
        self._calls.append(now)

    def _content(self, request: Request, query: dict[str, list[str]], now: datetime) -> object:
        parameters = {name: values[0] for name, values in query.items()}
        match request.segments[len(BASE) :]:
            case ("report", "stock", "bystore", "current"):
                return list(self._report(parameters, now))
            case ("entity", "assortment"):
                return self._assortment(parameters)
        raise ApiError(404, 1002, "no such path")

    def _report(self, parameters: dict[str, str], now: datetime) -> Iterator[Document]:
        figure = parameters.get("stockType", "stock")
        if figure not in FIGURES:
            raise ApiError(400, 1005, "unknown stockType")
        since = _since(parameters, now)
        stores = _filter(parameters, "storeId") or list(self.lines)
        zeros = parameters.get("include") == "zeroLines" or since is not None
        for store in stores:
            for offer, line in self.lines.get(store, {}).items():
                if since is not None and line.changed < since:
                    continue
                if line.quantity is None and parameters.get("withRecalculate") != "true":
                    continue
                if line.quantity == 0 and not zeros:
                    continue
                yield {"assortmentId": offer, "storeId": store, figure: line.quantity}

    def _assortment(self, parameters: dict[str, str]) -> Document:
        limit, offset = int(parameters.get("limit", MAX_PAGE)), int(parameters.get("offset", 0))
        wanted = _filter(parameters, "id")
        offers = [self.offers[each] for each in (wanted or self.offers) if each in self.offers]
        rows = offers[offset : offset + min(limit, MAX_PAGE)]
        return {"meta": {"size": len(offers), "limit": limit, "offset": offset}, "rows": rows}


def an_id(number: int) -> str:
    """A made-up id of a store or an offer."""
    return str(UUID(int=number))


def _since(parameters: dict[str, str], now: datetime) -> datetime | None:
    text = parameters.get("changedSince")
    if text is None:
        return None
    try:
        since = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=MOSCOW)
    except ValueError:
        raise ApiError(400, 1041, "wrong changedSince") from None
    if not now - LONGEST_BACK <= since <= now:
        raise ApiError(400, 1041, "changedSince is too long ago, or in the future")
    return since


def _filter(parameters: dict[str, str], name: str) -> list[str]:
    """The values of ``filter=name=a;name=b``."""
    conditions = (each.partition("=") for each in parameters.get("filter", "").split(";") if each)
    return [value for key, _, value in conditions if key == name]
