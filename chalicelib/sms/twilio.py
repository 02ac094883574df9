"""Twilio's Messages API. Facts: Twilio's documentation of messages and error codes.

There is no idempotency key for sending, so a send that may have succeeded is looked up by recipient,
time and text before it is repeated.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from chalicelib.errors import LeadkeeperError, Unreachable
from chalicelib.events import MessageStatus, Price
from chalicelib.logs import masked
from chalicelib.sms.answers import Answer, error_of, refusal
from chalicelib.sms.http import amount
from chalicelib.sms.port import Outgoing, Sent, Standing
from chalicelib.sms.twilio_codes import ANSWERS, standing_of

TIMEOUT = httpx.Timeout(10, connect=5)
LISTED = 50
SENDER_CLOCK_ALLOWANCE = timedelta(minutes=5)
NO_ACCESS = frozenset({401, 403})
SLOW_DOWN = frozenset({429, 503})
FIRST_REFUSAL = 400
FIRST_SERVER_ERROR = 500
SECOND = timedelta(seconds=1)
LONGEST_VALIDITY = 36000 * SECOND
TRY_AGAIN = "#rc=3&rp=all"
"""Twilio's own words for a call-back that failed: by default it repeats only one that could not connect."""

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class TwilioSms:
    """Implements ``sms.port.SmsGateway``."""

    def __init__(
        self,
        account: str,
        token: str,
        sender: str,
        url: str = "https://api.twilio.com",
        transport: httpx.BaseTransport | None = None,
        callback: str = "",
    ) -> None:
        """Send through this account.

        Args:
            account: its SID.
            token: its auth token.
            sender: a number in E.164, or a messaging service (``MG…``).
            url: of the API.
            transport: replaces the network in tests.
            callback: the URL that Twilio tells of deliveries; empty for none.
        """
        self._options = {"status_callback": f"{callback}{TRY_AGAIN}"} if callback else {}
        self._client = Client(account, token, http_client=_Http(transport))
        self._client.api.base_url = url
        self._sender = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}

    def send(self, message: Outgoing) -> Sent:
        """See the port."""
        options: dict[str, Any] = {**self._sender, **self._options}
        if message.valid_for is not None:
            options["validity_period"] = self.validity(message.valid_for) // SECOND
        sent = _call(
            lambda: self._client.messages.create(to=message.phone, body=message.text, **options),
            is_write=True,
        )
        if not sent.sid:
            raise Unreachable("sms-unreachable", "unexpected answer: no sid", maybe_done=True)
        return Sent(str(sent.sid))

    def find(self, message: Outgoing, since: datetime) -> str | None:
        """See the port."""
        listed = _call(
            lambda: self._client.messages.list(
                to=message.phone, date_sent_after=since - SENDER_CLOCK_ALLOWANCE, limit=LISTED
            ),
            is_write=False,
        )
        for sent in listed:
            if sent.body == message.text and _created(sent) >= since - SENDER_CLOCK_ALLOWANCE:
                return str(sent.sid)
        return None

    def validity(self, wanted: timedelta) -> timedelta:
        """See the port: whole seconds, up to ten hours."""
        return min(max(-(-wanted // SECOND), 1) * SECOND, LONGEST_VALIDITY)

    def status(self, message_id: str, phone: str) -> Standing:
        """See the port."""
        del phone
        message = _call(lambda: self._client.messages(message_id).fetch(), is_write=False)
        standing = standing_of(str(message.status), str(message.error_code or ""))
        return replace(standing or Standing(MessageStatus.UNKNOWN), price=_price(message))


class _Http(HttpClient):
    """Twilio's library over httpx: a time-out, no retries of its own, and a transport for tests."""

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        super().__init__(logger=log, is_async=False)
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport)

    def request(  # noqa: PLR0913, PLR0917 -- the library's own interface
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 -- likewise
    ) -> Response:
        """Send one request.

        Raises:
            httpx.HTTPError: there is no answer.
            ValueError: it is no JSON object.
        """
        del timeout, allow_redirects
        response = self._http.request(
            method,
            uri,
            params=_plain(params),
            data=_plain(data),
            headers=headers,
            auth=auth if auth is not None else httpx.USE_CLIENT_DEFAULT,
        )
        if response.is_success and not isinstance(response.json(), dict):
            raise ValueError("the answer is no JSON object, which the library would stumble over")
        return Response(response.status_code, response.text, response.headers)


def _plain(fields: dict[str, object] | None) -> dict[str, Any] | None:
    return None if fields is None else {name: str(value) for name, value in fields.items()}


def _call(request: Callable[[], Result], *, is_write: bool) -> Result:
    try:
        return request()
    except TwilioException as error:
        raise _failure(error, is_write=is_write) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unreachable("sms-unreachable", type(error).__name__) from None
    except (httpx.HTTPError, ValueError) as error:
        raise Unreachable("sms-unreachable", type(error).__name__, maybe_done=is_write) from None


def _failure(error: TwilioException, *, is_write: bool) -> LeadkeeperError:
    status = _status(error)
    code, message = getattr(error, "code", None), getattr(error, "msg", "")
    detail = f"Twilio answers {status}" + (f", code {code}" if code else "")
    if status in NO_ACCESS:
        return error_of(Answer.NO_ACCESS, detail)
    if status in SLOW_DOWN:
        return error_of(Answer.COME_LATER, detail)
    if status is None or status < FIRST_REFUSAL or status >= FIRST_SERVER_ERROR:
        return Unreachable("sms-unreachable", detail, maybe_done=is_write)
    # Twilio's words repeat the client's number, and alerts carry them to messengers.
    return refusal(ANSWERS, code, masked(f"{detail}: {message}") if message else detail)


def _status(error: TwilioException) -> int | None:
    """The HTTP status; the library's error about a list only holds the whole response."""
    for part in error.args:
        if isinstance(part, Response):
            return int(part.status_code)
    status = getattr(error, "status", None)
    return status if isinstance(status, int) else None


def _price(message: Any) -> Price | None:  # noqa: ANN401 -- the library's own type has no types
    """What Twilio takes; it may know that some time after it has sent the message."""
    cost = amount(message.price)
    return None if cost is None else Price(amount=cost, currency=str(message.price_unit or "").upper())


def _created(message: Any) -> datetime:  # noqa: ANN401 -- the library's own type has no types
    moment = message.date_created
    if not isinstance(moment, datetime):
        # Without a time it may be ours: better not to send twice.
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
