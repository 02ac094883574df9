"""The part ``mistakes``: mistakes in orders that were caught, by rule."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field

from chalicelib.books.part import Part, added
from chalicelib.entry import Entry
from chalicelib.events import MistakesMade


class Mistakes(Part):
    """Steps of orders that broke the shop's scenario.

    Attributes:
        steps: how many steps broke any rule.
        rules: how many broke each rule; a step may break several.
    """

    name: ClassVar[str] = "mistakes"
    steps: int = 0
    rules: Mapping[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        made = [event for event in entry.events if isinstance(event, MistakesMade)]
        return cls(steps=len(made), rules=Counter(rule for event in made for rule in event.rules))

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(steps=self.steps + other.steps, rules=added(self.rules, other.rules))
