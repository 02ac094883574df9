"""An order that we look at for the first time: what has stood there for long is no news."""

from datetime import timedelta

from chalicelib.crm.port import Order
from chalicelib.playbook.desk import Desk
from chalicelib.production.memory import ProductionMemory, Ready, Seen

NEWS = timedelta(days=7)
"""What was written or set longer ago, was dealt with before Leadkeeper watched it."""


def first_look(order: Order, desk: Desk) -> ProductionMemory:
    """What we take for known of an order of which we remember nothing."""
    settings, since = desk.shop.production, order.status_since or order.created_at
    is_old_status = since < desk.now - NEWS
    question, promised = settings.question_field, settings.promised_field
    recent = _changed_lately((question, promised), order, desk)
    facts = ProductionMemory(
        seen=Seen(
            question="" if question in recent else order.custom_fields.get(question, "").strip(),
            promised="" if promised in recent else order.custom_fields.get(promised, "").strip(),
            asked_since=since if order.status == settings.question_status and is_old_status else None,
        )
    )
    if is_old_status and order.status and order.status == settings.ready_status:
        return facts.with_ready(Ready(at=since, entry_id=""))
    return facts


def _changed_lately(codes: tuple[str, ...], order: Order, desk: Desk) -> frozenset[str]:
    """Which of these fields hold something that is news; asks the CRM only if any holds something."""
    filled = [code for code in codes if order.custom_fields.get(code, "").strip()]
    if not filled:
        return frozenset()
    since = desk.now - NEWS
    if order.created_at >= since:
        return frozenset(filled)
    changed = {change.field for change in desk.crm.changes_of_order(order.id, since)}
    return frozenset(code for code in filled if f"custom_{code}" in changed)
