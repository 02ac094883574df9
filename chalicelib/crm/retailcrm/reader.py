"""What we read from retailCRM."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.actions import AddNote, CreateTask
from chalicelib.crm.port import (
    NO_ACCESS,
    Address,
    CompletedTask,
    Customer,
    Order,
    OrderChange,
    OrderChanges,
    OrderItem,
    Task,
    TaskChange,
    TaskComment,
    TaskCount,
    User,
)
from chalicelib.crm.retailcrm import requests
from chalicelib.crm.retailcrm.answers import page_count, parsed, parsed_list, text_of, total_count
from chalicelib.crm.retailcrm.client import NotFound, Parameters, RetailCrmClient, path_segment
from chalicelib.crm.retailcrm.models import (
    CommentAnswer,
    CustomerAnswer,
    HistoryAnswer,
    InventoryAnswer,
    Item,
    NoteAnswer,
    OrderAnswer,
    StatusAnswer,
    StoreAnswer,
    TaskAnswer,
    TaskHistoryAnswer,
    UserAnswer,
)
from chalicelib.errors import Refused, Unreachable
from chalicelib.events import OfferStock
from chalicelib.names import full_name
from chalicelib.phones import normalise

PAGE_SIZE = 100
PAGE = str(PAGE_SIZE)
HALF_A_PAGE = PAGE_SIZE // 2
MAX_TASK_PAGES = 10
MAX_ORDER_PAGES = 500
"""Whatever 50,000 orders have in common, it is not that each of them waits for a person."""

MAX_STOCK_PAGES = 1000
MAX_HISTORY_PAGES = 5
MAX_USER_PAGES = 20
STATUSES_KEPT = timedelta(minutes=10)
USERS_KEPT = timedelta(minutes=10)
COUNTS_KEPT = timedelta(minutes=1)
SMALLEST_PAGE = "20"
SIGNIFICANT_DIGITS = 10
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
SMS_CHANNEL = "sms"


class RetailCrmReader:
    """Implements ``crm.port.CrmReader``.

    Times cross this border as aware UTC, inside it in the account's zone.
    """

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
        self._groups: Mapping[str, str] = {}
        self._statuses_until = float("-inf")
        self._users: tuple[User, ...] | Unreachable = ()
        self._users_until = float("-inf")
        self._counts: dict[int, tuple[int, float]] = {}

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

    def orders_in(self, statuses: Collection[str]) -> Iterator[Sequence[Order]]:
        """See the port."""
        filters = [("filter[extendedStatus][]", status) for status in sorted(statuses)]
        for orders in self._pages(filters, f"have the status {', '.join(statuses)}"):
            yield [order for order in orders if order.status in statuses]

    def orders_under_way(
        self, delivery_types: Collection[str], since: datetime, also_in: Collection[str]
    ) -> Iterator[Sequence[Order]]:
        """See the port. A status that the account does not have would be refused: it is left out."""
        finished = self._finished_statuses() - frozenset(also_in)
        statuses = self._status_groups().keys() - finished
        filters = [
            *(("filter[deliveryTypes][]", delivery_type) for delivery_type in sorted(delivery_types)),
            *(("filter[extendedStatus][]", status) for status in sorted(statuses)),
            ("filter[createdAtFrom]", self._day(since)),
        ]
        for orders in self._pages(filters, f"are under way with {', '.join(delivery_types)}"):
            yield [order for order in orders if order.delivery_code in delivery_types]

    def _pages(self, filters: Parameters, what: str) -> Iterator[Sequence[Order]]:
        """The orders that these filters find. The list moves while it is read: each order is given once."""
        filters = [
            *filters,
            *self._of_our_shop(),
            ("limit", PAGE),
        ]
        given: set[int] = set()
        for page in range(1, MAX_ORDER_PAGES + 1):
            answer = self._client.get("orders", [*filters, ("page", str(page))])
            pages = page_count(answer)
            if pages > MAX_ORDER_PAGES:
                raise Refused("too-many-orders", f"more than {MAX_ORDER_PAGES * PAGE_SIZE} orders {what}")
            found = [self._order(order) for order in parsed_list(OrderAnswer, answer.get("orders"))]
            yield [order for order in found if order.id not in given]
            given.update(order.id for order in found)
            if page >= pages:
                return

    def orders_with_ids(self, order_ids: Collection[int]) -> list[Order]:
        """See the port."""
        ids = sorted(order_ids)
        found: list[Order] = []
        for first in range(0, len(ids), PAGE_SIZE):
            found += self._search_orders(
                [("filter[ids][]", str(order_id)) for order_id in ids[first : first + PAGE_SIZE]]
            )
        return found

    def orders_with_external_ids(self, external_ids: Collection[str]) -> list[Order]:
        """See the port. Another shop of the account may use the same external ids (unverified)."""
        ids = sorted(external_ids)
        found: list[Order] = []
        # Half a batch: should an id be there twice, no page may hide it.
        for first in range(0, len(ids), HALF_A_PAGE):
            batch = [("filter[externalIds][]", each) for each in ids[first : first + HALF_A_PAGE]]
            found += self._search_orders([*self._of_our_shop(), *batch])
        return found

    def orders_made(self, since: datetime, until: datetime | None = None) -> Iterator[Sequence[Order]]:
        """See the port. The filter knows whole days, so the moments are compared again."""
        filters = [("filter[createdAtFrom]", self._day(since))]
        if until is not None:
            filters.append(("filter[createdAtTo]", self._day(until)))
        for orders in self._pages(filters, f"were made since {since:%Y-%m-%d}"):
            yield [
                order
                for order in orders
                if order.created_at >= since and (until is None or order.created_at <= until)
            ]

    def order_changes(self, after: int | None, since: datetime) -> OrderChanges:
        """See the port. ``sinceId`` excludes itself, and must not be sent together with ``page``."""
        return self._changes(after, since, [])

    def changes_of_order(self, order_id: int, since: datetime) -> tuple[OrderChange, ...]:
        """See the port."""
        return self._changes(None, since, [("filter[orderId]", str(order_id))]).changes

    def changes_of_task(self, task_id: int, since: datetime) -> tuple[TaskChange, ...]:
        """See the port. Nobody changes a task a hundred times: one page is enough."""
        filters = [
            ("filter[taskId]", str(task_id)),
            ("filter[startDate]", self._second(since)),
            ("limit", PAGE),
        ]
        answer = self._client.get("tasks/history", filters)
        records = parsed_list(TaskHistoryAnswer, answer.get("history"))
        return tuple(self._task_change(task_id, record) for record in records)

    def _changes(self, after: int | None, since: datetime, filters: Parameters) -> OrderChanges:
        changes: list[OrderChange] = []
        last_id = after
        for _ in range(MAX_HISTORY_PAGES):
            start = (
                ("filter[startDate]", self._second(since))
                if last_id is None
                else ("filter[sinceId]", str(last_id))
            )
            answer = self._client.get("orders/history", [*filters, start, ("limit", PAGE)])
            records = parsed_list(HistoryAnswer, answer.get("history"))
            changes += [change for record in records if (change := self._change(record))]
            last_id = max([record.id for record in records], default=last_id)
            if not records or page_count(answer) <= 1:
                break
        return OrderChanges(changes=tuple(changes), last_id=last_id)

    def users(self) -> tuple[User, ...]:
        """See the port. That the key may not read them is remembered as long: each task asks for them."""
        if self._monotonic() >= self._users_until:
            self._users = self._read_users()
            self._users_until = self._monotonic() + USERS_KEPT.total_seconds()
        if isinstance(self._users, Unreachable):
            raise Unreachable(self._users.reason, self._users.detail)
        return self._users

    def _read_users(self) -> tuple[User, ...] | Unreachable:
        found: list[User] = []
        for page in range(1, MAX_USER_PAGES + 1):
            try:
                answer = self._client.get("users", [("limit", PAGE), ("page", str(page))])
            except Unreachable as error:
                if error.reason != NO_ACCESS:
                    raise
                return error
            found += [_user(user) for user in parsed_list(UserAnswer, answer.get("users"))]
            if page >= page_count(answer):
                break
        return tuple(found)

    def open_tasks(self, user_id: int) -> TaskCount:
        """See the port."""
        counted = self._counts.get(user_id)
        if counted is None or self._monotonic() - counted[1] >= COUNTS_KEPT.total_seconds():
            filters = [("filter[performers][]", str(user_id)), ("filter[status]", "performing")]
            answer = self._client.get("tasks", [*filters, ("limit", SMALLEST_PAGE)])
            counted = self._counts[user_id] = (total_count(answer), self._monotonic())
        count, counted_at = counted
        return TaskCount(count=count, age=timedelta(seconds=self._monotonic() - counted_at))

    def customers_of_phone(self, phone: str) -> list[Customer]:
        """See the port. The filter for phones is called ``name``, as the official modules use it."""
        found, _ = self._search_customers("name", phone[-SIGNIFICANT_DIGITS:])
        return [each for each in found if phone in {normalise(text, typed=True) for text in each.phones}]

    def customers_of_email(self, email: str) -> list[Customer]:
        """See the port."""
        found, _ = self._search_customers("email", email.strip())
        return [each for each in found if each.email.strip().lower() == email.strip().lower()]

    def customers_named(self, name: str) -> list[Customer] | None:
        """See the port. In which order the CRM keeps the words nobody knows: one of them is looked for."""
        words = full_name(name)
        if not words:
            return []
        # Nor whether it takes one letter for the other.
        word = max(words, key=lambda word: ("е" not in word, len(word)))
        found, pages = self._search_customers("name", word)
        return None if pages > 1 else [each for each in found if full_name(each.name) == words]

    def accepts_marketing(self, phone: str) -> bool | None:
        """See the port. Any active list of the channel ``sms`` counts; the client's own page has them."""
        found = self.customers_of_phone(phone)
        customer = self._read_customer(found[0].id) if found else None
        if customer is None:
            return None
        said = [
            each.subscribed
            for each in customer.customer_subscriptions
            if each.subscription.channel == SMS_CHANNEL and each.subscription.active
        ]
        return any(said) if said else None

    def customer(self, customer_id: int) -> Customer | None:
        """See the port."""
        answer = self._read_customer(customer_id)
        return None if answer is None else _customer(answer)

    def stock(self, offer_id: str) -> Iterator[Sequence[OfferStock]]:
        """See the port. What has no such id is nothing that we could write."""
        filters = [
            *self._of_our_shop(),
            ("filter[details]", "1"),
            ("limit", PAGE),
        ]
        for page in range(1, MAX_STOCK_PAGES + 1):
            answer = self._client.get("store/inventories", [*filters, ("page", str(page))])
            pages = page_count(answer)
            if pages > MAX_STOCK_PAGES:
                raise Refused("too-many-offers", f"more than {MAX_STOCK_PAGES * PAGE_SIZE} offers")
            found = parsed_list(InventoryAnswer, answer.get("offers"))
            yield [each.stock(offer_id) for each in found if each.sku(offer_id)]
            if page >= pages:
                return

    def store_codes(self) -> frozenset[str]:
        """See the port."""
        answer = self._client.get("reference/stores")
        return frozenset(store.code for store in parsed_list(StoreAnswer, answer.get("stores")))

    def task(self, task_id: int) -> Task | None:
        """See the port."""
        try:
            answer = self._client.get(f"tasks/{task_id}")
        except NotFound:
            return None
        return self._task(parsed(TaskAnswer, answer.get("task")))

    def tasks_with_ids(self, task_ids: Collection[int]) -> list[Task]:
        """See the port."""
        answers = self._with_ids("tasks", task_ids)
        return [
            self._task(task) for answer in answers for task in parsed_list(TaskAnswer, answer.get("tasks"))
        ]

    def known_notes(self, note_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        answers = self._with_ids("customers/notes", note_ids)
        return frozenset(
            note.id for answer in answers for note in parsed_list(NoteAnswer, answer.get("notes"))
        )

    def _with_ids(self, what: str, wanted: Collection[int]) -> Iterator[Mapping[str, Any]]:
        """The answers about these ids, one for each 100."""
        ids = sorted(wanted)
        for first in range(0, len(ids), PAGE_SIZE):
            batch = [("filter[ids][]", str(each)) for each in ids[first : first + PAGE_SIZE]]
            yield self._client.get(what, [*batch, ("limit", PAGE)])

    def completed_tasks(self, since: datetime) -> tuple[CompletedTask, ...]:
        """See the port. The filter knows whole days, so the moments are compared again."""
        filters = [
            ("filter[status]", "completed"),
            ("filter[completedAtFrom]", self._day(since)),
            ("limit", PAGE),
        ]
        found: dict[int, CompletedTask] = {}
        for page in range(1, MAX_TASK_PAGES + 1):
            answer = self._client.get("tasks", [*filters, ("page", str(page))])
            for task in parsed_list(TaskAnswer, answer.get("tasks")):
                at = self._moment(task.completed_at) if task.completed_at else None
                if task.order and at is not None and at >= since:
                    found[task.id] = CompletedTask(
                        id=task.id, order_id=task.order.id, order_number=task.order.number, at=at
                    )
            if page >= page_count(answer):
                break
        return tuple(found.values())

    def last_comment(self, task_id: int) -> TaskComment | None:
        """See the port. Which end of the list is the newest is not documented, so their ids tell."""
        try:
            answer = self._client.get(f"tasks/{task_id}/comments", [("limit", PAGE)])
        except NotFound:
            return None
        comments = [
            comment for comment in parsed_list(CommentAnswer, answer.get("comments")) if comment.text.strip()
        ]
        newest = max(comments, key=lambda comment: comment.id, default=None)
        return None if newest is None else TaskComment(text=newest.text.strip(), user_id=newest.creator)

    def find_note(self, action: AddNote, marker: str, since: datetime) -> int | None:
        """See the port. As tasks: the marker stands at the end of the text."""
        filters = [
            ("filter[customerIds][]", str(action.customer_id)),
            ("filter[createdAtFrom]", self._day_before(since)),
            ("limit", PAGE),
        ]
        answer = self._client.get("customers/notes", filters)
        notes = parsed_list(NoteAnswer, answer.get("notes"))
        return next((note.id for note in notes if marker in note.text.split()), None)

    def find_task(self, action: CreateTask, marker: str, since: datetime) -> int | None:
        """See the port. Tasks have no external id: the marker stands at the end of the commentary."""
        filters = (
            [("filter[orderNumber]", action.order_number)]
            if action.order_number
            else [("filter[performers][]", str(action.performer_id))]
        )
        filters = [*filters, ("filter[createdAtFrom]", self._day_before(since)), ("limit", PAGE)]
        for page in range(1, MAX_TASK_PAGES + 1):
            answer = self._client.get("tasks", [*filters, ("page", str(page))])
            tasks = parsed_list(TaskAnswer, answer.get("tasks"))
            for task in tasks:
                if marker in task.commentary.split():
                    return task.id
            if page >= page_count(answer):
                return None
        return None

    def _of_our_shop(self) -> Parameters:
        return [("filter[sites][]", self._site)] if self._site else []

    def _day(self, moment: datetime) -> str:
        """On the account's clock, as filters have it."""
        return moment.astimezone(self._zone).date().isoformat()

    def _day_before(self, moment: datetime) -> str:
        return (moment.astimezone(self._zone) - timedelta(days=1)).date().isoformat()

    def _second(self, moment: datetime) -> str:
        """Likewise, as the history's filters have it."""
        return moment.astimezone(self._zone).strftime(requests.DATE_TIME)

    def _read_customer(self, customer_id: int) -> CustomerAnswer | None:
        try:
            answer = self._client.get(f"customers/{customer_id}", [("by", "id")])
        except NotFound:
            return None
        return parsed(CustomerAnswer, answer.get("customer"))

    def _read_order(self, identifier: str, by: str) -> OrderAnswer | None:
        parameters = [("by", by)]
        if by == "externalId" and self._site:
            parameters.append(("site", self._site))
        try:
            answer = self._client.get(f"orders/{path_segment(identifier)}", parameters)
        except NotFound:
            return None
        return parsed(OrderAnswer, answer.get("order"))

    def _search_orders(self, filters: Parameters) -> list[Order]:
        answer = self._client.get("orders", [*filters, ("limit", PAGE)])
        orders = [self._order(found) for found in parsed_list(OrderAnswer, answer.get("orders"))]
        return sorted(orders, key=lambda order: (order.created_at, order.id), reverse=True)

    def _search_customers(self, name: str, value: str) -> tuple[list[Customer], int]:
        """The first page, the oldest card first, and how many pages there are."""
        answer = self._client.get("customers", [(f"filter[{name}]", value), ("limit", PAGE)])
        found = [_customer(each) for each in parsed_list(CustomerAnswer, answer.get("customers"))]
        return sorted(found, key=lambda customer: customer.id), page_count(answer)

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
            customer_id=answer.customer.id if answer.customer else None,
            first_name=answer.first_name,
            last_name=answer.last_name,
            patronymic=answer.patronymic,
            phones=tuple(dict.fromkeys(phone for phone in phones if phone)),
            email=answer.email,
            created_at=self._moment(answer.created_at),
            to_pay=answer.to_pay,
            delivery_code=answer.delivery.code,
            city=answer.delivery.address.city,
            region=answer.delivery.address.region,
            pickup_address=answer.delivery.data.pickuppoint_address or answer.delivery.address.text,
            pickup_hours=answer.delivery.data.pickuppoint_schedule,
            track_number=answer.delivery.data.track_number,
            status_comment=answer.status_comment,
            customer_comment=answer.customer_comment,
            manager_comment=answer.manager_comment,
            country=answer.country_iso,
            address=_address(answer),
            items=tuple(_item(item) for item in answer.items),
            goods=answer.summ,
            total=answer.total_summ,
            prepaid=answer.prepaid,
            discount=answer.discount_manual_amount,
            discount_percent=answer.discount_manual_percent,
            delivery_cost=answer.delivery.cost,
            custom_fields=_custom_fields(answer),
        )

    def _change(self, record: HistoryAnswer) -> OrderChange | None:
        """None for a record of another shop's order."""
        order = record.order
        if order is None or (self._site and order.site and order.site != self._site):
            return None
        return OrderChange(
            id=record.id,
            order_id=order.id,
            field=record.field,
            before=text_of(record.old_value),
            after=text_of(record.new_value),
            at=self._moment(record.created_at),
            user_id=record.user.id if record.user else None,
            is_ours=record.api_key.current,
            is_deletion=record.deleted,
            merged_into=record.combined_to.id if record.combined_to else None,
        )

    def _task_change(self, task_id: int, record: TaskHistoryAnswer) -> TaskChange:
        return TaskChange(
            task_id=task_id,
            field=record.field,
            at=self._moment(record.created_at),
            user_id=record.user.id if record.user else None,
            is_ours=record.api_key.current,
            is_creation=record.created,
            is_removal=record.deleted,
        )

    def _finished_statuses(self) -> frozenset[str]:
        """The codes of the statuses that mean that an order is finished."""
        groups = self._status_groups()
        return frozenset(status for status, group in groups.items() if group in self._finished_groups)

    def _status_groups(self) -> Mapping[str, str]:
        """The group of each of the account's statuses. Each shop edits its list."""
        if self._monotonic() >= self._statuses_until:
            answer = self._client.get("reference/statuses")
            statuses = parsed_list(StatusAnswer, list((answer.get("statuses") or {}).values()))
            self._groups = {status.code: status.group for status in statuses}
            self._statuses_until = self._monotonic() + STATUSES_KEPT.total_seconds()
        return self._groups

    def _task(self, answer: TaskAnswer) -> Task:
        return Task(
            id=answer.id,
            text=answer.text,
            commentary=requests.unmarked(answer.commentary),
            performer_id=answer.performer,
            is_complete=answer.complete,
            due_at=self._due(answer.datetime),
            order_id=answer.order.id if answer.order else None,
        )

    def _due(self, text: str) -> datetime | None:
        """Minutes, whether or not seconds follow them."""
        minutes = text[: len("2026-11-20 11:00")]
        return self._moment(minutes) if minutes else None

    def _moment(self, text: str) -> datetime:
        """A time of the account, without offset, as UTC."""
        try:
            # Ten times as fast as strptime, which a look at thousands of orders feels.
            local = datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
        except ValueError:
            raise Unreachable("crm-unreachable", "unexpected answer: a time in another form") from None
        return local.replace(tzinfo=self._zone).astimezone(UTC)


def _address(answer: OrderAnswer) -> Address:
    """``building`` is the house; ``house`` another part of it, where an account has that."""
    told = answer.delivery.address
    return Address(
        postcode=told.index,
        region=told.region,
        city=told.city,
        street=told.street,
        building=told.building or told.house,
        flat=told.flat,
        text=told.text,
    )


def _item(item: Item) -> OrderItem:
    return OrderItem(
        name=item.product_name or item.offer.display_name or item.offer.name,
        sku=item.offer.external_id,
        quantity=item.quantity,
        price=item.initial_price - item.discount_total,
        properties={each.name or each.code: each.value for each in item.properties if each.value},
        is_cancelled=item.is_canceled,
    )


def _custom_fields(answer: OrderAnswer) -> dict[str, str]:
    texts = {code: text_of(value) for code, value in answer.custom_fields.items()}
    return {code: text for code, text in texts.items() if text}


def _user(answer: UserAnswer) -> User:
    return User(
        id=answer.id,
        name=f"{answer.first_name} {answer.last_name}".strip(),
        is_active=answer.active,
        is_manager=answer.is_manager,
        groups=frozenset(group.code for group in answer.groups if group.code),
    )


def _customer(answer: CustomerAnswer) -> Customer:
    return Customer(
        id=answer.id,
        first_name=answer.first_name,
        last_name=answer.last_name,
        patronymic=answer.patronymic,
        phones=tuple(phone.number for phone in answer.phones if phone.number),
        email=answer.email,
        manager_id=answer.manager_id,
        city=answer.address.city,
        region=answer.address.region,
    )
