"""A recorded day of a messenger: its webhooks in any order and again; no message may be handled twice.

A provider's tests write down a day with the messenger's own fields, and derive ``TestDay`` from
``MessageDay``. So that any order gives the same, the day lasts no longer than the window in which messages
are added to the order of their conversation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from chalicelib.entry import Status
from chalicelib.gate.envelope import OWN_SOURCE
from tests.lead_days import LeadDay
from tests.world import World


class MessageDay(LeadDay):
    """Derive ``TestDay`` from it."""

    orders = ()
    conversations: ClassVar[Mapping[str, Sequence[str]]]
    """The clients by name, of whom each gets one order, and words of each message that stands there once."""

    def who(self, order: Mapping[str, Any]) -> str:
        """Whose order it is; to be overridden where the messenger tells no names."""
        return str(order.get("firstName", ""))

    def _check(self, world: World) -> None:
        assert Counter(map(self.who, world.orders)) == Counter(self.conversations.keys())
        for order in world.orders:
            told = _told(order)
            words = self.conversations[self.who(order)]
            assert {word: told.count(word) for word in words} == dict.fromkeys(words, 1)
        assert world.tasks == []
        assert world.state["replies"] == []
        assert len(world.entries(Status.QUARANTINED)) == self.quarantined
        unfinished = [
            entry for entry in world.entries(Status.OPEN, Status.PARKED) if entry.source != OWN_SOURCE
        ]
        assert unfinished == []


def _told(order: Mapping[str, Any]) -> str:
    return f"{order.get('customerComment', '')}\n{order.get('managerComment', '')}"
