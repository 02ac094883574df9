"""How much there is in the shop's stores: the CRM gets what changed."""

from collections.abc import Mapping

from chalicelib.actions import SetStock
from chalicelib.events import OfferStock, StockPiece, StockTold
from chalicelib.playbook.desk import Decision, Desk


def on_stock_told(told: StockTold, desk: Desk) -> Decision:
    """Let the CRM know, by its own codes. Stores that the shop file does not name are left out."""
    if desk.shop.stock is None:
        return Decision(note="no-stores")
    codes = desk.shop.stock.codes
    offers = tuple(offer for each in told.offers if (offer := _by_codes(each, codes)).stores)
    if not offers and told.piece is None:
        return Decision(note="no-such-store")
    piece = told.piece and _piece_by_codes(told.piece, codes)
    action = SetStock(source=told.source, offers=offers, at=told.at, piece=piece, is_repair=told.is_repair)
    return Decision((action,))


def _by_codes(offer: OfferStock, codes: Mapping[str, str]) -> OfferStock:
    """What was sold before it came in is a negative quantity; for the CRM that is none."""
    stores = tuple((codes[store], max(quantity, 0)) for store, quantity in offer.stores if store in codes)
    return OfferStock(sku=offer.sku, stores=stores)


def _piece_by_codes(piece: StockPiece, codes: Mapping[str, str]) -> StockPiece:
    stores = tuple(codes[store] for store in piece.stores if store in codes)
    return piece.model_copy(update={"stores": stores})
