"""Behaves like Twilio's Messages API, as far as public sources tell."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice
from urllib.parse import urlencode

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.parameters import Node
from sandbox.retailcrm.call import horizon
from sandbox.routing import Route, Router, WrongMethod
from sandbox.settings import Settings
from sandbox.sms import segments
from sandbox.storage import Store
from sandbox.tables import Table

ACCOUNT = "ACsandbox"
TOKEN = "sandbox"
VERSION = "2010-04-01"
BASE = f"/{VERSION}/Accounts/{ACCOUNT}"
MAX_BODY = 1600
MAX_PAGE = 1000

# What Twilio's own test credentials answer.
BAD_RECIPIENTS = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable via SMS"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
BAD_SENDERS = {
    "+15005550001": (21212, "Invalid 'From' Phone Number: +15005550001"),
    "+15005550007": (21606, "The 'From' phone number is not a valid, SMS-capable number of this account"),
    "+15005550008": (21611, "The 'From' number has exceeded the maximum number of queued messages"),
}


class TwilioError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        """Keep what the answer says."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def to_response(self) -> Response:
        """As Twilio words it."""
        content = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return json_response(self.status, content)


@dataclass(frozen=True, slots=True)
class _Call:
    request: Request
    names: dict[str, str]
    now: datetime


Handler = Callable[[_Call], Response]
_Route = Route[Handler]
_Condition = Callable[[Document], bool]


class Twilio:
    """Takes messages and lists them.

    Attributes:
        messages: all messages, as they are kept.
    """

    def __init__(self, settings: Callable[[], Settings], store: Store | None) -> None:
        """Begin with what the store has."""
        self.messages = Table("message", {"sid": lambda message: [message["sid"]]}, store=store)
        self._settings = settings
        account = f"/{VERSION}/Accounts/{{account}}"
        self._router: Router[Handler] = Router(
            [
                _Route("POST", f"{account}/Messages.json", self._send),
                _Route("GET", f"{account}/Messages.json", self._list),
                _Route("GET", f"{account}/Messages/{{sid}}", self._get),
                _Route("GET", f"{account}/Balance.json", self._balance),
            ]
        )

    def template(self, request: Request) -> str:
        """The path with ``{sid}`` for what varies, for counters."""
        try:
            match = self._router.match(request.method, request.segments)
        except WrongMethod:
            match = None
        if match is None:
            return request.path
        return match.route.template.replace("{account}", ACCOUNT)

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        try:
            _check_credentials(request)
            match = self._router.match(request.method, request.segments)
            if match is None or match.values["account"] != ACCOUNT:
                raise _not_found(request)
            return match.route.handler(_Call(request, match.values, now))
        except WrongMethod:
            return TwilioError(405, 20004, "Method not allowed").to_response()
        except TwilioError as error:
            return error.to_response()

    def state(self) -> list[Document]:
        """All messages as the API shows them, oldest first."""
        return [self._shown(message) for message in self.messages.all()]

    def _send(self, call: _Call) -> Response:
        form = call.request.form
        body, to, sender, service = (
            _text(form, name) for name in ("Body", "To", "From", "MessagingServiceSid")
        )
        _check_message(body, to, sender, service)
        number = self.messages.next_id
        sid = "SM" + hashlib.sha256(f"message {number}".encode()).hexdigest()[:32]
        sent_at = format_datetime(call.now.astimezone(UTC).replace(microsecond=0))
        message = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "api_version": VERSION,
            "body": body,
            "date_created": sent_at,
            "date_updated": sent_at,
            "date_sent": None,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": sender or None,
            "messaging_service_sid": service or None,
            "num_media": "0",
            "num_segments": str(segments(body)),
            "price": None,
            "price_unit": "USD",
            "status": "queued",
            "subresource_uris": {"media": f"{BASE}/Messages/{sid}/Media.json"},
            "to": to,
            "uri": f"{BASE}/Messages/{sid}.json",
        }
        kept = {
            **message,
            "created": call.now.astimezone(UTC).isoformat(),
            "callback": _text(form, "StatusCallback"),
            "validity": _text(form, "ValidityPeriod"),
        }
        self.messages.add(kept, call.now)
        return json_response(201, message)

    def _get(self, call: _Call) -> Response:
        found = self.messages.found("sid", call.names["sid"].removesuffix(".json"))
        if not found:
            raise _not_found(call.request)
        return json_response(200, self._shown(found[0]))

    def _list(self, call: _Call) -> Response:
        query = call.request.query_parameters
        conditions = list(_conditions(query))
        seen = self.messages.newest_first(horizon(call.now, self._settings().twilio_lag))
        found = [message for message in seen if all(holds(message) for holds in conditions)]
        size, page = _count(query, "PageSize", 50), _count(query, "Page", 0)
        size = min(max(size, 1), MAX_PAGE)
        shown = list(islice(found, page * size, (page + 1) * size))
        plain = {name: value for name, value in query.items() if isinstance(value, str)}

        def uri(number: int) -> str:
            return f"{BASE}/Messages.json?" + urlencode({**plain, "PageSize": size, "Page": number})

        content = {
            "messages": [self._shown(message) for message in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": max(page * size + len(shown) - 1, 0),
            "uri": uri(page),
            "first_page_uri": uri(0),
            "next_page_uri": uri(page + 1) if (page + 1) * size < len(found) else None,
            "previous_page_uri": uri(page - 1) if page else None,
        }
        return json_response(200, content)

    def _shown(self, message: Document) -> Document:
        """What a later read shows: by then it is known what became of the message."""
        shown = {
            name: value
            for name, value in message.items()
            if name not in {"id", "created", "callback", "validity"}
        }
        status, code = OUTCOMES[self._settings().twilio_outcome]
        return {
            **shown,
            "status": status,
            "error_code": code,
            "date_sent": shown["date_created"],
            "price": "-0.05000",
        }

    def _balance(self, call: _Call) -> Response:
        del call
        content = {"account_sid": ACCOUNT, "balance": self._settings().twilio_balance, "currency": "USD"}
        return json_response(200, content)


OUTCOMES: dict[str, tuple[str, int | None]] = {
    "delivered": ("delivered", None),
    "failed": ("undelivered", 30003),
    "expired": ("failed", 30036),
    "pending": ("sent", None),
}


def _check_credentials(request: Request) -> None:
    given = request.headers.get("authorization", "")
    expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    if given != f"Basic {expected}":
        raise TwilioError(401, 20003, "Authenticate")


def _not_found(request: Request) -> TwilioError:
    return TwilioError(404, 20404, f"The requested resource {request.path} was not found")


def _check_message(body: str, to: str, sender: str, service: str) -> None:
    if not to:
        raise TwilioError(400, 21604, "A 'To' phone number is required.")
    if not sender and not service:
        raise TwilioError(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise TwilioError(400, 21602, "Message body is required.")
    if len(body) > MAX_BODY:
        raise TwilioError(400, 21617, f"The concatenated message body exceeds the {MAX_BODY} character limit")
    if not re.fullmatch(r"\+[1-9]\d{7,14}", to):
        raise TwilioError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    refusal = BAD_RECIPIENTS.get(to) or BAD_SENDERS.get(sender)
    if refusal:
        raise TwilioError(400, *refusal)
    if sender and not re.fullmatch(r"\+[1-9]\d{7,14}|\d{3,6}|[A-Za-z0-9 ]{1,11}", sender):
        raise TwilioError(400, 21212, f"Invalid 'From' Phone Number: {sender}")


def _conditions(query: Node) -> Iterator[_Condition]:
    for parameter, field in (("To", "to"), ("From", "from")):
        value = _text(query, parameter)
        if value:
            yield _equal(field, value)
    yield from _date_conditions(query)


def _equal(field: str, value: str) -> _Condition:
    return lambda message: bool(message[field] == value)


def _date_conditions(query: Node) -> Iterator[_Condition]:
    day = _text(query, "DateSent")
    if day:
        yield lambda message: message["created"][:10] == day[:10]
    after, before = _text(query, "DateSent>"), _text(query, "DateSent<")
    if after:
        first = _moment(after, "00:00:00")
        yield lambda message: datetime.fromisoformat(message["created"]).replace(microsecond=0) >= first
    if before:
        last = _moment(before, "23:59:59")
        yield lambda message: datetime.fromisoformat(message["created"]).replace(microsecond=0) <= last


def _moment(text: str, time_of_day: str) -> datetime:
    """A day or a moment in UTC."""
    whole = f"{text}T{time_of_day}" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        raise TwilioError(400, 20001, f"Invalid date: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(parameters: Node, name: str) -> str:
    value = parameters.get(name)
    return value if isinstance(value, str) else ""


def _count(query: Node, name: str, default: int) -> int:
    text = _text(query, name)
    return int(text) if text.isdecimal() else default
