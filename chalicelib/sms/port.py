"""What Leadkeeper needs of an SMS gateway.

Both methods raise :class:`chalicelib.errors.Unreachable` when the gateway does not answer, and
:class:`chalicelib.errors.Refused` when it says no for good.
"""

from datetime import datetime
from typing import Protocol


class SmsGateway(Protocol):
    """Sends text messages."""

    def send(self, phone: str, text: str) -> str:
        """Send a text to a phone (E.164) and return the gateway's id of the message."""
        ...

    def find(self, phone: str, text: str, since: datetime) -> str | None:
        """The id of this text, if it was sent to this phone since then; None if surely not.

        A message that was just sent may not be listed yet: ask after the lag.
        """
        ...
