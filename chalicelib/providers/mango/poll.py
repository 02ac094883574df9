"""Ask Mango Office who called, when a number of its dynamic call tracking rings.

It knows that only while the number is still tied to the visitor: so we ask at once, and once for each call.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.gate.form import Unparsable, form_fields, json_value
from chalicelib.gate.tickets import phone_group
from chalicelib.providers.mango.gate import CALL, signature
from chalicelib.providers.mango.read import Settings
from chalicelib.providers.mango.visitors import VISITOR, Ringing
from chalicelib.providers.polling import TIMEOUT, Asking, Record, answer

API = "https://app.mango-office.ru/vpbx/"


class Visitors:
    """Asks about the calls of one source. Implements ``polling.Poller``."""

    every = timedelta(minutes=1)
    overlap = timedelta(minutes=5)

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Sign with the newest key."""
        self._key, self._salt = _newest(settings.api_key), _newest(settings.api_salt)
        self._http = httpx.Client(base_url=API, timeout=TIMEOUT, transport=transport, follow_redirects=False)

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A page for each call, so that a failure loses no answer that we have."""
        for webhook in asking.heard():
            if tuple(filter(None, webhook.path)) != CALL:
                continue
            with suppress(Unparsable, ValidationError):  # Quarantine is no place for it: nobody lacks it.
                content = json_value(form_fields(webhook.body).get("json", b""))
                call = Ringing.model_validate(content)
                dedup_id = f"visitor:{call.entry_id}"
                if not asking.is_known(dedup_id):
                    yield [self._record(dedup_id, call, content)]

    def _record(self, dedup_id: str, call: Ringing, content: object) -> Record:
        known = json.dumps({"call": content, "visitor": self._visitor(call.dct.number)}).encode()
        return Record(dedup_id, phone_group(call.caller.number), call.at, known, VISITOR)

    def _visitor(self, number: str) -> object:
        question = json.dumps({"number": number})
        form = {
            "vpbx_api_key": self._key,
            "sign": signature(question.encode(), self._key, self._salt),
            "json": question,
        }
        found = answer(self._http, "POST", "/".join(VISITOR) + "/", data=form)
        return found.get("data", found) if isinstance(found, Mapping) else {}


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Visitors | None:
    """What asks this source, if it uses dynamic call tracking."""
    del zone  # Mango's times are epoch seconds.
    return Visitors(settings, transport) if settings.asks_for_visitors else None


def _newest(secrets: str | tuple[str, ...]) -> str:
    return secrets if isinstance(secrets, str) else secrets[-1]
