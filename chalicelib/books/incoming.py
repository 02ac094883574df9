"""The part ``incoming``: what came in by source, and what became of it."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field

from chalicelib.books.part import Part, added_twice
from chalicelib.entry import Entry, Status
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.providers.test_leads import TEST_LEAD

OBSERVED = "observed"

Tallies = Mapping[str, Mapping[str, int]]


class Incoming(Part):
    """What third parties sent. What we tell ourselves counts by its actions alone, test leads not at all.

    Attributes:
        sources: how many webhooks of each source have which status.
        actions: how many actions of each kind have which result: ``done``, ``skipped``, or ``observed`` for
            what was decided in observe mode and not done.
    """

    name: ClassVar[str] = "incoming"
    sources: Tallies = Field(default_factory=dict)
    actions: Tallies = Field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        if entry.reason == TEST_LEAD:
            return cls()
        is_own = entry.source == OWN_SOURCE
        return cls(
            sources={} if is_own else {entry.source: {str(entry.status): 1}}, actions=_actions_of(entry)
        )

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(
            sources=added_twice(self.sources, other.sources), actions=added_twice(self.actions, other.actions)
        )


def _actions_of(entry: Entry) -> Tallies:
    """Those without a result yet count only where they never get one."""
    states: list[str] = [result.state for result in entry.results]
    if entry.status is Status.OBSERVED:
        states += [OBSERVED] * (len(entry.plan) - len(states))
    tallies: dict[str, dict[str, int]] = {}
    for action, state in zip(entry.plan, states, strict=False):
        of_kind = tallies.setdefault(action.kind, {})
        of_kind[state] = of_kind.get(state, 0) + 1
    return tallies
