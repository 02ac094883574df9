"""What we remember of a parcel: its moves, by the courier's clock."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.events import FINAL_PARCEL_STATUSES, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.memory import Claim, Memory

MAX_MOVES = 100
CLOCKS_DIFFER_BY = timedelta(hours=1)
"""At most, if both are right."""

STATUS_RANK = {status: rank for rank, status in enumerate(ParcelStatus)}


class Move(Memory):
    """One status of a parcel; for the attributes that are not named here see :class:`ParcelMoved`.

    Attributes:
        entry_id: the journal entry that brought it.
        withdrawn_by: the journal entry that took it back; empty if it stands.
        heard_at: when we heard of it first, by our clock.
    """

    at: AwareDatetime
    heard_at: AwareDatetime | None = None
    code: str
    status: ParcelStatus
    entry_id: str = ""
    withdrawn_by: str = ""
    keep_until: AwareDatetime | None = None
    is_extended: bool = False
    reason: ParcelReason | None = None
    reason_words: str = ""
    keeps_status: bool = False

    @property
    def is_ahead(self) -> bool:
        """Whether the courier's clock was wrong: we heard of it before it can have happened."""
        return self.heard_at is not None and self.at > self.heard_at + CLOCKS_DIFFER_BY


class ParcelMemory(Memory):
    """A parcel's moves by the courier's clock. Repeats, old news and withdrawals come in any order.

    Attributes:
        claim: set by an entry that carries out what it decided for this parcel.
        order_id: the order that the parcel belongs to, once it was found.
        told: the templates of the messages that the client got.
    """

    claim: Claim | None = None
    order_id: int | None = None
    told: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def status(self) -> ParcelStatus | None:
        """Where the parcel stands; None if unknown."""
        return self.newest.status if self.newest else None

    @property
    def newest(self) -> Move | None:
        """The news that tell where the parcel stands: of the newest final status, else the newest ones."""
        final = [move for move in self._places if move.status in FINAL_PARCEL_STATUSES]
        return max(final or self._places, key=self._newness, default=None)

    @property
    def arrived_at(self) -> datetime | None:
        """Since when it waits at its pickup point, if it does; of repeated arrivals the first one counts."""
        waiting = [self._happened_at(move) for move in self._places if move.status is ParcelStatus.WAITING]
        elsewhere = [
            self._happened_at(move) for move in self._places if move.status is not ParcelStatus.WAITING
        ]
        since = max(elsewhere, default=None)
        return min((at for at in waiting if since is None or at >= since), default=None)

    @property
    def keep_until(self) -> datetime | None:
        """Until when it is kept at its pickup point, as the courier told last; None if unknown."""
        return self._term.keep_until if self._term else None

    @property
    def is_extended(self) -> bool:
        """Whether it is kept longer than usual, and nobody knows until when."""
        return self._term is not None and self._term.keep_until is None

    @property
    def _term(self) -> Move | None:
        """What the courier told last about how long it is kept."""
        told = [
            move
            for move in self._places
            if move.status is ParcelStatus.WAITING and (move.keep_until or move.is_extended)
        ]
        return max(told, key=self._newness, default=None)

    def troubles(self, kinds: Collection[ParcelStatus], over: Collection[ParcelStatus]) -> tuple[Move, ...]:
        """Each status of these kinds that stands, and that no later one of ``over`` has ended."""
        end = max((self._newness(move) for move in self._places if move.status in over), default=None)
        return tuple(
            move
            for move in self.moves
            if move.status in kinds
            and not move.withdrawn_by
            and (move.status in over or end is None or self._newness(move) > end)
        )

    @property
    def _places(self) -> list[Move]:
        """The statuses that stand, without what leaves the status as it was."""
        return [move for move in self.moves if not move.withdrawn_by and not move.keeps_status]

    def _newness(self, move: Move) -> tuple[datetime, datetime, int]:
        return self._happened_at(move), move.at, STATUS_RANK[move.status]

    def _happened_at(self, move: Move) -> datetime:
        """When it happened, by our clock: news from the future must not outdate what comes until then.

        A wrong clock still tells the order of what it stamped: a move happened at the latest when we heard
        of it, or of a later one by the same wrong clock.
        """
        if not move.is_ahead:
            return move.at
        return min(
            other.heard_at
            for other in self.moves
            if other.heard_at is not None and other.is_ahead and other.at >= move.at
        )

    def moved(self, event: ParcelMoved, entry_id: str, heard_at: datetime) -> "ParcelMemory":
        """With this status, or with its withdrawal, which may come before the status itself."""
        same = next((move for move in self.moves if (move.at, move.code) == (event.at, event.code)), None)
        move = same or Move(
            at=event.at,
            heard_at=heard_at,
            code=event.code,
            status=event.status,
            entry_id=entry_id,
            is_extended=event.is_extended,
            reason=event.reason,
            reason_words=event.reason_words,
            keeps_status=event.keeps_status,
        )
        if event.keep_until:
            move = move.model_copy(update={"keep_until": event.keep_until})
        if event.withdrawn and not move.withdrawn_by:
            move = move.model_copy(update={"withdrawn_by": entry_id})
        others = tuple(other for other in self.moves if other is not same)
        return self.model_copy(update={"moves": (*others, move)[-MAX_MOVES:]})

    def with_told(self, template: str) -> "ParcelMemory":
        """Once the client got a message."""
        return self.model_copy(update={"told": (*self.told, template)})

    def without(self, entry_id: str) -> "ParcelMemory":
        """As it was before this entry, so that a retry decides as the first attempt did."""
        moves = [move for move in self.moves if move.entry_id != entry_id]
        return self.model_copy(
            update={
                "moves": tuple(
                    move.model_copy(update={"withdrawn_by": ""}) if move.withdrawn_by == entry_id else move
                    for move in moves
                )
            }
        )


def parcel_key(source: str, parcel_id: str) -> str:
    """The document of a parcel."""
    return f"parcel:{source}:{parcel_id}"
