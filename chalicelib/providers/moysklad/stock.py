"""All of MoySklad's stock, store by store, for the daily check."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime

import httpx

from chalicelib.providers.moysklad.client import Client
from chalicelib.providers.moysklad.read import Settings
from chalicelib.providers.stock import StorePicture

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Everything:
    """Reads one account. Implements ``providers.stock.StockReader``."""

    def __init__(self, client: Client) -> None:
        """Ask through this client."""
        self._client = client

    def moving(self, since: datetime) -> Collection[str]:
        """See the port."""
        changed = self._client.changed(since)
        return frozenset(
            self._client.skus({offer for offers in changed.values() for offer in offers}).values()
        )

    def pictures(self, stores: Collection[str]) -> Iterator[StorePicture]:
        """See the port. MoySklad's ids of stores are UUIDs; the others are not its own."""
        skus = self._client.all_skus()
        for store in stores:
            if not _UUID.fullmatch(store):
                continue
            quantities = self._client.everything_in(store)
            if skus is not None:
                quantities = {skus[offer]: quantities[offer] for offer in quantities if offer in skus}
            yield StorePicture(store, quantities)


def stock_reader(
    settings: Settings, transport: httpx.BaseTransport | None, sleep: Callable[[float], None]
) -> Everything:
    """What reads this source."""
    return Everything(Client(settings, transport, sleep))
