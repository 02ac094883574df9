"""What the shop pays for, and when it ends."""

from typing import Literal

from chalicelib.events.base import Event


class Expiry(Event):
    """A step on the way of a service, licence or balance to its end.

    Attributes:
        name: as the shop file calls it.
        period: names the time until this end: once it is renewed, another one has begun.
        step: days that were left at the ladder's step; 0 once it has ended.
    """

    name: str
    period: str
    step: int


class SubscriptionExpiring(Event):
    """A step of the ladder is due: somebody should renew it, or pay."""

    kind: Literal["subscription-expiring"] = "subscription-expiring"
    expiry: Expiry


class SubscriptionUrgent(Event):
    """So little time is left that people must hear of it at once, even while the CRM is away."""

    kind: Literal["subscription-urgent"] = "subscription-urgent"
    expiry: Expiry


class SubscriptionRenewed(Event):
    """Nothing of a subscription's ladder is due any more, and people still have tasks of ours about it.

    Attributes:
        name: as the shop file calls it.
        rule: the kind of the events that made the tasks: in observe mode they are left alone, too.
    """

    kind: Literal["subscription-renewed"] = "subscription-renewed"
    name: str
    rule: Literal["subscription-expiring"] = "subscription-expiring"
