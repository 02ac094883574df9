"""What the shop file's table ``[messengers]`` sets."""

from datetime import timedelta

from chalicelib.config_types import Duration, Table


class MessengerSettings(Table):
    """How conversations are treated, whichever messenger or mailbox they come by.

    Attributes:
        window: how long after a message made an order the next ones are added to it, while nobody has looked
            at it yet.
    """

    window: Duration = timedelta(minutes=30)
