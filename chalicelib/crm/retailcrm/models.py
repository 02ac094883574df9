"""What retailCRM answers, as far as we read it. Unknown fields are left aside.

Fields without a value are omitted; empty maps may come as empty lists, because the server is written
in PHP; ``payments`` is an object keyed by id here and a list there.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from chalicelib.events import OfferStock


def _map(value: object) -> object:
    """An empty PHP array is a list, whatever it was meant to be."""
    return {} if value == [] else value


def _nothing(value: object) -> object:
    """Likewise for what may be absent."""
    return None if value == [] else value


def _list(value: object) -> object:
    return list(value.values()) if isinstance(value, Mapping) else value


class Answer(BaseModel):
    """A part of an answer. A null is taken for an absent field."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, coerce_numbers_to_str=True
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: content for name, content in value.items() if content is not None}


class Phone(Answer):
    """A client's phone."""

    number: str = ""


class SubscriptionCategory(Answer):
    """A list of recipients that the shop has; ``channel`` is ``sms``, ``email`` and so on."""

    channel: str = ""
    active: bool = True


class Subscription(Answer):
    """What a client said about one such list."""

    subscription: Annotated[SubscriptionCategory, BeforeValidator(_map)] = SubscriptionCategory()
    subscribed: bool = False


class Address(Answer):
    """Where to deliver, or where a client lives."""

    index: str = ""
    region: str = ""
    city: str = ""
    street: str = ""
    building: str = ""
    house: str = ""
    flat: str = ""
    text: str = ""


class CustomerAnswer(Answer):
    """A client; those who stand in an order have fewer fields."""

    id: int
    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""
    email: str = ""
    phones: Annotated[tuple[Phone, ...], BeforeValidator(_list)] = ()
    manager_id: int | None = None
    customer_subscriptions: Annotated[tuple[Subscription, ...], BeforeValidator(_list)] = ()
    address: Annotated[Address, BeforeValidator(_map)] = Address()


class NoteAnswer(Answer):
    """A note on a client's card."""

    id: int
    text: str = ""


class DeliveryData(Answer):
    """What the courier's integration keeps. Note the double p in ``pickuppoint``."""

    track_number: str = ""
    pickuppoint_address: str = ""
    pickuppoint_schedule: str = ""


class Delivery(Answer):
    """How an order is delivered."""

    code: str = ""
    cost: Decimal = Decimal(0)
    address: Annotated[Address, BeforeValidator(_map)] = Address()
    data: Annotated[DeliveryData, BeforeValidator(_map)] = DeliveryData()


class Payment(Answer):
    """One payment of an order; ``paid_at`` is empty until it is paid."""

    amount: Decimal = Decimal(0)
    paid_at: str = ""


class Offer(Answer):
    """What a line of an order is of; without an external id for a free line."""

    display_name: str = ""
    name: str = ""
    external_id: str = ""


class Property(Answer):
    """What was chosen of an offer."""

    code: str = ""
    name: str = ""
    value: str = ""


class Item(Answer):
    """One line of an order."""

    id: int
    quantity: Decimal = Decimal(1)
    product_name: str = ""
    offer: Annotated[Offer, BeforeValidator(_map)] = Offer()
    initial_price: Decimal = Decimal(0)
    discount_total: Decimal = Decimal(0)
    is_canceled: bool = False
    properties: Annotated[tuple[Property, ...], BeforeValidator(_list)] = ()


class Source(Answer):
    """Where an order came from."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    keyword: str = ""
    content: str = ""


class OrderAnswer(Answer):
    """An order. ``created_at`` and ``status_updated_at`` are in the account's zone, without offset."""

    id: int
    number: str = ""
    external_id: str = ""
    status: str
    status_updated_at: str = ""
    order_method: str = ""
    manager_id: int | None = None
    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""
    phone: str = ""
    additional_phone: str = ""
    email: str = ""
    created_at: str
    status_comment: str = ""
    total_summ: Decimal = Decimal(0)
    prepay_sum: Decimal | None = None
    customer_comment: str = ""
    manager_comment: str = ""
    discount_manual_amount: Decimal = Decimal(0)
    discount_manual_percent: Decimal = Decimal(0)
    country_iso: str = ""
    customer: CustomerAnswer | None = None
    source: Annotated[Source, BeforeValidator(_map)] = Source()
    custom_fields: Annotated[Mapping[str, object], BeforeValidator(_map)] = Field(default_factory=dict)
    items: Annotated[tuple[Item, ...], BeforeValidator(_list)] = ()
    payments: Annotated[tuple[Payment, ...], BeforeValidator(_list)] = ()
    delivery: Annotated[Delivery, BeforeValidator(_map)] = Delivery()

    @property
    def goods(self) -> Decimal:
        """What the items come to. Of ``summ`` nobody says whether it is less the discounts; the total is."""
        return self.total_summ - self.delivery.cost

    @property
    def prepaid(self) -> Decimal:
        """What the client has paid."""
        if self.prepay_sum is not None:
            return self.prepay_sum
        return sum((payment.amount for payment in self.payments if payment.paid_at), Decimal(0))

    @property
    def to_pay(self) -> Decimal:
        """What the client still has to pay; the CRM has no field for it."""
        return max(self.total_summ - self.prepaid, Decimal(0))


class TaskOrder(Answer):
    """The order that a task is about, in short."""

    id: int
    number: str = ""


class TaskAnswer(Answer):
    """A task. Read as ``performer``, although it is written as ``performerId``."""

    id: int
    text: str = ""
    commentary: str = ""
    performer: int | None = None
    complete: bool = False
    datetime: str = ""
    completed_at: str = ""
    order: Annotated[TaskOrder | None, BeforeValidator(_nothing)] = None


class CommentAnswer(Answer):
    """What somebody wrote under a task."""

    id: int
    text: str = ""
    creator: int | None = None


class HistoryOrder(Answer):
    """The order that a record of the history is about, in short."""

    id: int
    site: str = ""


class HistoryUser(Answer):
    """Who changed something."""

    id: int


class HistoryKey(Answer):
    """Which program changed something: ``current`` for our own key."""

    current: bool = False


class HistoryAnswer(Answer):
    """A record of the orders' history: one changed field. What the values are depends on the field."""

    id: int
    created_at: str
    deleted: bool = False
    field: str = ""
    old_value: object = None
    new_value: object = None
    order: HistoryOrder | None = None
    user: Annotated[HistoryUser | None, BeforeValidator(_nothing)] = None
    api_key: Annotated[HistoryKey, BeforeValidator(_map)] = HistoryKey()
    combined_to: Annotated[HistoryOrder | None, BeforeValidator(_nothing)] = None


class TaskHistoryAnswer(Answer):
    """A record of the tasks' history. That it tells of deletions as the orders' does is (unverified)."""

    created_at: str
    field: str = ""
    user: Annotated[HistoryUser | None, BeforeValidator(_nothing)] = None
    api_key: Annotated[HistoryKey, BeforeValidator(_map)] = HistoryKey()
    created: bool = False
    deleted: bool = False


class UserGroupAnswer(Answer):
    """A group of users."""

    code: str = ""


class UserAnswer(Answer):
    """A user of the account."""

    id: int
    first_name: str = ""
    last_name: str = ""
    active: bool = True
    is_manager: bool = False
    groups: Annotated[tuple[UserGroupAnswer, ...], BeforeValidator(_list)] = ()


class StatusAnswer(Answer):
    """A status of the account's own list."""

    code: str
    group: str = ""


class StoreAnswer(Answer):
    """A store of the account's own list."""

    code: str


class StoreStock(Answer):
    """What one store has of an offer. The fields have other names where it is written."""

    store: str
    quantity: float = 0


class InventoryAnswer(Answer):
    """What the CRM has of an offer."""

    external_id: str = ""
    xml_id: str = ""
    stores: Annotated[tuple[StoreStock, ...], BeforeValidator(_list)] = ()

    def sku(self, offer_id: str) -> str:
        """The offer's id of this kind; empty if it has none."""
        return self.xml_id if offer_id == "xmlId" else self.external_id

    def stock(self, offer_id: str) -> OfferStock:
        """As the port has it."""
        stores = tuple((row.store, row.quantity) for row in self.stores)
        return OfferStock(sku=self.sku(offer_id), stores=stores)
