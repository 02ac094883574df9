"""A parcel comes to its pickup point and leaves it: how long it stays there is remembered for its order."""

from chalicelib.events import FINAL_PARCEL_STATUSES, ParcelMoved, ParcelStatus
from chalicelib.ladder_memory import Stay, pickup_key
from chalicelib.parcel_memory import ParcelMemory, parcel_key
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.ladder_tasks import completions, ladder_of
from chalicelib.playbook.parcel_facts import kept_until

GONE = FINAL_PARCEL_STATUSES | {ParcelStatus.RETURNING}
"""It is at no pickup point, whether or not we heard that it was at one."""


def follow_stay(
    parcel: ParcelMemory, before: ParcelStatus | None, moved: ParcelMoved, desk: Desk
) -> Decision:
    """Remember an arrival; at a departure complete our tasks to call the client.

    Args:
        parcel: as it stands after the move.
        before: its status before the move.
        moved: the move.
        desk: what the rule has before it.

    Raises:
        Postponed: another entry is at work for this order's stay.
    """
    is_here = parcel.status is ParcelStatus.WAITING
    tells_term = moved.keep_until is not None or moved.is_extended
    is_news = parcel.status is not before or (is_here and tells_term)
    has_left = before is ParcelStatus.WAITING or parcel.status in GONE
    if parcel.order_id is None or not desk.shop.pickup_status or not is_news or not (is_here or has_left):
        return Decision()
    ladder = ladder_of(desk, pickup_key(parcel.order_id))
    key = parcel_key(desk.entry.source, moved.parcel_id)
    if is_here and parcel.arrived_at is not None:
        keep_until, is_estimate = kept_until(parcel, desk.entry.source, desk)
        stay = Stay(
            parcel=key,
            source=desk.entry.source,
            arrived_at=parcel.arrived_at,
            keep_until=keep_until,
            is_estimate=is_estimate,
        )
        if stay in ladder.memory.stays:
            return Decision()
        return Decision(claims=(ladder.changed(ladder.memory.arrived(stay)),))
    if ladder.document.version == 0:
        return Decision()
    left = ladder.memory.left(key, desk.now)
    if left.stays or not left.tasks:
        return Decision(claims=(ladder.changed(left),))
    note = desk.texts.render(
        "task/no_longer_waits", at=moved.at, order_status="", parcel_status=parcel.status or ""
    )
    claimed = left.claimed(own_claim(desk))
    return Decision(completions(ladder, note), (ladder.changed(claimed),))
