"""What Leadkeeper needs of a CRM. retailCRM comes first; others fit behind the same port.

All methods raise :class:`chalicelib.errors.Unreachable` when the CRM does not answer or asks us to come
again later, and :class:`chalicelib.errors.Refused` when it says no for good.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chalicelib.actions import (
    AddNote,
    AnnotateOrder,
    CompleteOrder,
    CompleteTask,
    CreateOrder,
    CreateTask,
    LogCall,
    SetOrderStatus,
    UpdateTask,
    WrittenTask,
)
from chalicelib.events import OfferStock

NO_ACCESS = "crm-no-access"
"""The reason of an ``Unreachable`` where the key may not do this, now or at all."""


class OrderItem(BaseModel):
    """One line of an order.

    Attributes:
        sku: the offer's external id in the CRM; empty for a line that is not tied to the catalogue.
        price: of one piece, with its discount.
        properties: what was chosen of the offer, such as size or colour: values by name.
        is_cancelled: True if it is no longer part of what the client pays for.
    """

    model_config = ConfigDict(frozen=True)

    name: str = ""
    sku: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    properties: Mapping[str, str] = Field(default_factory=dict)
    is_cancelled: bool = False


class Address(BaseModel):
    """Where an order is delivered, as far as it is told; what is unknown is empty.

    Attributes:
        text: the whole address in one line; the CRM makes it of the parts if there are any.
    """

    model_config = ConfigDict(frozen=True)

    postcode: str = ""
    region: str = ""
    city: str = ""
    street: str = ""
    building: str = ""
    flat: str = ""
    text: str = ""


class Order(BaseModel):
    """An order as the rules see it.

    Attributes:
        is_open: False once it is done or cancelled.
        status_since: since when it has this status; None if the CRM does not tell.
        phones: each phone of the order and of its client, as the CRM has it, unnormalised.
        to_pay: what the client still has to pay; zero if everything is paid.
        delivery_code: the CRM's code of the way of delivery; empty if none is chosen.
        region: where the order is delivered, as the CRM writes it; empty if unknown. Likewise ``city``.
        address: the same in full.
        country: ISO code of two letters; empty if unknown.
        pickup_address: where the parcel waits, else the delivery address; empty if unknown.
        pickup_hours: when it can be collected there, as the courier writes it; empty if unknown.
        status_comment: what was written when the status was set.
        goods: what the CRM says that the items come to, with all discounts.
        total: that and the delivery.
        prepaid: what of it is paid.
        discount: on the whole order: an amount of money; ``discount_percent`` likewise a part of it.
        custom_fields: what the shop's own fields hold, by their codes; ``true`` and ``false`` for a box,
            several values with a comma and a space between them. Empty ones are left out.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    number: str
    external_id: str = ""
    status: str
    is_open: bool
    status_since: AwareDatetime | None = None
    method: str = ""
    manager_id: int | None = None
    customer_id: int | None = None
    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""
    created_at: AwareDatetime
    to_pay: Decimal = Decimal(0)
    delivery_code: str = ""
    city: str = ""
    region: str = ""
    pickup_address: str = ""
    pickup_hours: str = ""
    track_number: str = ""
    status_comment: str = ""
    customer_comment: str = ""
    manager_comment: str = ""
    country: str = ""
    address: Address = Address()
    items: tuple[OrderItem, ...] = ()
    goods: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    delivery_cost: Decimal = Decimal(0)
    custom_fields: Mapping[str, str] = Field(default_factory=dict)


class User(BaseModel):
    """Somebody who works in the CRM.

    Attributes:
        is_active: False once they may no longer log in.
        groups: the codes of the groups that they belong to.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    is_active: bool = True
    is_manager: bool = False
    groups: frozenset[str] = frozenset()


class TaskCount(BaseModel):
    """How many tasks a user has yet to do.

    Attributes:
        age: how long ago they were counted.
    """

    model_config = ConfigDict(frozen=True)

    count: int
    age: timedelta = timedelta()


class Customer(BaseModel):
    """A client as the rules see them.

    Attributes:
        phones: as the CRM has them, unnormalised.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""
    manager_id: int | None = None
    city: str = ""
    region: str = ""

    @property
    def name(self) -> str:
        """First name, patronymic and last name, as far as they are known."""
        return " ".join(filter(None, (self.first_name, self.patronymic, self.last_name)))


class Task(BaseModel):
    """A task as the CRM has it, its commentary without our marker.

    Attributes:
        due_at: until when it should be done, to the minute; None if the CRM does not tell.
        order_id: None for a task without an order.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    text: str
    commentary: str = ""
    performer_id: int | None = None
    is_complete: bool = False
    due_at: AwareDatetime | None = None
    order_id: int | None = None

    def says(self, text: str, commentary: str) -> bool:
        """True if it reads so. White space does not count: CRMs tidy it up."""
        return self.text.split() == text.split() and self.commentary.split() == commentary.split()

    def is_untouched(self, written: WrittenTask, performer_id: int) -> bool:
        """True if it is open and as we wrote it, for whom we wrote it: then it is still ours."""
        return (
            not self.is_complete
            and self.performer_id == performer_id
            and self.says(written.text, written.commentary)
            and self._stands(written)
        )

    def _stands(self, written: WrittenTask) -> bool:
        """True if it is due when we said, on the order that we said."""
        if written.due_at is None:
            return True
        # CRMs keep minutes.
        due_at = written.due_at.replace(second=0, microsecond=0)
        return self.due_at == due_at and self.order_id == written.order_id


class CompletedTask(BaseModel):
    """A task of an order that somebody has completed.

    Attributes:
        at: when.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: int
    order_number: str
    at: AwareDatetime


class TaskComment(BaseModel):
    """What somebody wrote under a task.

    Attributes:
        user_id: who, None if the CRM does not tell.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    user_id: int | None = None


class CreatedOrder(BaseModel):
    """What the CRM made of a :class:`CreateOrder`."""

    model_config = ConfigDict(frozen=True)

    id: int
    number: str


class OrderChange(BaseModel):
    """One changed field of an order, as the CRM's history has it.

    Attributes:
        field: in the CRM's words: ``status``, ``manager``, ``delivery_address.city``, ``custom_<code>``.
        before: codes and ids as text, empty for nothing: a new order had no status before.
        user_id: who changed it, None for a program or a trigger.
        is_ours: True if we did, by our own key.
        is_deletion: True if the order was deleted. ``field`` does not matter then.
        merged_into: the id of the order that it was merged into, and is gone by that; else None.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: int
    field: str
    before: str
    after: str
    at: AwareDatetime
    user_id: int | None = None
    is_ours: bool = False
    is_deletion: bool = False
    merged_into: int | None = None

    @property
    def is_status(self) -> bool:
        """True for a change of status, which a new order's first one is, too."""
        return self.field == "status" and not self.is_deletion

    @property
    def is_removal(self) -> bool:
        """True if the order is gone by it."""
        return self.is_deletion or self.merged_into is not None


class TaskChange(BaseModel):
    """What happened to a task once, as the CRM's history has it.

    Attributes:
        field: in the CRM's words: ``text``, ``complete``, ``performer``.
        user_id: who did it, None for a program.
        is_ours: True if we did, by our own key.
        is_creation: True for the first one.
        is_removal: True if the task is gone by it.
    """

    model_config = ConfigDict(frozen=True)

    task_id: int
    field: str
    at: AwareDatetime
    user_id: int | None = None
    is_ours: bool = False
    is_creation: bool = False
    is_removal: bool = False


class OrderChanges(BaseModel):
    """A stretch of the CRM's history.

    Attributes:
        changes: oldest first.
        last_id: the last record that was looked at, of whatever kind; None if there was none.
    """

    model_config = ConfigDict(frozen=True)

    changes: tuple[OrderChange, ...]
    last_id: int | None


class CrmReader(Protocol):
    """What rules may read. The CRM's searches lag behind its writes; reads by id do not."""

    def orders_of_phone(self, phone: str) -> list[Order]:
        """All orders of the client with this phone (E.164), newest first."""
        ...

    def orders_of_email(self, email: str) -> list[Order]:
        """All orders with this e-mail address, newest first."""
        ...

    def order(self, order_id: int) -> Order | None:
        """One order, None if there is none any more."""
        ...

    def order_by_number(self, number: str) -> Order | None:
        """The order with the number that the shop and its couriers use."""
        ...

    def order_by_track_number(self, track_number: str) -> Order | None:
        """The order whose parcel has this track number."""
        ...

    def order_link(self, order_id: int) -> str:
        """The address of the page on which people see this order in the CRM."""
        ...

    def orders_in(self, statuses: Collection[str]) -> Iterator[Sequence[Order]]:
        """All orders of the shop that have one of these statuses now, a page of at most 100 after another.

        Raises:
            Refused: there are more of them than anybody can wait for.
        """
        ...

    def orders_under_way(
        self, delivery_types: Collection[str], since: datetime, also_in: Collection[str]
    ) -> Iterator[Sequence[Order]]:
        """All orders of the shop with one of these ways of delivery that are not finished, in pages as above.

        Args:
            delivery_types: the ways of delivery, by the CRM's codes.
            since: the day on which they were made, or a later one.
            also_in: statuses that count as not finished, whatever the CRM says of them.

        Raises:
            Refused: there are more of them than anybody can follow.
        """
        ...

    def orders_with_ids(self, order_ids: Collection[int]) -> list[Order]:
        """The orders with these ids, without those that are gone. One request for each 100."""
        ...

    def orders_with_external_ids(self, external_ids: Collection[str]) -> list[Order]:
        """The shop's orders with these external ids, without those that are gone. A request for each 50."""
        ...

    def orders_made(self, since: datetime, until: datetime | None = None) -> Iterator[Sequence[Order]]:
        """All orders of the shop that were made from one moment to another, in pages as above.

        Raises:
            Refused: there are more of them than anybody can look at.
        """
        ...

    def order_changes(self, after: int | None, since: datetime) -> OrderChanges:
        """What the history tells of the shop's orders after this record, or since then if it is None.

        A bounded number of requests: after a long time it takes more than one call to come to the present.
        """
        ...

    def changes_of_order(self, order_id: int, since: datetime) -> tuple[OrderChange, ...]:
        """What the history tells of one order since then, oldest first."""
        ...

    def changes_of_task(self, task_id: int, since: datetime) -> tuple[TaskChange, ...]:
        """What the history tells of one task since then, oldest first."""
        ...

    def users(self) -> tuple[User, ...]:
        """Everybody who works in the CRM, or did. It may be ten minutes old."""
        ...

    def open_tasks(self, user_id: int) -> TaskCount:
        """How many tasks a user has yet to do. It may be a minute old."""
        ...

    def customers_of_phone(self, phone: str) -> list[Customer]:
        """All clients with this phone (E.164), the oldest card first."""
        ...

    def customers_of_email(self, email: str) -> list[Customer]:
        """All clients with this e-mail address, the oldest card first."""
        ...

    def customers_named(self, name: str) -> list[Customer] | None:
        """All clients with this full name (see ``names.full_name``), the oldest card first.

        None if so many clients have a name like this that nobody can tell them apart by it.
        """
        ...

    def accepts_marketing(self, phone: str) -> bool | None:
        """Whether the client with this phone (E.164) agreed to get advertising by SMS; None if unknown."""
        ...

    def customer(self, customer_id: int) -> Customer | None:
        """One client, None if there is none any more."""
        ...

    def customer_link(self, customer_id: int) -> str:
        """The address of the page on which people see this client in the CRM."""
        ...

    def stock(self, offer_id: str) -> Iterator[Sequence[OfferStock]]:
        """What the CRM has of each of the shop's offers by store, a page of at most 100 after another.

        Args:
            offer_id: which of the CRM's ids of an offer is its sku: ``externalId`` or ``xmlId``.

        Raises:
            Refused: there are more of them than anybody can read.
        """
        ...

    def store_codes(self) -> frozenset[str]:
        """The codes of all stores of the account."""
        ...

    def task(self, task_id: int) -> Task | None:
        """One task, None if there is none any more."""
        ...

    def tasks_with_ids(self, task_ids: Collection[int]) -> list[Task]:
        """The tasks with these ids, without those that are gone. One request for each 100."""
        ...

    def known_notes(self, note_ids: Collection[int]) -> frozenset[int]:
        """Which of these notes on clients' cards there still are. One request for each 100."""

    def completed_tasks(self, since: datetime) -> tuple[CompletedTask, ...]:
        """The tasks of orders that were completed since then; at most 1,000 of them."""
        ...

    def last_comment(self, task_id: int) -> TaskComment | None:
        """The newest comment that people wrote under a task; None if there is none."""
        ...


class Crm(CrmReader, Protocol):
    """Reads and writes. Only ``perform`` writes."""

    def create_order(self, action: CreateOrder) -> CreatedOrder:
        """Make the order, or find the one that has its external id already: there is one in the end."""
        ...

    def complete_order(self, action: CompleteOrder) -> None:
        """Add to the order what it lacks. Carrying it out again adds nothing twice."""
        ...

    def annotate_order(self, action: AnnotateOrder) -> bool:
        """Add the note unless the order has it already; False if the order is gone."""
        ...

    def log_call(self, action: LogCall) -> bool:
        """Show the call in the CRM's list of calls; False if it was there already, and stays as it is."""
        ...

    def register_telephony(self, extensions: Mapping[str, int], logo: str) -> None:
        """Have the CRM take calls from us; done again, it brings the extensions up to date.

        Args:
            extensions: the user's id by extension.
            logo: the address of a picture in SVG; empty for none.
        """
        ...

    def upload_file(self, content: bytes) -> int:
        """Keep a file that nobody sees yet, and return its id. Each call makes another one."""
        ...

    def attach_file(self, file_id: int, name: str, order_id: int) -> None:
        """Show a file that was uploaded at this order, and by this name. Done again it changes nothing."""
        ...

    def set_order_status(self, action: SetOrderStatus) -> bool:
        """Set the status; False if the order has another one than when this was decided."""
        ...

    def set_stock(self, offers: Sequence[OfferStock], offer_id: str) -> frozenset[str]:
        """Write how much there is of some offers, not counting from what was there; returns unknown skus.

        Done again it changes nothing. Stores that an offer does not name stay as they are.
        """
        ...

    def create_task(self, action: CreateTask, marker: str) -> int:
        """Make the task and return its id. Not idempotent: see ``find_task``."""
        ...

    def find_task(self, action: CreateTask, marker: str, since: datetime) -> int | None:
        """The task that an earlier attempt after ``since`` made, by its marker. The search lags."""
        ...

    def add_note(self, action: AddNote, marker: str) -> int:
        """Write the note and return its id. Not idempotent: see ``find_note``."""
        ...

    def find_note(self, action: AddNote, marker: str, since: datetime) -> int | None:
        """The note that an earlier attempt after ``since`` wrote, by its marker. The search lags."""
        ...

    def update_task(self, action: UpdateTask) -> bool:
        """Set text and commentary of a task; False if a person has changed or completed it since."""
        ...

    def complete_task(self, action: CompleteTask) -> bool:
        """Complete a task with a note; False if a person has changed or completed it since."""
        ...
