"""Alerts as short text messages, through the gateway that clients' messages take, too."""

from chalicelib.alerts.wording import one_line
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.events import Alert
from chalicelib.people import Person
from chalicelib.sms.port import SmsGateway

MAX_UNITS = 134
"""Two parts in Cyrillic. The whole text is in the log and in the journal."""


class SmsChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = False

    def __init__(self, gateway: SmsGateway) -> None:
        """Send through this gateway."""
        self._gateway = gateway

    def address(self, person: Person) -> str:
        """See the port."""
        return person.phone

    def tell(self, address: str, alert: Alert) -> None:
        """See the port. Only the first line, and no link: each part costs money."""
        try:
            self._gateway.send(address, one_line(alert.title, MAX_UNITS))
        except LeadkeeperError as error:
            # In the words of alert channels: this is no outage for clients' messages to wait for.
            if isinstance(error, Unreachable):
                raise Unreachable("alert-unreachable", error.detail, maybe_done=error.maybe_done) from None
            raise Refused("alert-refused", error.detail) from None
