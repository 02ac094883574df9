"""An order that we look at for the first time: what has stood there for long is no news."""

from datetime import datetime, timedelta

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
            answer=_old_answer(order, since, desk),
            question="" if question in recent else order.custom_fields.get(question, "").strip(),
            promised="" if promised in recent else order.custom_fields.get(promised, "").strip(),
            asked_since=since if order.status == settings.question_status and is_old_status else None,
        )
    )
    if is_old_status and order.status and order.status == settings.ready_status:
        return facts.with_ready(Ready(at=since, entry_id=""))
    return facts


def _old_answer(order: Order, status_since: datetime, desk: Desk) -> str:
    """What the field for answers held before anybody asked in the CRM; empty if it was written since."""
    settings = desk.shop.production
    words = order.custom_fields.get(settings.answer_field, "").strip()
    if not words:
        return ""
    changes = desk.crm.changes_of_order(order.id, desk.now - NEWS)
    written = {change.field: change.at for change in changes}
    asked_at = [written[field] for field in written if field == f"custom_{settings.question_field}"]
    asked_at += [status_since] if order.status == settings.question_status else []
    answered_at = written.get(f"custom_{settings.answer_field}")
    return "" if answered_at and asked_at and max(asked_at) <= answered_at else words


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
