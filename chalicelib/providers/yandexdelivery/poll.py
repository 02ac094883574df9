"""Ask Yandex Delivery about the parcels of one account."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import LeadkeeperError
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.yandexdelivery.claims import Claims
from chalicelib.providers.yandexdelivery.read import Settings
from chalicelib.providers.yandexdelivery.requests import Requests

OVERLAP = timedelta(days=7)
"""After an outage it takes many rounds until everything has had its turn: nothing may be too old by then."""


class YandexDelivery:
    """Asks for one account. Implements ``polling.Poller``."""

    overlap = OVERLAP

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask about what the shop uses."""
        self.every = settings.every
        self._services: list[Requests | Claims] = []
        if "other-day" in settings.services:
            self._services.append(Requests(settings, zone, transport))
        if "express" in settings.services:
            self._services.append(Claims(settings, zone, transport))

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. Trouble with one service keeps the other one's news not back."""
        trouble: LeadkeeperError | None = None
        for service in self._services:
            try:
                yield from service.pages(asking)
            except LeadkeeperError as error:
                trouble = error
        if trouble is not None:
            raise trouble


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> YandexDelivery:
    """What asks this source."""
    return YandexDelivery(settings, zone, transport)
