"""Ask Callibri for its statistics of a few days, and take each call out of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.gate.tickets import fingerprint, phone_group
from chalicelib.providers.callibri.read import CALL, TRACKING, Row, Settings
from chalicelib.providers.polling import LONGEST_CALL, TIMEOUT, Asking, Record, answer

FARTHEST_ZONE = timedelta(hours=14)
"""Days are asked for in the cabinet's zone, which nobody told us: so it is one more at each end, at most."""

RECORDING_WITHIN = timedelta(minutes=10)
"""So long after an answered call its row may still get its recording."""

MISSED_WITHIN = timedelta(minutes=1)
"""So long after the end of ringing a row may still turn out to be an answered call."""


class Callibri:
    """Asks one site. Implements ``polling.Poller``."""

    overlap = LONGEST_CALL

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with this user's token."""
        self.every = settings.every
        self._zone = zone
        self._tells_calls = settings.tells_calls
        self._http = httpx.Client(
            base_url=settings.api_url,
            params={
                "user_email": settings.email,
                "user_token": settings.token.get_secret_value(),
                "site_id": settings.site_id,
            },
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # The address holds the token.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. There is one page."""
        days = {
            "date1": _day(asking.since - FARTHEST_ZONE),
            "date2": _day(asking.until + FARTHEST_ZONE),
        }
        found = answer(self._http, "GET", "/site_get_statistics", params=days)
        yield [record for row in _calls(found) for record in self._records(row, asking.until)]

    def _records(self, value: object, now: datetime) -> Iterator[Record]:
        content = json.dumps(value).encode()
        try:
            row = Row.model_validate(value)
            at = row.called_at(self._zone)
        except (ValidationError, Unreadable):
            yield Record(f"content:{fingerprint(content)}", "", None, content)
            return
        group = phone_group(row.phone)
        yield Record(f"{TRACKING}:{row.appeal_id}", group, at, content, (TRACKING,))
        if self._tells_calls and _is_settled(row, at, now):
            outcome = {True: "answered", False: "missed", None: "unknown"}[row.was_answered]
            yield Record(f"{CALL}:{row.appeal_id}:{outcome}", group, at, content, (CALL,))


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Callibri:
    """What asks this source."""
    return Callibri(settings, zone, transport)


def _calls(found: object) -> list[object]:
    """The rows of calls in all channels.

    Raises:
        Unreachable: there are no channels.
    """
    channels = found.get("channels_statistics") if isinstance(found, Mapping) else None
    if not isinstance(channels, list):
        raise Unreachable("source-unreachable", "the answer holds no channels_statistics")
    lists = [channel.get("calls") for channel in channels if isinstance(channel, Mapping)]
    return [row for rows in lists if isinstance(rows, list) for row in rows]


def _is_settled(row: Row, at: datetime, now: datetime) -> bool:
    """Whether the row says all that it will ever say."""
    if row.was_answered and row.link_download:
        return True
    wait = RECORDING_WITHIN if row.was_answered else MISSED_WITHIN
    return at + timedelta(seconds=max(row.duration, row.billsec or 0)) + wait <= now


def _day(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y}"
