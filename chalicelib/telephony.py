"""What the shop file's table ``[telephony]`` sets."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator

from chalicelib.config_types import Duration, Table

CallLog = Literal["none", "note", "module"]

Limit = Annotated[Duration | None, BeforeValidator(lambda value: None if value == "never" else value)]
"""A duration, or ``never``: None."""


class Telephony(Table):
    """How calls are treated, whichever provider tells of them.

    Attributes:
        calls: where calls and their recordings are shown in the CRM: nowhere, as notes on orders, or by its
            methods for telephony.
        same_call_within: how far apart two systems may date the same call.
        escalate_after: how much of the shop's hours may pass until somebody above hears that a client was not
            called back; ``never`` if nobody should.
    """

    calls: CallLog = "none"
    same_call_within: Duration = timedelta(minutes=10)
    escalate_after: Limit = timedelta(minutes=30)
