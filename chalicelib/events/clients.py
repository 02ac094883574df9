"""What is noticed of clients' cards in the CRM."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event

DoubleReason = Literal["phone", "email", "name"]
Certainty = Literal["certain", "likely", "possible"]

CERTAINTY: Mapping[DoubleReason, Certainty] = {"phone": "certain", "email": "likely", "name": "possible"}
"""A phone has one owner, a mailbox may be a family's, a name is anybody's. The strongest comes first."""


class PossibleDouble(Event):
    """Two cards that may be one client.

    Attributes:
        first: the older card's id.
        second: the newer one's.
        reason: the strongest thing that they have in common.
    """

    first: int
    second: int
    reason: DoubleReason

    @property
    def certainty(self) -> Certainty:
        """How sure it is."""
        return CERTAINTY[self.reason]

    @property
    def key(self) -> str:
        """What tells pairs apart."""
        return f"{self.first}-{self.second}"


class DoublesFound(Event):
    """What a night's look at the clients of new orders found, and nobody was told before.

    Attributes:
        doubles: the first ones, the surest first.
        total: how many there are.
    """

    kind: Literal["doubles-found"] = "doubles-found"
    at: AwareDatetime
    doubles: tuple[PossibleDouble, ...]
    total: int
