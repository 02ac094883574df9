"""The nearest store that has the goods."""

from collections.abc import Collection
from typing import NamedTuple

from chalicelib.stock.places import Place, kilometres


class Shelf(NamedTuple):
    """What one store has of one offer.

    Attributes:
        title: the store's name for managers.
        place: where it is; None if unknown.
        quantity: how much there is.
    """

    title: str
    place: Place | None
    quantity: float


def nearest(shelves: Collection[Shelf], wanted: float, client: Place | None) -> Shelf | None:
    """The store to send from; None if nobody has anything.

    A store that has all that is wanted goes before one that has a part of it; then the nearer one, of two
    equally near the one that has more. If the client's place is unknown, whoever has most. A store of unknown
    place comes last.

    Args:
        shelves: of one offer, one a store.
        wanted: how much the client wants.
        client: where the client is; None if unknown.
    """
    filled = [shelf for shelf in shelves if shelf.quantity > 0]
    enough = [shelf for shelf in filled if shelf.quantity >= wanted]
    return min(enough or filled, key=lambda shelf: (_distance(shelf, client), -shelf.quantity), default=None)


def _distance(shelf: Shelf, client: Place | None) -> float:
    if client is None:
        return 0.0
    return float("inf") if shelf.place is None else kilometres(client, shelf.place)
