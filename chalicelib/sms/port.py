"""What Leadkeeper needs of an SMS gateway.

All methods raise :class:`chalicelib.errors.Unreachable` when the gateway does not answer or will do nothing
for us just now (a wrong key, no money), and :class:`chalicelib.errors.Refused` when it says no for good:
``WrongNumber`` and ``OptedOut`` say it of the recipient, for whom no other gateway is of use either.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.events import MessageStatus, Price


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A text message for a gateway.

    Attributes:
        phone: E.164.
        text: what it says.
        reference: our own name for it, the same for each attempt; empty if it will not be looked up.
        valid_for: after this time the gateway need not deliver it any more; None leaves that to the gateway.
    """

    phone: str
    text: str
    reference: str = ""
    valid_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A text message that a gateway has taken.

    Attributes:
        message_id: the gateway's id of it; empty if it was sent before.
        price: what it takes; None if it does not tell when it is sent.
    """

    message_id: str
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a text message stands.

    Attributes:
        code: the gateway's own code of what went wrong; empty if nothing did.
        is_number_wrong: whether no gateway can reach this number.
        is_opted_out: whether its owner wants no messages of ours.
        price: what the gateway takes for it; None if that was not told.
    """

    status: MessageStatus
    code: str = ""
    is_number_wrong: bool = False
    is_opted_out: bool = False
    price: Price | None = None


class SmsGateway(Protocol):
    """Sends text messages."""

    def send(self, message: Outgoing) -> Sent:
        """Hand a message over."""
        ...

    def find(self, message: Outgoing, since: datetime) -> str | None:
        """The id of this message, if it was handed over since then; None if surely not.

        Whatever became of it since: ``status`` tells. One that was just sent may not be listed yet: ask after
        the lag.

        Raises:
            Refused: ``sms-cannot-look-up``: this gateway has no way to tell.
        """
        ...

    def validity(self, wanted: timedelta) -> timedelta:
        """The validity period that this gateway makes of the wanted one: its steps are coarse."""
        ...

    def status(self, message_id: str, phone: str) -> Standing:
        """What became of a message."""
        ...
