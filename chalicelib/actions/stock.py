"""What lies in the stores."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.actions.base import Action
from chalicelib.events import OfferStock, StockPiece


class SetStock(Action):
    """Let the CRM know how much there is of some offers. Of two figures the later one counts.

    Attributes:
        source: who told it.
        offers: stores by the CRM's codes, quantities not negative.
        at: when that was true.
        piece: of a full picture; see :class:`chalicelib.events.StockTold`.
        is_repair: True if the CRM gets it whatever we think that it has.
    """

    kind: Literal["set-stock"] = "set-stock"
    source: str
    offers: tuple[OfferStock, ...]
    at: AwareDatetime
    piece: StockPiece | None = None
    is_repair: bool = False
