"""The part ``incoming``: what came in by source, and what became of it."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field

from chalicelib.books.part import Part, added_twice
from chalicelib.entry import Entry
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.providers.test_leads import TEST_LEAD

Tallies = Mapping[str, Mapping[str, int]]


class Incoming(Part):
    """What third parties sent. What we tell ourselves counts by its actions alone, test leads not at all.

    Attributes:
        sources: how many webhooks of each source have which status.
        actions: how many actions of each kind have which result: ``done`` or ``skipped``.
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
        actions: dict[str, dict[str, int]] = {}
        # The last actions may have no result yet.
        for action, result in zip(entry.plan, entry.results, strict=False):
            of_kind = actions.setdefault(action.kind, {})
            of_kind[result.state] = of_kind.get(result.state, 0) + 1
        return cls(sources={} if is_own else {entry.source: {str(entry.status): 1}}, actions=actions)

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(
            sources=added_twice(self.sources, other.sources), actions=added_twice(self.actions, other.actions)
        )
