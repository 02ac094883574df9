"""How much lies in which store."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event


class OfferStock(Event):
    """How much there is of one offer.

    Attributes:
        sku: the offer, as the third party and the CRM both know it.
        stores: store and quantity, which may be a fraction, and negative where more was sold than there was.
    """

    sku: str
    stores: tuple[tuple[str, float], ...]


class StockPiece(Event):
    """Which piece of a full picture something is.

    Attributes:
        part: of the third party's parts, counted from 1.
        parts: how many parts there are.
        piece: of our own pieces of that part, counted from 1.
        pieces: how many pieces of that part there are.
        stores: which stores the part names.
    """

    part: int
    parts: int
    piece: int
    pieces: int
    stores: tuple[str, ...]


class StockTold(Event):
    """How much there is of some offers.

    Attributes:
        source: who told it, or whose figures are put right.
        offers: of which the quantities are known now; others stay as they were.
        at: when the figures were true.
        piece: set if this is a piece of a full picture: what no piece of it names is gone.
        is_repair: True if the CRM gets it whatever we think that it has.
        rule: the kind of its event: in observe mode the CRM gets nothing.
    """

    kind: Literal["stock-told"] = "stock-told"
    source: str
    offers: tuple[OfferStock, ...]
    at: AwareDatetime
    piece: StockPiece | None = None
    is_repair: bool = False
    rule: Literal["stock-told"] = "stock-told"
