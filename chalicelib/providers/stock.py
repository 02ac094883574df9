"""What a provider's ``stock.py`` offers, for a third party that can tell all that lies in its stores."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import httpx


class StorePicture(NamedTuple):
    """What lies in one store.

    Attributes:
        store: as the third party calls it.
        quantities: by sku; None where it is not known just now. What is missing is not there.
    """

    store: str
    quantities: Mapping[str, float | None]


class StockReader(Protocol):
    """Reads all of it. Each method raises ``LeadkeeperError`` if the third party does not tell."""

    def moving(self, since: datetime) -> Collection[str]:
        """The skus of what changed since then: news of them may still be on their way."""
        ...

    def pictures(self, stores: Collection[str]) -> Iterator[StorePicture]:
        """What lies in each of these stores, one store after another; without those that are not its own."""
        ...


class StockModule(Protocol):
    """The module ``providers/<name>/stock.py``."""

    def stock_reader(
        self,
        settings: Any,  # noqa: ANN401 -- each provider has settings of its own
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None],
    ) -> StockReader:
        """What reads this source."""
        ...
