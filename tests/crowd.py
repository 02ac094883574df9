"""Thousands of parcels at one courier: who is asked about when, without queue, pipeline and sandbox."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.checks.parcels import Parcels, Round
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.events import ParcelMoved, ParcelStatus
from chalicelib.parcel_memory import ParcelMemory, parcel_key
from chalicelib.providers.couriers import FollowsParcels
from chalicelib.providers.polling import Asking, Followed, Poller
from tests.world import MORNING, example_shop

SOURCE = "courier"
PAGE = 100


class CrowdedCrm:
    """A CRM with many orders under way. Of the port it has what ``Parcels`` reads.

    Attributes:
        reads: how many pages were read.
    """

    def __init__(self, orders: Sequence[Order]) -> None:
        self._orders = orders
        self.reads = 0

    def orders_under_way(
        self, delivery_types: Collection[str], since: datetime, also_in: Collection[str]
    ) -> Iterator[Sequence[Order]]:
        del delivery_types, since, also_in
        for first in range(0, len(self._orders), PAGE):
            self.reads += 1
            yield self._orders[first : first + PAGE]


class CrowdedMemory:
    """What couriers told of many parcels. Of the port it has what ``Parcels`` reads."""

    def __init__(self, content: Mapping[str, Mapping[str, Any]]) -> None:
        self._content = content

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        return {key: Document(key, self._content.get(key, {}), 1) for key in keys}


class Crowd:
    """A third of the parcels waits at its pickup point, the others are on their way.

    Attributes:
        asked: the track numbers that the courier was asked about, as often as it was.
        known: the dedup ids of all that it told.
    """

    def __init__(self, poller: Poller, track_numbers: Sequence[str], *, is_heard: bool = True) -> None:
        """``is_heard``: whether anything was ever heard of the parcels."""
        assert isinstance(poller, FollowsParcels)
        self.now = MORNING
        self.asked: list[str] = []
        self.known: set[str] = set()
        self.poller = poller
        self.crm = CrowdedCrm([_order(number, track) for number, track in enumerate(track_numbers)])
        content = {
            parcel_key(SOURCE, track): _stands(track, number % 3 == 0)
            for number, track in enumerate(track_numbers)
            if is_heard
        }
        self._parcels = Parcels(
            SOURCE,
            poller.following,
            example_shop(),
            self.crm,  # type: ignore[arg-type]  # the one method that is read
            CrowdedMemory(content),  # type: ignore[arg-type]  # likewise
        )
        self._state: Mapping[str, Any] = {}

    def live(self, span: timedelta) -> None:
        """Ask as often as the source is asked."""
        until = self.now + span
        reached = self.now
        while self.now < until:
            self.now += self.poller.every
            round_ = Round(self._parcels, lambda: self.now, self._sleep, reached, self.now)
            for page in self.poller.pages(self._asking(round_)):
                self.known.update(record.dedup_id for record in page)
            reached = round_.reached

    def _asking(self, round_: Round) -> Asking:
        def parcels() -> Iterator[Sequence[Followed]]:
            for page in round_.pages():
                self.asked += [parcel.track_number for parcel in page]
                yield page

        return Asking(
            since=MORNING,
            until=self.now,
            heard=lambda: iter(()),
            is_known=self.known.__contains__,
            parcels=parcels,
            recall=lambda: self._state,
            remember=self._remember,
        )

    def _remember(self, state: Mapping[str, Any]) -> None:
        self._state = state

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def most_in_a_minute(moments: Sequence[datetime]) -> int:
    """The most of these moments, in their order, that lie within any minute."""
    most = first = 0
    for last, at in enumerate(moments):
        while moments[first] <= at - timedelta(minutes=1):
            first += 1
        most = max(most, last - first + 1)
    return most


def _order(number: int, track: str) -> Order:
    return Order(
        id=number + 1,
        number=f"{number}A",
        status="delivering",
        is_open=True,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        track_number=track,
    )


def _stands(track: str, waits: bool) -> Mapping[str, Any]:
    status = ParcelStatus.WAITING if waits else ParcelStatus.IN_TRANSIT
    moved = ParcelMoved(parcel_id=track, track_number=track, status=status, code=status.value, at=MORNING)
    return ParcelMemory().moved(moved, "entry", MORNING).content()
