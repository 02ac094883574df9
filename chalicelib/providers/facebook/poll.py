"""Ask Meta for the leads that it has announced: each of them once, whatever becomes of the others.

Facts are from Meta's "Retrieving leads" and "Handling errors".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.gate.form import Unparsable
from chalicelib.gate.tickets import phone_group
from chalicelib.meta_graph import Fault, GraphError, error_of
from chalicelib.providers.facebook.gate import announced
from chalicelib.providers.facebook.read import LEAD, Settings
from chalicelib.providers.polling import TIMEOUT, Asking, Record

NEEDED = "id,created_time,form_id,field_data"
WANTED = f"{NEEDED},ad_id,ad_name,campaign_id,campaign_name,is_organic,platform"
"""The advertisement's fields need a right of their own. A lead is not lost for want of it."""

HEARD_WITHIN = timedelta(hours=6)
"""So long after it came in an announcement may reach the journal."""

GIVEN_UP_AFTER = timedelta(hours=20)
"""A lead that Meta has answered with errors for so long is for a person. Others are asked for meanwhile."""


NO_FIELDS = GraphError(Fault.PASSING, None, "answers without the lead's fields")


class LeadAds:
    """Asks for the leads of one source. Implements ``polling.Poller``."""

    overlap = HEARD_WITHIN

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Ask with the page's token."""
        self.every = settings.every
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"authorization": f"Bearer {settings.token.get_secret_value()}"},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A page for each lead, so that trouble with one keeps no other back."""
        trouble: LeadkeeperError | None = None
        for lead_id, (heard_at, told) in _heard(asking).items():
            if asking.is_known(_dedup_id(lead_id)):
                continue
            found = self._lead(lead_id)
            is_young = asking.until - heard_at < GIVEN_UP_AFTER
            if isinstance(found, GraphError) and _may_pass(found) and is_young:
                trouble = _error(found)
                continue
            # What was announced before the first run is asked for, too.
            yield [_record(lead_id, max(heard_at, asking.since), told, found)]
        if trouble is not None:
            raise trouble

    def _lead(self, lead_id: str) -> Mapping[str, object] | GraphError:
        """A lead, with what is known of its advertisement if we may know that.

        Raises:
            Unreachable, Refused: there is no use in asking for any other one now.
        """
        found = self._asked(lead_id, WANTED)
        is_refused = isinstance(found, GraphError) and found.fault in {Fault.PERMISSION, Fault.REFUSED}
        return self._asked(lead_id, NEEDED) if is_refused else found

    def _asked(self, lead_id: str, fields: str) -> Mapping[str, object] | GraphError:
        try:
            response = self._http.get(f"/{lead_id}", params={"fields": fields})
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise Unreachable("source-unreachable", type(failure).__name__) from None
        content = _json(response)
        error = error_of(response.status_code, content)
        if error is None:
            return content if isinstance(content.get("field_data"), list) else NO_FIELDS
        if error.fault in {Fault.LIMIT, Fault.TOKEN}:
            raise _error(error)
        return error


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> LeadAds:
    """What asks this source."""
    del zone  # Meta's times have an offset.
    return LeadAds(settings, transport)


def _heard(asking: Asking) -> dict[str, tuple[datetime, Mapping[str, object]]]:
    """The leads that were announced, by id: since when, the longest first, and what was said of them."""
    found = {}
    for webhook in asking.heard():
        if webhook.path == LEAD:
            continue
        with suppress(Unparsable):  # A person has been told of it.
            for lead_id, told in announced(webhook.body).items():
                found[lead_id] = webhook.received_at, told
    return dict(sorted(found.items(), key=lambda lead: (lead[1][0], lead[0])))


def _json(response: httpx.Response) -> Mapping[str, object]:
    """The JSON object of an answer; an empty one if it has none."""
    try:
        content = response.json()
    except (ValueError, RecursionError):
        content = None
    return content if isinstance(content, Mapping) else {}


def _may_pass(error: GraphError) -> bool:
    """Whether it makes sense to ask for this lead again; a missing right may be given."""
    return error.fault in {Fault.PASSING, Fault.PERMISSION}


def _error(error: GraphError) -> LeadkeeperError:
    if error.fault in {Fault.TOKEN, Fault.PERMISSION}:
        return Refused("source-refused", error.words)
    return Unreachable("source-unreachable", error.words)


def _dedup_id(lead_id: str) -> str:
    return f"lead:{lead_id}"


def _record(
    lead_id: str, at: datetime, told: Mapping[str, object], found: Mapping[str, object] | GraphError
) -> Record:
    what = {"trouble": found.words} if isinstance(found, GraphError) else {"lead": found}
    content = json.dumps({"id": lead_id, "told": told, **what}, sort_keys=True).encode()
    return Record(_dedup_id(lead_id), _group(found), at, content, LEAD)


def _group(found: Mapping[str, object] | GraphError) -> str:
    """The client's phone: of the fields that are called so the first one."""
    fields = [] if isinstance(found, GraphError) else found["field_data"]
    named = [field for field in fields if isinstance(field, Mapping)] if isinstance(fields, list) else []
    phones = [field.get("values") for field in named if "phone" in str(field.get("name"))]
    return phone_group(*(values[0] for values in phones if isinstance(values, list) and values))
