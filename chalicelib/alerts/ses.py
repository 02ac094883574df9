"""Alerts by e-mail, through Amazon SES."""

from typing import Any

from chalicelib.alerts.aws import call
from chalicelib.alerts.mail import mail
from chalicelib.events import Alert
from chalicelib.people import Person


class SesChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = False

    def __init__(self, client: Any, sender: str, shop: str) -> None:  # noqa: ANN401 -- boto3 makes its clients as it runs
        """Send through this client of SES v2 from a verified address, in this shop's name."""
        self._client = client
        self._sender = sender
        self._shop = shop

    def address(self, person: Person) -> str:
        """See the port."""
        return person.email

    def tell(self, address: str, alert: Alert) -> None:
        """See the port. SES puts a ``Message-ID`` of its own in place of ours; the thread stays."""
        raw = mail(alert, self._sender, address, self._shop).as_bytes()
        call(
            "SES",
            lambda: self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Raw": {"Data": raw}},
            ),
        )
