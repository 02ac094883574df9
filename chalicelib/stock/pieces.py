"""Cut a long list of offers into pieces that fit into one event, one request and few pages."""

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.events import OfferStock
from chalicelib.stock.memory import page_number

OFFERS_IN_A_PIECE = 200
FIGURES_IN_A_PIECE = 1000
"""Of many stores: a message on a queue holds 1 MiB, and a sku and a store may be long words."""


def in_pieces(offers: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[OfferStock, ...]]:
    """The offers, given as quantities by store by sku, with those of one page of our memory side by side."""
    piece: list[OfferStock] = []
    figures = 0
    for sku in sorted(offers, key=lambda sku: (page_number(sku), sku)):
        stores = tuple(offers[sku].items())
        if piece and (len(piece) == OFFERS_IN_A_PIECE or figures + len(stores) > FIGURES_IN_A_PIECE):
            yield tuple(piece)
            piece, figures = [], 0
        piece.append(OfferStock(sku=sku, stores=stores))
        figures += len(stores)
    if piece:
        yield tuple(piece)


def by_sku(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    """Rows of sku, store and quantity as ``in_pieces`` wants them; of a repeated one the last."""
    offers: dict[str, dict[str, float]] = {}
    for sku, store, quantity in rows:
        offers.setdefault(sku, {})[store] = quantity
    return offers
