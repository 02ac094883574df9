"""A text message to a client: which one, what it says, and why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.actions import RequestSms
from chalicelib.crm.port import Customer, Order
from chalicelib.events import OrderStillIn, ParcelStillAt, Sms, SmsDue
from chalicelib.people import with_crm_user
from chalicelib.phones import normalise
from chalicelib.playbook.clients import has_paid_on_site
from chalicelib.playbook.desk import Desk
from chalicelib.texts import Texts
from chalicelib.texts.sms_fields import SmsFields
from chalicelib.told_memory import ToldMemory, told_about_order, told_to_customer


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a client gets a message.

    Attributes:
        template: the text's name.
        rule: the kind of the event.
        once: what makes the message unique, such as the parcel's arrival.
        only_if: what must still be true when it is sent.
        not_before: before this moment it must not be sent; None for the present one.
        not_if_told_since: see ``Sms``.
    """

    template: str
    rule: str
    once: str
    only_if: ParcelStillAt | OrderStillIn | None = None
    not_before: datetime | None = None
    not_if_told_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a courier told of the parcel that a message is about.

    Attributes:
        source: whose webhooks told it; empty if none did.
        is_estimate: whether ``keep_until`` is.
    """

    source: str = ""
    track_number: str = ""
    city: str = ""
    keep_until: datetime | None = None
    is_estimate: bool = False


NO_PARCEL = Parcel()


def message_about_order(
    order: Order, occasion: Occasion, desk: Desk, parcel: Parcel = NO_PARCEL
) -> RequestSms | str:
    """The message to the order's client; else why there is none, as a short code."""
    couriers = couriers_of(order, parcel, desk)
    if desk.shop.messages.is_couriers_own(occasion.template, couriers):
        return "courier-tells-it"
    return _message(
        occasion,
        desk,
        _order_fields(order, parcel, couriers, desk),
        phones=order.phones,
        order_id=order.id,
        city=order.city,
        region=order.region,
        memory=told_about_order(order.id),
    )


def message_to_customer(customer: Customer, occasion: Occasion, desk: Desk) -> RequestSms | str:
    """The message to a client about no order; else why there is none, as a short code."""
    manager_name, manager_phone = _manager(customer.manager_id, desk)
    fields = SmsFields(
        first_name=customer.first_name,
        last_name=customer.last_name,
        patronymic=customer.patronymic,
        city=customer.city,
        manager_name=manager_name,
        manager_phone=manager_phone,
        shop=desk.shop.shop.name,
    )
    return _message(
        occasion,
        desk,
        fields,
        phones=customer.phones,
        customer_id=customer.id,
        city=customer.city,
        region=customer.region,
        memory=told_to_customer(customer.id),
    )


def couriers_of(order: Order, parcel: Parcel, desk: Desk) -> tuple[str, ...]:
    """The names under which the shop file may know the courier."""
    source = desk.shop.sources.get(parcel.source)
    names = (parcel.source, source.provider if source else "", order.delivery_code)
    return tuple(name for name in names if name)


def _message(  # noqa: PLR0913 -- an order and a client have these in common, and nothing else
    occasion: Occasion,
    desk: Desk,
    fields: SmsFields,
    *,
    phones: Sequence[str],
    city: str,
    region: str,
    memory: str,
    order_id: int | None = None,
    customer_id: int | None = None,
) -> RequestSms | str:
    phone = next(filter(None, (normalise(text, typed=True) for text in phones)), None)
    if phone is None:
        return "no-phone"
    messages = desk.shop.messages
    sms = Sms(
        phone=phone,
        text=_texts_for(phone, city, region, fields, desk).render(
            f"sms/{occasion.template}", **fields.as_mapping()
        ),
        template=occasion.template,
        not_before=occasion.not_before or desk.now,
        valid_until=desk.entry.received_at + desk.shop.rules.sms_valid,
        only_if=occasion.only_if,
        order_id=order_id,
        order_number=fields.order_number,
        city=city,
        region=region,
        is_marketing=occasion.template in messages.marketing,
        is_urgent=occasion.template in messages.urgent,
        customer_id=customer_id,
        memory=memory,
        not_if_told_since=occasion.not_if_told_since,
    )
    if ToldMemory.model_validate(desk.documents.get(memory).content).has(sms):
        return "already-told"
    return RequestSms(once=occasion.once, due=SmsDue(sms=sms, source=desk.entry.source, rule=occasion.rule))


def _texts_for(phone: str, city: str, region: str, fields: SmsFields, desk: Desk) -> Texts:
    """The texts on the client's clock. Whose message tells no moment is not looked up for it."""
    if fields.keep_until is None:
        return desk.texts
    return desk.texts.on_clock_of(desk.zones.zone_of(phone, city, region).of_last_days)


def _order_fields(order: Order, parcel: Parcel, couriers: tuple[str, ...], desk: Desk) -> SmsFields:
    track_number = parcel.track_number or order.track_number
    manager_name, manager_phone = _manager(order.manager_id, desk)
    return SmsFields(
        first_name=order.first_name,
        last_name=order.last_name,
        patronymic=order.patronymic,
        order_number=order.number,
        track_number=track_number,
        tracking_link=desk.shop.messages.tracking_link(couriers, track_number),
        city=parcel.city or order.city,
        pickup_address=order.pickup_address,
        pickup_hours=order.pickup_hours,
        keep_until=parcel.keep_until,
        keep_until_is_estimate=parcel.is_estimate,
        to_pay=None if not order.to_pay or has_paid_on_site(desk, order) else order.to_pay,
        manager_name=manager_name,
        manager_phone=manager_phone,
        shop=desk.shop.shop.name,
    )


def _manager(crm_user: int | None, desk: Desk) -> tuple[str, str]:
    """Name and phone; empty for somebody whom the shop file does not know."""
    person = with_crm_user(desk.shop.people, crm_user)
    return (person.name, person.phone) if person else ("", "")
