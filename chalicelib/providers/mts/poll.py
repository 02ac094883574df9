"""Ask MTS VPBX for its history of calls."""

import json
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Unreachable
from chalicelib.gate.tickets import fingerprint, phone_group
from chalicelib.providers.mts.read import Call, Row, Settings
from chalicelib.providers.polling import LONGEST_CALL, TIMEOUT, Asking, Record, answer

HISTORY = "/api/v1/callHistory/enterprise"
ROWS_OF_A_PAGE = 50
MOST_PAGES = 200
CIPHERS = "DEFAULT@SECLEVEL=1"
"""The server offers old ciphers only. Its certificate is checked all the same."""

SETTLED_AFTER = timedelta(minutes=2)
"""So long after a missed call began, a row of a colleague who took it has come, unless they still talk."""


class Mts:
    """Asks one account. Implements ``polling.Poller``."""

    overlap = LONGEST_CALL

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Ask with this token."""
        self.every = settings.every
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"X-AUTH-TOKEN": settings.token.get_secret_value()},
            timeout=TIMEOUT,
            transport=transport,
            verify=_tls(),
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. One page: the rows of a call may stand on several pages of theirs."""
        yield list(_records(self._rows(asking), asking.until))

    def _rows(self, asking: Asking) -> Iterator[object]:
        span = {"dateFrom": _milliseconds(asking.since), "dateTo": _milliseconds(asking.until)}
        for number in range(MOST_PAGES):
            asked = {**span, "page": number, "size": ROWS_OF_A_PAGE}
            page = answer(self._http, "GET", HISTORY, params=asked)
            rows = page.get("content") if isinstance(page, Mapping) else None
            if not isinstance(page, Mapping) or not isinstance(rows, list):
                raise Unreachable("source-unreachable", "the answer holds no content")
            yield from rows
            if number + 1 >= _number(page.get("totalPages")):
                return
        raise Unreachable("source-unreachable", f"the history has more than {MOST_PAGES} pages")


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Mts:
    """What asks this source."""
    del zone  # Times are epoch milliseconds.
    return Mts(settings, transport)


def _records(rows: Iterable[object], now: datetime) -> Iterator[Record]:
    """A record for each call with all its rows, and for each row that cannot be read."""
    calls: dict[str, list[tuple[Row, object]]] = {}
    for value in rows:
        try:
            row = Row.model_validate(value)
        except ValidationError:
            content = json.dumps({"rows": [value]}).encode()
            yield Record(f"content:{fingerprint(content)}", "", None, content)
        else:
            calls.setdefault(row.call_id, []).append((row, value))
    for call_id, parts in calls.items():
        call = Call.model_construct(rows=tuple(row for row, _ in parts))
        first = min(call.rows, key=lambda row: row.call_time)
        if call.answered or first.called_at + SETTLED_AFTER <= now:
            content = json.dumps({"rows": [value for _, value in parts]}).encode()
            group = phone_group(first.calling if first.direction == "inbound" else first.called)
            yield Record(f"{call_id}:{call.outcome}", group, first.called_at, content)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_ciphers(CIPHERS)
    return context


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _number(value: object) -> int:
    """How many pages there are; one if the answer does not tell."""
    return value if isinstance(value, int) else 1
