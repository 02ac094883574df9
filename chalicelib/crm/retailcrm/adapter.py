"""retailCRM behind the CRM port."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from chalicelib.actions import CompleteOrder, CreateOrder, CreateTask, SetOrderStatus, UpdateTask
from chalicelib.crm.port import CreatedOrder, Order, Task
from chalicelib.crm.retailcrm import requests
from chalicelib.crm.retailcrm.client import NotFound, Parameters, RetailCrmClient, path_segment
from chalicelib.crm.retailcrm.models import Answer, CustomerAnswer, OrderAnswer, StatusAnswer, TaskAnswer
from chalicelib.errors import Refused, Unreachable
from chalicelib.phones import normalise

PAGE = "100"
MAX_TASK_PAGES = 10
STATUSES_KEPT = timedelta(minutes=10)
SIGNIFICANT_DIGITS = 10
DATE_TIME = "%Y-%m-%d %H:%M:%S"

AnswerType = TypeVar("AnswerType", bound=Answer)


class RetailCrm:
    """Implements ``crm.port.Crm``. Times cross this border as aware UTC, inside it in the account's zone."""

    def __init__(
        self,
        client: RetailCrmClient,
        *,
        site: str,
        zone: ZoneInfo,
        finished_groups: frozenset[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Work in this shop (``site``) of the account whose clock is in ``zone``."""
        self._client = client
        self._site = site
        self._zone = zone
        self._finished_groups = finished_groups
        self._monotonic = monotonic
        self._finished: frozenset[str] = frozenset()
        self._finished_until = float("-inf")

    def orders_of_phone(self, phone: str) -> list[Order]:
        """See the port. The CRM compares phones in a way of its own, so we compare again."""
        digits = phone[-SIGNIFICANT_DIGITS:]
        found = self._search_orders([("filter[customer]", digits)])
        return [order for order in found if phone in {normalise(text, typed=True) for text in order.phones}]

    def orders_of_email(self, email: str) -> list[Order]:
        """See the port."""
        found = self._search_orders([("filter[email]", email)])
        return [order for order in found if order.email.lower() == email.strip().lower()]

    def order(self, order_id: int) -> Order | None:
        """See the port."""
        answer = self._read_order(str(order_id), "id")
        return self._order(answer) if answer else None

    def order_by_number(self, number: str) -> Order | None:
        """See the port. Couriers get the number, or the shop's external id."""
        for name in ("numbers", "externalIds"):
            for order in self._search_orders([(f"filter[{name}][]", number)]):
                if number in {order.number, order.external_id}:
                    return order
        return None

    def order_by_track_number(self, track_number: str) -> Order | None:
        """See the port."""
        for order in self._search_orders([("filter[trackNumber]", track_number)]):
            if order.track_number == track_number:
                return order
        return None

    def customer_of(self, phone: str, email: str) -> int | None:
        """See the port. The filter for phones is called ``name``, as the official modules use it."""
        if phone:
            for customer in self._search_customers("name", phone[-SIGNIFICANT_DIGITS:]):
                if phone in {normalise(entry.number, typed=True) for entry in customer.phones}:
                    return customer.id
        if email:
            for customer in self._search_customers("email", email):
                if customer.email.lower() == email.strip().lower():
                    return customer.id
        return None

    def task(self, task_id: int) -> Task | None:
        """See the port."""
        try:
            answer = self._client.get(f"tasks/{task_id}")
        except NotFound:
            return None
        return _task(_parsed(TaskAnswer, answer.get("task")))

    def create_order(self, action: CreateOrder) -> CreatedOrder:
        """See the port. The CRM refuses a second order with an external id, so we read the first."""
        try:
            answer = self._client.post("orders/create", self._with_site({"order": requests.order(action)}))
        except Refused:
            existing = self._read_order(action.external_id, "externalId")
            if existing is None:
                raise
            return CreatedOrder(id=existing.id, number=existing.number)
        order_id = _created_id(answer)
        created = answer.get("order")
        if not isinstance(created, dict):
            # Older accounts may answer with the id alone (unverified).
            created = {"number": ""}
        return CreatedOrder(id=order_id, number=str(created.get("number", "")))

    def complete_order(self, action: CompleteOrder) -> None:
        """See the port. One edit carries everything, so its note tells whether it was done."""
        order = self._read_order(str(action.order_id), "id")
        if order is None:
            raise Refused("order-not-found", f"order {action.order_id} is gone")
        if _same_words(action.manager_comment, order.manager_comment):
            return
        self._edit_order(action.order_id, requests.completion(action, order))

    def set_order_status(self, action: SetOrderStatus) -> bool:
        """See the port."""
        order = self._read_order(str(action.order_id), "id")
        if order is None:
            raise Refused("order-not-found", f"order {action.order_id} is gone")
        if order.status == action.status:
            return True
        if order.status != action.from_status:
            return False
        change = {"status": action.status}
        if action.comment:
            change["statusComment"] = action.comment
        self._edit_order(action.order_id, change)
        return True

    def create_task(self, action: CreateTask, marker: str) -> int:
        """See the port."""
        answer = self._client.post(
            "tasks/create", self._with_site({"task": requests.task(action, marker, self._zone)})
        )
        return _created_id(answer)

    def find_task(self, action: CreateTask, marker: str, since: datetime) -> int | None:
        """See the port. Tasks have no external id: the marker stands at the end of the commentary."""
        filters = (
            [("filter[orderNumber]", action.order_number)]
            if action.order_number
            else [("filter[performers][]", str(action.performer_id))]
        )
        created_from = (since.astimezone(self._zone) - timedelta(days=1)).date().isoformat()
        filters = [*filters, ("filter[createdAtFrom]", created_from), ("limit", PAGE)]
        for page in range(1, MAX_TASK_PAGES + 1):
            answer = self._client.get("tasks", [*filters, ("page", str(page))])
            tasks = _parsed_list(TaskAnswer, answer.get("tasks"))
            for task in tasks:
                if marker in task.commentary.split():
                    return task.id
            if page >= int((answer.get("pagination") or {}).get("totalPageCount", 0)):
                return None
        return None

    def update_task(self, action: UpdateTask) -> bool:
        """See the port."""
        found = self.task(action.task_id)
        if found is None or found.is_complete or found.performer_id != action.performer_id:
            return False
        if found.says(action.text, action.commentary):
            return True
        if not found.says(action.before.text, action.before.commentary):
            return False
        task = {
            "text": action.text,
            "commentary": requests.marked(action.commentary, action.marker),
            "performerId": action.performer_id,
        }
        self._client.post(f"tasks/{action.task_id}/edit", self._with_site({"task": task}))
        return True

    def _with_site(self, fields: dict[str, object]) -> dict[str, object]:
        return {"site": self._site, **fields} if self._site else fields

    def _edit_order(self, order_id: int, change: dict[str, Any]) -> None:
        self._client.post(f"orders/{order_id}/edit", self._with_site({"by": "id", "order": change}))

    def _read_order(self, identifier: str, by: str) -> OrderAnswer | None:
        parameters = [("by", by)]
        if by == "externalId" and self._site:
            parameters.append(("site", self._site))
        try:
            answer = self._client.get(f"orders/{path_segment(identifier)}", parameters)
        except NotFound:
            return None
        return _parsed(OrderAnswer, answer.get("order"))

    def _search_orders(self, filters: Parameters) -> list[Order]:
        answer = self._client.get("orders", [*filters, ("limit", PAGE)])
        orders = [self._order(found) for found in _parsed_list(OrderAnswer, answer.get("orders"))]
        return sorted(orders, key=lambda order: (order.created_at, order.id), reverse=True)

    def _search_customers(self, name: str, value: str) -> list[CustomerAnswer]:
        answer = self._client.get("customers", [(f"filter[{name}]", value), ("limit", PAGE)])
        return _parsed_list(CustomerAnswer, answer.get("customers"))

    def _order(self, answer: OrderAnswer) -> Order:
        customer_phones = answer.customer.phones if answer.customer else ()
        phones = (answer.phone, answer.additional_phone, *(phone.number for phone in customer_phones))
        return Order(
            id=answer.id,
            number=answer.number,
            external_id=answer.external_id,
            status=answer.status,
            is_open=answer.status not in self._finished_statuses(),
            status_since=self._moment(answer.status_updated_at) if answer.status_updated_at else None,
            method=answer.order_method,
            manager_id=answer.manager_id,
            first_name=answer.first_name,
            phones=tuple(dict.fromkeys(phone for phone in phones if phone)),
            email=answer.email,
            created_at=self._moment(answer.created_at),
            to_pay=answer.to_pay,
            city=answer.delivery.address.city,
            pickup_address=answer.delivery.data.pickuppoint_address or answer.delivery.address.text,
            track_number=answer.delivery.data.track_number,
        )

    def _finished_statuses(self) -> frozenset[str]:
        """The codes of the statuses that mean that an order is finished. Each shop edits its list."""
        if self._monotonic() >= self._finished_until:
            answer = self._client.get("reference/statuses")
            statuses = _parsed_list(StatusAnswer, list((answer.get("statuses") or {}).values()))
            self._finished = frozenset(
                status.code for status in statuses if status.group in self._finished_groups
            )
            self._finished_until = self._monotonic() + STATUSES_KEPT.total_seconds()
        return self._finished

    def _moment(self, text: str) -> datetime:
        """A time of the account, ``Y-m-d H:i:s`` without offset, as UTC."""
        try:
            local = datetime.strptime(text, DATE_TIME)  # noqa: DTZ007 -- its zone follows
        except ValueError:
            raise Unreachable("crm-unreachable", "unexpected answer: a time in another form") from None
        return local.replace(tzinfo=self._zone).astimezone(UTC)


def _task(answer: TaskAnswer) -> Task:
    return Task(
        id=answer.id,
        text=answer.text,
        commentary=requests.unmarked(answer.commentary),
        performer_id=answer.performer,
        is_complete=answer.complete,
    )


def _same_words(part: str, whole: str) -> bool:
    """True if the whole holds the part; white space does not count: CRMs tidy it up."""
    return " ".join(part.split()) in " ".join(whole.split())


def _parsed(model: type[AnswerType], content: object) -> AnswerType:
    """An answer in our own model; one that we cannot read is an answer that we did not get."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise Unreachable("crm-unreachable", f"unexpected answer: {error.errors()[0]['loc']}") from None


def _parsed_list(model: type[AnswerType], content: object) -> list[AnswerType]:
    return [_parsed(model, item) for item in content] if isinstance(content, list) else []


def _created_id(answer: Mapping[str, Any]) -> int:
    """The id of what was made; without one we cannot tell whether it was."""
    if not isinstance(answer.get("id"), int):
        raise Unreachable("crm-unreachable", "unexpected answer: no id", maybe_done=True)
    return int(answer["id"])
