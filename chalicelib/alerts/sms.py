"""Alerts as short text messages, through the gateways that clients' messages take, too."""

from collections.abc import Sequence
from contextlib import suppress

from chalicelib.alerts.wording import one_line
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.events import Alert
from chalicelib.people import Person
from chalicelib.sms.port import Outgoing, SmsGateway

MAX_UNITS = 134
"""Two parts in Cyrillic. The whole text is in the log and in the journal."""


class SmsChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = False

    def __init__(self, gateways: Sequence[SmsGateway]) -> None:
        """Send through the first of these gateways that takes it."""
        self._gateways = gateways

    def address(self, person: Person) -> str:
        """See the port."""
        return person.phone

    def tell(self, address: str, alert: Alert) -> None:
        """See the port. Only the first line, and no link: each part costs money."""
        message = Outgoing(address, one_line(alert.title, MAX_UNITS))
        *others, last = self._gateways
        for gateway in others:
            # Told twice is better than never, so whatever is wrong with one gateway, the next one is asked.
            with suppress(LeadkeeperError):
                gateway.send(message)
                return
        try:
            last.send(message)
        except LeadkeeperError as error:
            # In the words of alert channels: this is no outage for clients' messages to wait for.
            if isinstance(error, Unreachable):
                raise Unreachable("alert-unreachable", error.detail, maybe_done=error.maybe_done) from None
            raise Refused("alert-refused", error.detail) from None
