"""SMS.ru. Facts: a public copy of its API page, and public libraries.

It answers HTTP 200 even for errors: the request has a status, and each number another one. It takes no id of
ours and lists nothing by number, so a send that may have succeeded cannot be looked up.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.events import MessageStatus
from chalicelib.logs import masked
from chalicelib.sms.answers import refusal
from chalicelib.sms.http import TIMEOUT, ask, number
from chalicelib.sms.port import Outgoing, Sent, Standing
from chalicelib.sms.smsru_codes import ACCEPTED, ANSWERS, SENT_BEFORE, standing_of

MINUTE = timedelta(minutes=1)
LONGEST_VALIDITY = 1440 * MINUTE


class SmsRu:
    """Implements ``sms.port.SmsGateway``."""

    def __init__(
        self,
        api_id: str,
        sender: str = "",
        url: str = "https://sms.ru",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Send from ``sender``, a name that SMS.ru has approved; empty for the account's own one."""
        self._login = {"api_id": api_id, "json": "1"}
        self._sender = sender
        self._url = url
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport)

    def send(self, message: Outgoing) -> Sent:
        """See the port."""
        form = {**self._login, "to": message.phone.lstrip("+"), "msg": message.text}
        if self._sender:
            form["from"] = self._sender
        if message.valid_for is not None:
            form["ttl"] = str(self.validity(message.valid_for) // MINUTE)
        answer = ask(self._http, f"{self._url}/sms/send", form, is_write=True)
        told = _one(answer, "sms", is_write=True)
        if number(told.get("status_code")) in SENT_BEFORE:
            return Sent("")
        _require_accepted(told)
        if not told.get("sms_id"):
            raise Unreachable("sms-unreachable", "unexpected answer: no sms_id", maybe_done=True)
        return Sent(str(told["sms_id"]))

    def find(self, message: Outgoing, since: datetime) -> str | None:
        """See the port."""
        del message, since
        raise Refused("sms-cannot-look-up", "SMS.ru does not tell what was sent to a number")

    def validity(self, wanted: timedelta) -> timedelta:
        """See the port: whole minutes, up to a day."""
        return min(max(-(-wanted // MINUTE), 1) * MINUTE, LONGEST_VALIDITY)

    def status(self, message_id: str, phone: str) -> Standing:
        """See the port."""
        del phone
        form = {**self._login, "sms_id": message_id}
        told = _one(ask(self._http, f"{self._url}/sms/status", form, is_write=False), "sms", is_write=False)
        return standing_of(str(told.get("status_code"))) or Standing(MessageStatus.UNKNOWN)


def _one(answer: Mapping[str, Any], name: str, *, is_write: bool) -> Mapping[str, Any]:
    """What is said of the only number, or message, that we asked about."""
    _require_accepted(answer)
    told = answer.get(name)
    entries = list(told.values()) if isinstance(told, Mapping) else []
    if len(entries) != 1 or not isinstance(entries[0], Mapping):
        raise Unreachable("sms-unreachable", "unexpected answer: no entry", maybe_done=is_write)
    return entries[0]


def _require_accepted(answer: Mapping[str, Any]) -> None:
    code = number(answer.get("status_code"))
    if code == ACCEPTED:
        return
    # Its words may repeat the client's number, and alerts carry them to messengers.
    text = masked(str(answer.get("status_text", ""))[:200])
    raise refusal(ANSWERS, code, f"SMS.ru answers {code}" + (f": {text}" if text else ""))
