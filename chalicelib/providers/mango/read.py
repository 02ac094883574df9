"""What Mango Office says of a call: was it missed, who talked, where is the recording?

Facts are from "Mango VPBX API 1.10".
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from chalicelib.config_types import Duration
from chalicelib.events import CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.form import form_fields, json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import is_staff, normalise
from chalicelib.providers.mango.gate import CALL, RECORDING
from chalicelib.providers.mango.visitors import VISITOR, read_visitor
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)

INTERNAL, INBOUND, OUTBOUND = 0, 1, 2
ENDED_IN_MENU = 1170
BLACKLISTED = frozenset({1151, 1152})
SAVED = 1000
RECORDING_LINK = "https://app.mango-office.ru/vpbx/queries/recording/link"


class Settings(SourceSettings):
    """What a Mango source can set.

    Attributes:
        api_key: the unique code of the PBX (``vpbx_api_key``); a list while it is being replaced.
        api_salt: the key for signatures (``vpbx_api_salt``); as many as there are codes, in their order.
        answering_machine_extensions: extensions that a machine answers: such a call is missed.
        menu_hangup_is_missed: whether a call that ended in the voice menu counts as missed.
        asks_for_visitors: whether to ask whose call it is when a number of dynamic call tracking rings.
        recording_links: how long a link to a recording works; None for no links. Each holds the PBX's code.
    """

    api_key: Secrets
    api_salt: Secrets
    answering_machine_extensions: tuple[str, ...] = ()
    menu_hangup_is_missed: bool = True
    asks_for_visitors: bool = False
    recording_links: Duration | None = None

    @model_validator(mode="after")
    def _pairs(self) -> "Settings":
        if len(_values(self.api_key)) != len(_values(self.api_salt)):
            raise ValueError("api_key and api_salt must hold the same number of values")
        return self


class Party(Payload):
    """One side of a call; a hidden caller has no number."""

    number: str = ""
    extension: str = ""


class Summary(Payload):
    """The fields of ``events/summary`` that tell how a call ended. Times are epoch seconds, UTC."""

    entry_id: Identifier
    call_direction: int
    caller: Party = Field(default=Party(), alias="from")
    callee: Party = Field(default=Party(), alias="to")
    line_number: str = ""
    create_time: int = Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)
    talk_time: int = Field(default=0, ge=0, le=LAST_PLAUSIBLE_SECOND)
    end_time: int = 0
    disconnect_reason: int = 0
    command_id: str = ""
    callback_initiator: str = ""

    @property
    def is_inbound(self) -> bool:
        """Whether the client called."""
        return self.call_direction == INBOUND

    @property
    def client(self) -> Party:
        """The side outside the shop."""
        return self.caller if self.is_inbound else self.callee

    @property
    def employee(self) -> Party:
        """The side inside the shop."""
        return self.callee if self.is_inbound else self.caller

    def was_answered(self, machines: tuple[str, ...]) -> bool:
        """Whether a person talked to the client.

        ``talk_time`` is the moment of the answer, 0 if there was none. ``entry_result`` is of no use:
        the documentation's own sample of a call that ended in the menu says 1, "talked".
        """
        return self.talk_time > 0 and self.employee.extension not in machines

    def ended_in_menu(self) -> bool:
        """Whether the call ended before anybody was rung."""
        return self.disconnect_reason == ENDED_IN_MENU and self.callee == Party()


class Recording(Payload):
    """The fields of ``events/recording``; the id is in base64, as others of Mango's."""

    recording_id: Identifier
    recording_state: str
    entry_id: Identifier
    timestamp: int = Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)
    completion_code: int = 0


NO_CALL: tuple[tuple[str, Callable[[Summary, Settings], bool]], ...] = (
    ("internal-call", lambda call, _: call.call_direction == INTERNAL),
    ("unknown-direction", lambda call, _: call.call_direction not in {INBOUND, OUTBOUND}),
    ("callback-ordered", lambda call, _: bool(call.command_id or call.callback_initiator)),
    ("internal-call", lambda call, _: is_staff(call.client.number)),
    ("blacklisted-caller", lambda call, _: call.is_inbound and call.disconnect_reason in BLACKLISTED),
    (
        "outbound-unanswered",
        lambda call, shop: not call.is_inbound and not call.was_answered(shop.answering_machine_extensions),
    ),
    ("ended-in-menu", lambda call, shop: _is_menu_hangup(call, shop) and not shop.menu_hangup_is_missed),
)
"""Why nothing follows from a call: the note and its condition. The first that holds is given."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a call's summary or its recording: one event, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json``, ``too-many-fields`` or ``unexpected-content``.
    """
    del zone  # Mango's times are epoch seconds
    with unreadable_content():
        if webhook.path == VISITOR:
            return read_visitor(webhook)
        if tuple(filter(None, webhook.path)) == CALL:
            return Reading(note="ringing")
        content = json_value(form_fields(webhook.body).get("json", b""))
        if tuple(filter(None, webhook.path)) == RECORDING:
            return _recorded(Recording.model_validate(content), settings)
        return _ended(Summary.model_validate(content), settings)


def _ended(call: Summary, settings: Settings) -> Reading:
    note = next((note for note, applies in NO_CALL if applies(call, settings)), "")
    if note:
        return Reading(note=note)
    if call.was_answered(settings.answering_machine_extensions):
        return Reading((_answered(call),))
    missed = CallMissed(
        call_id=call.entry_id,
        phone=normalise(call.caller.number, typed=False),
        line=call.line_number,
        called_at=_moment(call.create_time),
    )
    return Reading((missed,))


def _answered(call: Summary) -> CallAnswered:
    # An answer before the year 2000 is no moment, but still an answer.
    is_moment = call.talk_time >= FIRST_PLAUSIBLE_SECOND
    return CallAnswered(
        call_id=call.entry_id,
        phone=normalise(call.client.number, typed=False),
        line=call.line_number,
        direction="inbound" if call.is_inbound else "outbound",
        called_at=_moment(call.create_time),
        answered_at=_moment(call.talk_time) if is_moment else None,
        talked=timedelta(seconds=call.end_time - call.talk_time)
        if is_moment and call.talk_time <= call.end_time <= LAST_PLAUSIBLE_SECOND
        else None,
        employee=call.employee.extension or call.employee.number,
    )


def _recorded(recording: Recording, settings: Settings) -> Reading:
    if recording.recording_state != "Completed" or recording.completion_code != SAVED:
        return Reading(note="not-recorded")
    if settings.recording_links is None:
        return Reading(note="no-recording-links")
    expires = recording.timestamp + int(settings.recording_links.total_seconds())
    link = _recording_link(recording.recording_id, expires, settings)
    return Reading((CallRecorded(call_id=recording.entry_id, recording_url=link),))


def _recording_link(recording_id: str, expires: int, settings: Settings) -> str:
    """A link that works without a login until it expires, signed as the documentation says."""
    key, salt = _values(settings.api_key)[-1], _values(settings.api_salt)[-1]
    sign = sha256(f"{key}{expires}{recording_id}{salt}".encode()).hexdigest()
    return f"{RECORDING_LINK}/{quote(recording_id, safe='')}/play/{quote(key, safe='')}/{expires}/{sign}"


def _is_menu_hangup(call: Summary, settings: Settings) -> bool:
    return call.ended_in_menu() and not call.was_answered(settings.answering_machine_extensions)


def _values(secrets: Secrets) -> tuple[str, ...]:
    return (secrets,) if isinstance(secrets, str) else secrets


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
