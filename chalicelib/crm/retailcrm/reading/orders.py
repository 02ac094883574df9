"""Orders, as retailCRM has them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from chalicelib.crm.port import Address, Order, OrderItem
from chalicelib.crm.retailcrm.answers import page_count, parsed, parsed_list, text_of
from chalicelib.crm.retailcrm.client import NotFound, Parameters, path_segment
from chalicelib.crm.retailcrm.models import Item, OrderAnswer, StatusAnswer
from chalicelib.crm.retailcrm.reading.account import PAGE, PAGE_SIZE, SIGNIFICANT_DIGITS, AccountReading
from chalicelib.errors import Refused
from chalicelib.phones import normalise

HALF_A_PAGE = PAGE_SIZE // 2
MAX_ORDER_PAGES = 500
"""Whatever 50,000 orders have in common, it is not that each of them waits for a person."""

STATUSES_KEPT = timedelta(minutes=10)


class OrderReading(AccountReading):
    """Reads orders."""

    _groups: Mapping[str, str] = MappingProxyType({})
    _statuses_until = float("-inf")

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

    def order_link(self, order_id: int) -> str:
        """See the port. The API tells no address, so this one is from retailCRM's own pages (unverified)."""
        return f"{self._client.url}/orders/{order_id}/edit"

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

    def _pages(self, filters: Parameters, what: str) -> Iterator[Sequence[Order]]:
        """The orders that these filters find. The list moves while it is read: each order is given once."""
        filters = [*filters, *self._of_our_shop(), ("limit", PAGE)]
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
            goods=answer.goods,
            total=answer.total_summ,
            prepaid=answer.prepaid,
            discount=answer.discount_manual_amount,
            discount_percent=answer.discount_manual_percent,
            delivery_cost=answer.delivery.cost,
            custom_fields=_custom_fields(answer),
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
