"""What Leadkeeper needs of an alert channel."""

from typing import Protocol

from chalicelib.actions import Alert
from chalicelib.people import Person


class AlertChannel(Protocol):
    """Tells one person something."""

    def tell(self, person: Person, alert: Alert) -> None:
        """Deliver the alert; without effect for a person whom this channel does not know.

        Raises:
            Unreachable: the channel does not answer.
            Refused: it will not deliver to this person until somebody changes something.
        """
        ...
