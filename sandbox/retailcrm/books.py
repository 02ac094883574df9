"""Everything that the pretend CRM keeps."""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.documents import Document
from sandbox.phones import normalised, windows
from sandbox.retailcrm.codes import TIMEZONE
from sandbox.retailcrm.dictionaries import Dictionaries
from sandbox.retailcrm.history import DATE_TIME, History
from sandbox.storage import Store
from sandbox.tables import Table

FIRST_ORDER_ID = 1001


class Books:
    """The tables of one account."""

    def __init__(self, store: Store | None, is_new_account: Callable[[], bool]) -> None:
        """Open the tables; with a store they begin with what it has."""
        self.dictionaries = Dictionaries(store, is_new_account)
        self.zone = ZoneInfo(TIMEZONE)
        self.users = Table("user", store=store)
        self.customers = Table(
            "customer",
            {
                "id": lambda customer: [str(customer["id"])],
                "externalId": lambda customer: _present(customer.get("externalId")),
                "phone": lambda customer: _all_windows(*customer_phones(customer)),
                "client": lambda customer: _present(*map(normalised, customer_phones(customer))),
            },
            store=store,
        )
        self.orders = Table(
            "order",
            {
                "id": lambda order: [str(order["id"])],
                "number": lambda order: [order["number"].casefold()],
                "externalId": lambda order: _present(order.get("externalId")),
                "phone": lambda order: _all_windows(*order_phones(order)),
                "customer": lambda order: [str(order["customer"]["id"])],
                "track": lambda order: _present(track_number(order).casefold()),
                "payment": lambda order: [str(payment["id"]) for payment in order["payments"]],
            },
            first_id=FIRST_ORDER_ID,
            store=store,
        )
        self.tasks = Table(
            "task",
            {
                "id": lambda task: [str(task["id"])],
                "number": lambda task: _present(task.get("order", {}).get("number", "").casefold()),
            },
            store=store,
        )
        self.comments = Table("comment", {"task": lambda comment: [str(comment["task"])]}, store=store)
        self.notes = Table("note", {"id": lambda note: [str(note["id"])]}, store=store)
        self.offers = Table(
            "offer",
            {
                "id": lambda offer: [str(offer["id"])],
                "externalId": lambda offer: _present(offer.get("externalId")),
                "xmlId": lambda offer: _present(offer.get("xmlId")),
            },
            store=store,
        )
        self.modules = Table("module", {"code": lambda module: [module["code"]]}, store=store)
        self.call_events = Table("call-event", store=store)
        self.calls = Table("call", {"externalId": lambda call: _present(call.get("externalId"))}, store=store)
        self.files = Table(
            "file",
            {"order": lambda file: [str(each["order"]["id"]) for each in file["attachment"]]},
            store=store,
        )
        self.notifications = Table("notification", store=store)
        self.order_history = History(
            "order-history", "order", {"orderId": "id", "orderExternalId": "externalId"}, store
        )
        self.customer_history = History(
            "customer-history", "customer", {"customerId": "id", "customerExternalId": "externalId"}, store
        )
        self.task_history = History("task-history", "task", {"taskId": "id"}, store)
        self._part_ids = {
            kind: max((part["id"] for order in self.orders.all() for part in order[kind]), default=0)
            for kind in ("items", "payments")
        }

    def local(self, now: datetime) -> str:
        """The time in the account's zone, as the CRM writes it."""
        return now.astimezone(self.zone).strftime(DATE_TIME)

    def next_part_id(self, kind: str) -> int:
        """A new id for one of an order's ``items`` or ``payments``."""
        self._part_ids[kind] += 1
        return self._part_ids[kind]

    def order_of(self, reference: Document) -> Document | None:
        """The order that ``{id}``, ``{externalId}`` or ``{number}`` names; an id goes first."""
        if "id" in reference:
            return self.orders.get(as_id(reference["id"]))
        for name in ("externalId", "number"):
            if name in reference:
                key = str(reference[name])
                found = self.orders.found(name, key.casefold() if name == "number" else key)
                return of_site(found, reference.get("site"))
        return None

    def file_names(self, order_id: int) -> list[str]:
        """The names of the files that are shown at an order, oldest first."""
        return [file["filename"] for file in self.files.found("order", str(order_id))]

    def customer_of(self, reference: Document) -> Document | None:
        """The customer that ``{id}`` or ``{externalId}`` names; an id goes first."""
        if "id" in reference:
            return self.customers.get(as_id(reference["id"]))
        if "externalId" in reference:
            found = self.customers.found("externalId", str(reference["externalId"]))
            return of_site(found, reference.get("site"))
        return None


def of_site(found: list[Document], site: str | None) -> Document | None:
    """The one of this shop; without a shop the oldest."""
    return next((each for each in found if site is None or each.get("site") == site), None)


def as_id(value: object) -> int:
    """An internal id; 0 for what is none."""
    return int(str(value)) if str(value).isdecimal() else 0


def order_phones(order: Document) -> list[str]:
    """The phones of an order."""
    return _present(order.get("phone"), order.get("additionalPhone"))


def customer_phones(customer: Document) -> list[str]:
    """The phones of a customer."""
    return _present(*(phone.get("number") for phone in customer["phones"]))


def track_number(order: Document) -> str:
    """The parcel's number, or an empty text."""
    return str(order["delivery"].get("data", {}).get("trackNumber") or "")


def _all_windows(*phones: str) -> Iterator[str]:
    for phone in phones:
        yield from windows(phone)


def _present(*values: object) -> list[str]:
    return [str(value) for value in values if value]
