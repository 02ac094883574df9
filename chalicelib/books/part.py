"""One part of what is kept of each hour, such as what came in, or how calls were answered."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from chalicelib.actions import AnyAction
from chalicelib.entry import Entry


class Part(BaseModel, ABC):
    """What entries add up to, in one respect. Frozen, and small: an hour's parts are one document of 400 KB.

    It is kept for good, so it holds counts and durations by names of the shop's own (sources, templates,
    rules): no phone, no name of a client, nothing whose number grows with the entries. Each attribute has a
    default, and the part with nothing but defaults says that nothing happened.

    Attributes:
        name: how its document calls it. Whoever changes what a part means gives it another name: then all
            hours whose entries are still there are booked again.
    """

    model_config = ConfigDict(frozen=True)
    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def of(cls, entry: Entry) -> Self:
        """What one entry brings, as it stands now. Entries of any status come here, open ones too."""

    @abstractmethod
    def merged(self, other: Self) -> Self:
        """Both together. In whatever order parts are merged, the same comes of it."""


def done(entry: Entry) -> list[AnyAction]:
    """What was done of the entry's plan: not what was skipped, observed, set aside or discarded."""
    results = zip(entry.plan, entry.results, strict=False)
    return [action for action, result in results if result.state == "done"]


Name = TypeVar("Name", str, int)


def added(one: Mapping[Name, int], other: Mapping[Name, int]) -> dict[Name, int]:
    """Two tallies in one."""
    return dict(Counter(one) + Counter(other))


def added_twice(
    one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """Two sets of tallies by name in one."""
    names = dict.fromkeys((*one, *other))
    return {name: added(one.get(name, {}), other.get(name, {})) for name in names}
