"""Cut a long list of offers into pieces that fit into one event, one request and few pages."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from chalicelib.events import OfferStock
from chalicelib.stock.memory import page_number

OFFERS_IN_A_PIECE = 200


def in_pieces(offers: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[OfferStock, ...]]:
    """The offers, given as quantities by store by sku, with those of one page of our memory side by side."""
    ordered = iter(sorted(offers, key=lambda sku: (page_number(sku), sku)))
    while skus := tuple(islice(ordered, OFFERS_IN_A_PIECE)):
        yield tuple(OfferStock(sku=sku, stores=tuple(offers[sku].items())) for sku in skus)


def by_sku(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    """Rows of sku, store and quantity as ``in_pieces`` wants them; of a repeated one the last."""
    offers: dict[str, dict[str, float]] = {}
    for sku, store, quantity in rows:
        offers.setdefault(sku, {})[store] = quantity
    return offers
