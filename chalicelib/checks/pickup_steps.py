"""Which ladder a parcel at a pickup point climbs."""

from chalicelib.crm.port import Order
from chalicelib.ladder_memory import Stay
from chalicelib.ladders import Steps
from chalicelib.settings import Shop


def pickup_steps(order: Order, stay: Stay | None, shop: Shop) -> Steps:
    """The steps of the source, else of its provider, else of the way of delivery, else everybody's."""
    own = shop.ladders.couriers
    source = shop.sources.get(stay.source) if stay else None
    names = (stay.source if stay else "", source.provider if source else "", order.delivery_code)
    return next((own[name] for name in names if name in own), shop.ladders.stalled_pickup)
