"""What Leadkeeper needs of an alert channel."""

from datetime import timedelta
from typing import Protocol

from chalicelib.errors import Refused, Unreachable
from chalicelib.events import Alert
from chalicelib.people import Person


class ComeLater(Unreachable):
    """The channel asks us to come again, not before a certain time.

    Attributes:
        delay: for how long it wants to be left alone.
    """

    def __init__(self, reason: str, delay: timedelta, detail: str = "") -> None:
        """Say also for how long."""
        super().__init__(reason, detail)
        self.delay = delay


class Closed(Refused):
    """The channel will deliver nothing until somebody changes something, such as a wrong token.

    Attributes:
        to_everybody: False if it is only this address, such as somebody who has blocked the bot.
    """

    def __init__(self, detail: str, *, to_everybody: bool) -> None:
        """Say for whom it is closed."""
        super().__init__("alert-refused", detail)
        self.to_everybody = to_everybody


class AlertChannel(Protocol):
    """Tells people something."""

    @property
    def is_shared(self) -> bool:
        """True if all people read it in one place, where an alert should stand once."""
        ...

    def address(self, person: Person) -> str:
        """Where this channel finds the person; empty if it cannot."""
        ...

    def tell(self, address: str, alert: Alert) -> None:
        """Deliver the alert.

        Raises:
            Unreachable: the channel does not answer; ``ComeLater`` if it says when to ask it again.
            Refused: it will not deliver this alert; ``Closed`` if it will deliver none.
        """
        ...
