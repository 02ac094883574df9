"""One part of what is kept of each hour, such as what came in, or how calls were answered."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

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


def added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Two tallies in one."""
    return dict(Counter(one) + Counter(other))
