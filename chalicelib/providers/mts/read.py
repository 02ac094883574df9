"""What the rows of one call in the history of MTS VPBX say: did anybody talk to the client?

Names are those of public programs that read its API; see the README.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr

from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import is_staff, normalise
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    Identifier,
    Payload,
    Reading,
    unreadable_content,
)

MILLISECONDS = 1000
LONGEST_MILLISECONDS = 7 * 24 * 3600 * MILLISECONDS
LONGEST_EXTENSION = 5

DIRECTIONS: Mapping[str, str] = {
    "TERMINATING": "inbound",
    "ORIGINATING": "outbound",
    "INBOUND": "inbound",
    "OUTBOUND": "outbound",
}
MISSED = "MISSED"
DIRECTION_OF_STATUS: Mapping[str, str] = {
    MISSED: "inbound",
    "RECEIVED": "inbound",
    "RECIEVED": "inbound",  # as the related service of Beeline spells it
    "PLACED": "outbound",
}
"""Where the row names no direction. A status that is not here is unknown."""


class Settings(PolledSettings):
    """What an MTS VPBX source can set.

    Attributes:
        token: the token of the API.
        api_url: where the API is.
    """

    token: SecretStr = Field(min_length=1)
    api_url: str = "https://vpbx.mts.ru"


class Row(Payload):
    """One row of the history: one employee's part of a call. Times are milliseconds."""

    call_id: Identifier = Field(validation_alias=AliasChoices("extTrackingId", "callGroupId"))
    call_time: int = Field(
        validation_alias="callTime",
        ge=FIRST_PLAUSIBLE_SECOND * MILLISECONDS,
        le=LAST_PLAUSIBLE_SECOND * MILLISECONDS,
    )
    calling: str = Field(default="", validation_alias="callingNumber")
    called: str = Field(default="", validation_alias="calledNumber")
    redirecting: str = Field(default="", validation_alias="redirectingNumber")
    direction_word: str = Field(default="", validation_alias="direction")
    status_word: str = Field(default="", validation_alias="status")
    duration: int = Field(default=0, ge=0, le=LONGEST_MILLISECONDS)
    talked: int = Field(default=0, validation_alias="answerDuration", ge=0, le=LONGEST_MILLISECONDS)
    employee: str = Field(default="", validation_alias="abonentName")

    @property
    def called_at(self) -> datetime:
        """When the call began."""
        return datetime.fromtimestamp(self.call_time // MILLISECONDS, UTC)

    @property
    def status(self) -> str:
        """In upper case."""
        return self.status_word.strip().upper()

    @property
    def direction(self) -> str:
        """``inbound`` or ``outbound``; empty if the row does not tell."""
        own = DIRECTIONS.get(self.direction_word.strip().upper(), "")
        return own or DIRECTION_OF_STATUS.get(self.status, "")

    @property
    def was_answered(self) -> bool:
        """Whether the two talked. An outbound call is ``PLACED`` whether or not the client took it."""
        if self.direction == "outbound":
            return self.talked > 0
        return self.status in DIRECTION_OF_STATUS and self.status != MISSED


class Call(Payload):
    """All rows of one call."""

    rows: tuple[Row, ...] = Field(min_length=1)

    @property
    def answered(self) -> Row | None:
        """The row of who talked to the client."""
        return next((row for row in self.rows if row.was_answered), None)

    @property
    def outcome(self) -> str:
        """``missed`` if it rang at several employees and nobody took it; else ``answered`` or ``unknown``."""
        if self.answered:
            return "answered"
        return "missed" if all(row.status in DIRECTION_OF_STATUS for row in self.rows) else "unknown"


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read the rows of one call: what became of it, or a note why that is nobody's business.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings, zone  # Times are epoch milliseconds.
    with unreadable_content():
        call = Call.model_validate(json_value(webhook.body))
    first = min(call.rows, key=lambda row: row.call_time)
    note = _why_nobodys(call, first)
    if note:
        return Reading(note=note)
    is_inbound = first.direction == "inbound"
    ours, theirs = (first.called, first.calling) if is_inbound else (first.calling, first.called)
    line = first.redirecting or ours if is_inbound else ours
    phone = normalise(theirs, typed=False)
    row = call.answered
    if row is None:
        missed = CallMissed(call_id=first.call_id, phone=phone, line=line, called_at=first.called_at)
        return Reading((missed,)) if is_inbound else Reading(note="outbound-call")
    answered = CallAnswered(
        call_id=first.call_id,
        phone=phone,
        line=line,
        direction="inbound" if is_inbound else "outbound",
        called_at=first.called_at,
        talked=timedelta(milliseconds=row.talked) if row.talked else None,
        employee=row.employee,
    )
    return Reading((answered,))


def _why_nobodys(call: Call, first: Row) -> str:
    """The note about a call that is nobody's missed or answered call; empty if it may be one."""
    if call.outcome == "unknown":
        return "unknown-status"
    client = first.calling if first.direction == "inbound" else first.called
    return "internal-call" if is_staff(client) or _is_extension(client) else ""


def _is_extension(number: str) -> bool:
    return 0 < len(number) <= LONGEST_EXTENSION and number.isdecimal()
