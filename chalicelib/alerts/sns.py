"""Alerts to a topic of Amazon SNS."""

from typing import Any

from chalicelib.alerts.aws import call
from chalicelib.alerts.wording import one_line, with_link
from chalicelib.events import Alert
from chalicelib.people import Person

MAX_UNITS = 60_000
"""SNS takes 256 KiB; a letter has up to three bytes."""

MAX_SUBJECT_UNITS = 99
"""A longer subject is refused together with the alert."""


class SnsChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = True

    def __init__(self, client: Any, topic: str, shop: str) -> None:  # noqa: ANN401 -- boto3 makes its clients as it runs
        """Publish through this client to the topic with this ARN, in this shop's name."""
        self._client = client
        self._topic = topic
        self._shop = shop

    def address(self, person: Person) -> str:
        """See the port."""
        del person
        return "sns"

    def tell(self, address: str, alert: Alert) -> None:
        """See the port."""
        del address
        subject = one_line(alert.title, MAX_SUBJECT_UNITS) or one_line(self._shop, MAX_SUBJECT_UNITS)
        text = with_link(alert, MAX_UNITS)
        call("SNS", lambda: self._client.publish(TopicArn=self._topic, Subject=subject, Message=text))
