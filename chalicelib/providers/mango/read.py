"""What a call's summary from Mango Office says: was it missed?

Facts are from "Mango VPBX API 1.10".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from chalicelib.events import CallMissed
from chalicelib.gate.form import form_fields, json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import is_staff, normalise
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


class Settings(SourceSettings):
    """What a Mango source can set.

    Attributes:
        api_key: the unique code of the PBX (``vpbx_api_key``); a list while it is being replaced.
        api_salt: the key for signatures (``vpbx_api_salt``); as many as there are codes, in their order.
        answering_machine_extensions: extensions that a machine answers: such a call is missed.
        menu_hangup_is_missed: whether a call that ended in the voice menu counts as missed.
    """

    api_key: Secrets
    api_salt: Secrets
    answering_machine_extensions: tuple[str, ...] = ()
    menu_hangup_is_missed: bool = True

    @model_validator(mode="after")
    def _pairs(self) -> "Settings":
        keys, salts = (
            1 if isinstance(secrets, str) else len(secrets) for secrets in (self.api_key, self.api_salt)
        )
        if keys != salts:
            raise ValueError("api_key and api_salt must hold the same number of values")
        return self


class Party(Payload):
    """One side of a call; a hidden caller has no number."""

    number: str = ""
    extension: str = ""


class Summary(Payload):
    """The fields of ``events/summary`` that tell a missed call. Times are epoch seconds, UTC."""

    entry_id: Identifier
    call_direction: int
    caller: Party = Field(default=Party(), alias="from")
    callee: Party = Field(default=Party(), alias="to")
    line_number: str = ""
    create_time: int = Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)
    talk_time: int = Field(default=0, ge=0)
    disconnect_reason: int = 0
    command_id: str = ""
    callback_initiator: str = ""

    def was_answered(self, machines: tuple[str, ...]) -> bool:
        """Whether a person talked to the client.

        ``talk_time`` is the moment of the answer, 0 if there was none. ``entry_result`` is of no use:
        the documentation's own sample of a call that ended in the menu says 1, "talked".
        """
        return self.talk_time > 0 and self.callee.extension not in machines

    def ended_in_menu(self) -> bool:
        """Whether the call ended before anybody was rung."""
        return self.disconnect_reason == ENDED_IN_MENU and self.callee == Party()


NOT_MISSED: tuple[tuple[str, Callable[[Summary, Settings], bool]], ...] = (
    ("internal-call", lambda call, _: call.call_direction == INTERNAL),
    ("outbound-call", lambda call, _: call.call_direction == OUTBOUND),
    ("unknown-direction", lambda call, _: call.call_direction != INBOUND),
    ("callback-ordered", lambda call, _: bool(call.command_id or call.callback_initiator)),
    ("internal-call", lambda call, _: is_staff(call.caller.number)),
    ("blacklisted-caller", lambda call, _: call.disconnect_reason in BLACKLISTED),
    ("call-answered", lambda call, shop: call.was_answered(shop.answering_machine_extensions)),
    ("ended-in-menu", lambda call, shop: call.ended_in_menu() and not shop.menu_hangup_is_missed),
)
"""Why a call is nobody's missed call: the note and its condition. The first that holds is given."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a call's summary: one ``CallMissed``, or a note why it is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json``, ``too-many-fields`` or ``unexpected-content``.
    """
    del zone  # Mango's times are epoch seconds
    with unreadable_content():
        content = form_fields(webhook.body).get("json", b"")
        call = Summary.model_validate(json_value(content))
    note = next((note for note, applies in NOT_MISSED if applies(call, settings)), "")
    if note:
        return Reading(note=note)
    missed = CallMissed(
        call_id=call.entry_id,
        phone=normalise(call.caller.number, typed=False),
        line=call.line_number,
        called_at=datetime.fromtimestamp(call.create_time, UTC),
    )
    return Reading((missed,))
