"""Where the goods of a new order lie, for the manager."""

from chalicelib.events import LeadItem, LeadSubmitted
from chalicelib.playbook.desk import Desk
from chalicelib.stock.memory import Shelves, offers_of, page_key, page_number, written
from chalicelib.stock.nearest import Shelf, nearest
from chalicelib.stock.places import Place, place_in
from chalicelib.stock.settings import StockSettings

MOST_GOODS = 10
"""A page of our memory is read for each."""

CITY_LABELS = frozenset({"город", "ваш город", "город доставки", "city", "town"})


def stock_words(lead: LeadSubmitted, desk: Desk) -> str:
    """What a manager reads of the goods whose stock is known; empty if there are none."""
    settings = desk.shop.stock
    if settings is None or not settings.in_orders:
        return ""
    place = _place(lead)
    goods = []
    for item in [item for item in lead.items if item.sku][:MOST_GOODS]:
        content = desk.documents.get(page_key(page_number(item.sku))).content
        shelves = offers_of(content).get(item.sku)
        if shelves is not None:
            goods.append(_good(item, shelves, settings, place))
    return desk.texts.render("order/stock", goods=goods) if goods else ""


def city_answers(lead: LeadSubmitted) -> list[str]:
    """What the client answered where the form asks for the city."""
    return [text for label, text in lead.answers if label.strip().lower() in CITY_LABELS]


def _good(
    item: LeadItem, shelves: Shelves, settings: StockSettings, place: Place | None
) -> dict[str, object]:
    wanted = float(item.quantity)
    by_store = [
        Shelf(store.title, store.place, shelves[store.code].quantity)
        for store in settings.stores
        if store.code in shelves
    ]
    shelf = nearest(by_store, wanted, place)
    return {
        "name": item.name or item.sku,
        "store": shelf.title if shelf else "",
        "quantity": written(shelf.quantity) if shelf else "",
        "wanted": written(wanted),
        "is_short": shelf is not None and shelf.quantity < wanted,
    }


def _place(lead: LeadSubmitted) -> Place | None:
    """Where the client is: by the address, else by what they answered."""
    return next(
        (place for text in (lead.delivery_address, *city_answers(lead)) if (place := place_in(text))), None
    )
