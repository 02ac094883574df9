"""Which parcels a courier is asked about: those of the CRM's orders that are still on their way.

Nothing is written about a parcel to know when it is due. Each has moments of its own, an hour or three hours
apart, reckoned from its track number. A round asks about those whose moment has come since the last one,
the first one first, as far as its limits let it, and the next round begins there. So whoever waits longest
is next, and after a crash a few are asked about again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from chalicelib.clock import Clock
from chalicelib.crm.port import CrmReader, Order
from chalicelib.engine.port import Document, Documents
from chalicelib.events import FINAL_PARCEL_STATUSES, ParcelStatus
from chalicelib.gate.tickets import fingerprint
from chalicelib.parcel_memory import ParcelMemory, parcel_key
from chalicelib.providers.couriers import Following
from chalicelib.providers.polling import Followed
from chalicelib.settings import Shop

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A parcel that is to be asked about, and since when."""

    at: datetime
    parcel: Followed


class Parcels:
    """The parcels of one source."""

    def __init__(
        self, source: str, following: Following, shop: Shop, crm: CrmReader, documents: Documents
    ) -> None:
        """Look into this CRM for orders, and into what the courier told us."""
        self.following = following
        self._source = source
        self._crm = crm
        self._documents = documents
        # The shop's statuses for parcels on their way back may mean to the CRM that the order is over.
        self._also_in = {
            shop.order_status_for(status) or ""
            for status in ParcelStatus
            if status not in FINAL_PARCEL_STATUSES
        }

    def due(self, after: datetime, until: datetime, now: datetime) -> list[Due]:
        """The parcels whose moment has come between, the first one first.

        One request to the CRM and one read of our memory for each 100 orders.

        Raises:
            LeadkeeperError: as the CRM's reader raises.
        """
        found: dict[str, Due] = {}
        if not self.following.delivery_types:
            return []
        since = now - self.following.follow_for
        for orders in self._crm.orders_under_way(self.following.delivery_types, since, self._also_in):
            for parcel in self._on_the_way(orders):
                at = self._moment_behind(after, parcel)
                if at <= until and not self._was_heard_of(parcel, now):
                    found[parcel.track_number] = Due(at, parcel)
        return sorted(found.values(), key=attrgetter("at"))

    def _on_the_way(self, orders: Sequence[Order]) -> Iterator[Followed]:
        keys = {
            order.id: parcel_key(self._source, order.track_number) for order in orders if order.track_number
        }
        documents = self._documents.get_many(list(keys.values())) if keys else {}
        for order in orders:
            if order.id in keys:
                parcel = _followed(order, documents[keys[order.id]])
                if parcel.status not in FINAL_PARCEL_STATUSES:
                    yield parcel

    def _moment_behind(self, after: datetime, parcel: Followed) -> datetime:
        """The first of the parcel's own moments behind another one."""
        pause = self.following.pause(parcel.status) // MICROSECOND
        phase = int(fingerprint(self._source, parcel.track_number), 16) % pause
        rounds = ((after - EPOCH) // MICROSECOND - phase) // pause + 1
        return EPOCH + (phase + rounds * pause) * MICROSECOND

    def _was_heard_of(self, parcel: Followed, now: datetime) -> bool:
        return parcel.heard_at is not None and now - parcel.heard_at < self.following.unheard_for


class Round:
    """One round of questions.

    Attributes:
        reached: each parcel that was due by then is dealt with.
    """

    def __init__(
        self, parcels: Parcels, clock: Clock, sleep: Callable[[float], None], after: datetime, until: datetime
    ) -> None:
        """Ask about what came due between.

        Raises:
            LeadkeeperError: as the CRM's reader raises. Its trouble is not the courier's.
        """
        self.reached = after
        self._until = until
        self._limits = parcels.following
        self._clock = clock
        self._sleep = sleep
        self._begun = clock()
        self._due = parcels.due(after, until, self._begun)

    def pages(self) -> Iterator[Sequence[Followed]]:
        """What is due, in pages for one request each. See ``Asking.parcels``."""
        limits = self._limits
        for request, first in enumerate(range(0, len(self._due), limits.parcels_per_request)):
            asked_at = self._clock()
            if request >= limits.requests_per_round or asked_at - self._begun >= limits.longest_round:
                return
            page = self._due[first : first + limits.parcels_per_request]
            yield [each.parcel for each in page]
            self.reached = page[-1].at
            self._keep_pace(asked_at)
        self.reached = self._until

    def _keep_pace(self, asked_at: datetime) -> None:
        """Wait until the next request may begin."""
        apart = timedelta(minutes=1) / self._limits.requests_per_minute
        passed = max(self._clock() - asked_at, timedelta())
        if passed < apart:
            self._sleep((apart - passed).total_seconds())


def _followed(order: Order, document: Document) -> Followed:
    memory = ParcelMemory.model_validate(document.content)
    return Followed(
        order_id=order.id,
        order_number=order.number,
        track_number=order.track_number,
        status=memory.status,
        since=max((move.at for move in memory.moves), default=None),
        heard_at=max((move.heard_at for move in memory.moves if move.heard_at), default=None),
    )
