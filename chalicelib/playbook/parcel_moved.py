"""A parcel's status becomes the order's status; the client hears when it waits at the pickup point."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.actions import AnyAction, RequestSms, SetOrderStatus
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.errors import Postponed, Refused
from chalicelib.events import (
    FINAL_PARCEL_STATUSES,
    ParcelMoved,
    ParcelStatus,
    ParcelStillAt,
    Sms,
    SmsDue,
)
from chalicelib.memory import ParcelMemory, parcel_key
from chalicelib.phones import normalise
from chalicelib.playbook.claims import own_claim, wait_for
from chalicelib.playbook.clients import has_paid_on_site
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.stays import follow_stay

LATE = timedelta(seconds=30)
LATER_NEWS_FIRST = timedelta(minutes=1)


def on_parcel_moved(moved: ParcelMoved, desk: Desk) -> Decision:
    """Follow the parcel by the courier's clock: repeats and old news change nothing."""
    document = desk.documents.get(_key(moved, desk))
    memory = ParcelMemory.model_validate(document.content)
    wait_for(memory.claim, desk)
    before = memory.without(desk.entry.id).status
    after = memory.moved(moved, desk.entry.id, desk.entry.received_at)
    status = after.status
    if status == before:
        return _remember(document, after, "nothing-new")
    actions: tuple[AnyAction, ...] = ()
    note = "status-not-mapped"
    if status is not None and _matters(status, desk):
        order = _find_order(moved, after, desk)
        after = after.model_copy(update={"order_id": order.id})
        actions = _actions(moved, status, order, desk) if _may_follow(order, status, after, desk) else ()
        note = "order-is-there"
    stay = follow_stay(after, before, moved, desk)
    actions = (*actions, *stay.actions)
    if actions:
        after = after.model_copy(update={"claim": own_claim(desk)})
        note = ""
    remembered = _remember(document, after, note)
    return replace(remembered, actions=actions, claims=(*remembered.claims, *stay.claims))


def _remember(document: Document, memory: ParcelMemory, note: str) -> Decision:
    return Decision(claims=(replace(document, content=memory.content()),), note=note)


def _matters(status: ParcelStatus, desk: Desk) -> bool:
    return status in desk.shop.crm.parcel_statuses or status in desk.shop.sms_templates


def _find_order(moved: ParcelMoved, memory: ParcelMemory, desk: Desk) -> Order:
    """The parcel's order, read by id, because a search may show an old status.

    Raises:
        Postponed: not found, but the CRM's search may still lag behind.
        Refused: there is no such order.
    """
    order = desk.crm.order(memory.order_id) if memory.order_id is not None else None
    if order is None:
        found = desk.crm.order_by_number(moved.order_number) if moved.order_number else None
        found = found or desk.crm.order_by_track_number(moved.track_number)
        order = desk.crm.order(found.id) if found else None
    if order is not None:
        return order
    lag = desk.shop.crm.search_lag
    detail = f"order {moved.order_number or '?'}, track number {moved.track_number}"
    if desk.now - desk.entry.opened_at < lag:
        raise Postponed("order-not-found", lag, detail)
    raise Refused("order-not-found", detail)


def _may_follow(order: Order, status: ParcelStatus, memory: ParcelMemory, desk: Desk) -> bool:
    """Whether the order is still the parcel's: not one that a person closed while its parcel still moves."""
    if order.is_open or status in FINAL_PARCEL_STATUSES:
        return True
    # Closed by a status that the courier took back.
    mistakes = {move.status for move in memory.moves if move.withdrawn_by}
    return order.status in {desk.shop.crm.parcel_statuses.get(mistake) for mistake in mistakes}


def _actions(moved: ParcelMoved, status: ParcelStatus, order: Order, desk: Desk) -> tuple[AnyAction, ...]:
    message = _message(moved, status, order, desk)
    change = _status_change(status, order, desk)
    # The message first: a status that the CRM refuses must not keep the client waiting.
    return tuple(action for action in (message, change) if action is not None)


def _status_change(status: ParcelStatus, order: Order, desk: Desk) -> SetOrderStatus | None:
    code = desk.shop.crm.parcel_statuses.get(status)
    if code is None or code == order.status:
        return None
    return SetOrderStatus(order_id=order.id, from_status=order.status, status=code)


def _message(moved: ParcelMoved, status: ParcelStatus, order: Order, desk: Desk) -> RequestSms | None:
    template = desk.shop.sms_templates.get(status)
    phone = next(filter(None, (normalise(text, typed=True) for text in order.phones)), None)
    if template is None or phone is None:
        return None
    text = desk.texts.render(
        f"sms/{template}",
        name=order.first_name,
        order_number=order.number,
        track_number=moved.track_number,
        # A status that is taken back leaves us with an earlier one, which was elsewhere.
        city=(not moved.withdrawn and moved.city) or order.city,
        address=order.pickup_address,
        keep_until=moved.keep_until,
        to_pay=None if not order.to_pay or has_paid_on_site(desk, order) else order.to_pay,
        shop=desk.shop.shop.name,
    )
    sms = Sms(
        phone=phone,
        text=text,
        template=template,
        not_before=_not_before(desk),
        valid_until=desk.entry.received_at + desk.shop.rules.sms_valid,
        only_if=ParcelStillAt(parcel_key=_key(moved, desk), status=status),
        order_id=order.id,
        order_number=order.number,
        city=order.city,
        region=order.region,
    )
    return RequestSms(
        once=f"{_key(moved, desk)}:{template}:{moved.at.isoformat()}",
        due=SmsDue(sms=sms, source=desk.entry.source, rule=moved.kind),
    )


def _not_before(desk: Desk) -> datetime:
    """After an outage, later news of the parcel may wait right behind this one: let it go first."""
    is_late = desk.now - desk.entry.received_at > LATE
    return desk.now + LATER_NEWS_FIRST if is_late else desk.now


def _key(moved: ParcelMoved, desk: Desk) -> str:
    return parcel_key(desk.entry.source, moved.parcel_id)
