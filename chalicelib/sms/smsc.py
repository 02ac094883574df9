"""SMSC (smsc.ru). Facts: a public copy of its API page, and public integrations.

It takes an id of our own. So a send that may have succeeded is looked up by that id and the phone, and the
same message within a minute is refused with code 9.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx

from chalicelib.errors import Unreachable
from chalicelib.events import MessageStatus, Price
from chalicelib.logs import masked
from chalicelib.sms.answers import refusal
from chalicelib.sms.http import TIMEOUT, amount, ask, number
from chalicelib.sms.port import Outgoing, Sent, Standing
from chalicelib.sms.smsc_codes import ANSWERS, NOT_FOUND, standing_of

TELL_PRICE = "2"
"""Send it, and tell what it takes."""

HIGHEST_ID = 2**31 - 1
HOUR = timedelta(hours=1)
LONGEST_VALIDITY = 24 * HOUR


class Smsc:
    """Implements ``sms.port.SmsGateway``."""

    def __init__(
        self,
        login: str,
        password: str,
        sender: str = "",
        url: str = "https://smsc.ru",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Send from ``sender``, a name that SMSC has approved; empty for the account's own one."""
        # Without it SMSC takes texts for windows-1251.
        self._login = {"login": login, "psw": password, "fmt": "3", "charset": "utf-8"}
        self._sender = sender
        self._url = url
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport)

    def send(self, message: Outgoing) -> Sent:
        """See the port."""
        form = {"phones": message.phone.lstrip("+"), "mes": message.text, "cost": TELL_PRICE}
        if message.reference:
            form["id"] = own_id(message.reference)
        if self._sender:
            form["sender"] = self._sender
        if message.valid_for is not None:
            form["valid"] = str(self.validity(message.valid_for) // HOUR)
        answer = self._ask("send", form, is_write=True)
        if "error" in answer or "error_code" in answer:
            raise _refusal(answer)
        if number(answer.get("id")) is None:
            raise Unreachable("sms-unreachable", "unexpected answer: no id", maybe_done=True)
        return Sent(str(answer["id"]), _price(answer.get("cost")))

    def find(self, message: Outgoing, since: datetime) -> str | None:
        """See the port: the id is of this one message, whenever it was sent."""
        del since
        message_id = own_id(message.reference)
        answer = self._status(message_id, message.phone)
        return None if number(answer["status"]) == NOT_FOUND else message_id

    def validity(self, wanted: timedelta) -> timedelta:
        """See the port: whole hours, up to a day."""
        return min(max(-(-wanted // HOUR), 1) * HOUR, LONGEST_VALIDITY)

    def status(self, message_id: str, phone: str) -> Standing:
        """See the port."""
        status = str(self._status(message_id, phone)["status"])
        return standing_of(status) or Standing(MessageStatus.UNKNOWN)

    def _status(self, message_id: str, phone: str) -> Mapping[str, Any]:
        answer = self._ask("status", {"phone": phone.lstrip("+"), "id": message_id}, is_write=False)
        if number(answer.get("status")) is not None:
            return answer
        if "error" in answer or "error_code" in answer:
            raise _refusal(answer)
        raise Unreachable("sms-unreachable", "unexpected answer: no status")

    def _ask(self, method: str, form: Mapping[str, str], *, is_write: bool) -> Mapping[str, Any]:
        return ask(self._http, f"{self._url}/sys/{method}.php", {**self._login, **form}, is_write=is_write)


def own_id(reference: str) -> str:
    """The id that we give a message: the same for each attempt, between 1 and 2,147,483,647."""
    return str(int(sha256(reference.encode()).hexdigest(), 16) % HIGHEST_ID + 1)


def _price(told: object) -> Price | None:
    """In the money of the account, which the answer does not name."""
    cost = amount(told)
    return None if cost is None else Price(amount=cost)


def _refusal(answer: Mapping[str, Any]) -> Exception:
    code = number(answer.get("error_code"))
    # Its words may repeat the client's number, and alerts carry them to messengers.
    text = masked(str(answer.get("error", ""))[:200])
    return refusal(ANSWERS, code, f"SMSC answers {code}" + (f": {text}" if text else ""))
