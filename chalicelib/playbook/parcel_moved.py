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
)
from chalicelib.parcel_memory import ParcelMemory, parcel_key
from chalicelib.playbook.claims import own_claim, wait_for
from chalicelib.playbook.client_messages import Occasion, Parcel, message_about_order
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.parcel_facts import is_news, kept_until
from chalicelib.playbook.parcel_troubles import completed, tasks_about, troubles_of
from chalicelib.playbook.stays import follow_stay

LATE = timedelta(seconds=30)
LATER_NEWS_FIRST = timedelta(minutes=1)


def on_parcel_moved(moved: ParcelMoved, desk: Desk) -> Decision:
    """Follow the parcel by the courier's clock: repeats and old news change nothing."""
    document = desk.documents.get(_key(moved, desk))
    memory = ParcelMemory.model_validate(document.content)
    wait_for(memory.claim, desk)
    moved = _as_it_is_collected(moved, memory, desk)
    before = memory.without(desk.entry.id).status
    after = memory.moved(moved, desk.entry.id, desk.entry.received_at)
    news = None if after.status is before else after.status
    note = "nothing-new" if after.status is before else "status-not-mapped"
    troubles = troubles_of(after, moved, desk)
    actions: tuple[AnyAction, ...] = ()
    if _matters(news, desk) or (troubles and troubles.new):
        order = _find_order(moved, after, desk)
        after = after.model_copy(update={"order_id": order.id})
        note = "order-is-there"
        if news is not None and _may_follow(order, news, after, desk):
            actions = _actions(moved, news, order, after, desk)
        if troubles and _is_still_its_parcel(order, desk):
            actions = (*actions, *tasks_about(troubles, moved, order, desk))
    if troubles:
        actions = (*actions, *completed(troubles, after, moved, desk))
    stay = follow_stay(after, before, moved, desk)
    actions = (*actions, *stay.actions)
    if actions:
        after = after.model_copy(update={"claim": own_claim(desk)})
        note = ""
    remembered = _remember(document, after, note)
    claims = (*remembered.claims, *stay.claims, *((troubles.ladder.claimed(desk),) if troubles else ()))
    return replace(remembered, actions=actions, claims=claims)


def _as_it_is_collected(moved: ParcelMoved, memory: ParcelMemory, desk: Desk) -> ParcelMoved:
    """A parcel that waits where a courier fetches it to bring it does not wait for its client."""
    if moved.status is not ParcelStatus.WAITING or moved.collected_with is None:
        return moved
    if _find_order(moved, memory, desk).delivery_code in moved.collected_with:
        return moved
    return moved.model_copy(update={"status": ParcelStatus.IN_CITY})


def _remember(document: Document, memory: ParcelMemory, note: str) -> Decision:
    return Decision(claims=(replace(document, content=memory.content()),), note=note)


def _matters(status: ParcelStatus | None, desk: Desk) -> bool:
    if status is None:
        return False
    return desk.shop.order_status_for(status) is not None or status in desk.shop.sms_templates


def _find_order(moved: ParcelMoved, memory: ParcelMemory, desk: Desk) -> Order:
    """The parcel's order, read by id, because a search may show an old status.

    Raises:
        Postponed: not found, but the CRM's search may still lag behind.
        Refused: there is no such order.
    """
    order = desk.crm.order(memory.order_id) if memory.order_id is not None else None
    if order is None:
        found = desk.crm.order_by_number(moved.order_number) if moved.order_number else None
        # Without a number the search would give any order that has none, too.
        if found is None and moved.track_number:
            found = desk.crm.order_by_track_number(moved.track_number)
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
    return order.status in {desk.shop.order_status_for(mistake) for mistake in mistakes}


def _is_still_its_parcel(order: Order, desk: Desk) -> bool:
    """Whether anybody cares for its troubles: a person may have closed the order, and so may we."""
    return order.is_open or order.status in desk.shop.crm.parcel_statuses.values()


def _actions(
    moved: ParcelMoved, status: ParcelStatus, order: Order, memory: ParcelMemory, desk: Desk
) -> tuple[AnyAction, ...]:
    message = _message(moved, status, order, memory, desk)
    change = _status_change(status, order, desk)
    # The message first: a status that the CRM refuses must not keep the client waiting.
    return tuple(action for action in (message, change) if action is not None)


def _status_change(status: ParcelStatus, order: Order, desk: Desk) -> SetOrderStatus | None:
    code = desk.shop.order_status_for(status)
    if code is None or code == order.status:
        return None
    return SetOrderStatus(order_id=order.id, from_status=order.status, status=code)


def _message(
    moved: ParcelMoved, status: ParcelStatus, order: Order, memory: ParcelMemory, desk: Desk
) -> RequestSms | None:
    template = desk.shop.sms_templates.get(status)
    if template is None or not is_news(moved, desk):
        return None
    occasion = Occasion(
        template=template,
        rule=moved.kind,
        once=f"{_key(moved, desk)}:{template}:{moved.at.isoformat()}",
        only_if=ParcelStillAt(parcel_key=_key(moved, desk), status=status),
        not_before=_not_before(desk),
    )
    keep_until, is_estimate = kept_until(memory, desk.entry.source, desk)
    parcel = Parcel(
        source=desk.entry.source,
        track_number=moved.track_number,
        # A status that is taken back leaves us with an earlier one, which was elsewhere.
        city="" if moved.withdrawn else moved.city,
        keep_until=keep_until,
        is_estimate=is_estimate,
    )
    message = message_about_order(order, occasion, desk, parcel)
    return None if isinstance(message, str) else message


def _not_before(desk: Desk) -> datetime:
    """After an outage, later news of the parcel may wait right behind this one: let it go first."""
    is_late = desk.now - desk.entry.received_at > LATE
    return desk.now + LATER_NEWS_FIRST if is_late else desk.now


def _key(moved: ParcelMoved, desk: Desk) -> str:
    return parcel_key(desk.entry.source, moved.parcel_id)
