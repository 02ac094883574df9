"""What the CRM shows of an order's production: questions, answers, promised days, and what is made."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from chalicelib.crm.port import Order
from chalicelib.gate.json_schema import CENTURY
from chalicelib.people import with_crm_user
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.production_work import decision, work_on
from chalicelib.production.memory import Answer, ProductionMemory, Promise, Question, Ready, Way

_NUMBERED = re.compile(r"\s*(?:№|#)?\s*(\d{1,3})\s*(?:[:)]|\.(?!\d))\s*(\S.*)", re.DOTALL)
"""``2: green`` answers the order's second question; ``2.5 m`` does not."""


def production_of_order(order: Order, happened_at: datetime, desk: Desk) -> Decision:
    """Look at the order as it is now, whenever it came to be so; one of the ``ORDER_RULES``.

    Raises:
        Postponed: another entry is at work for its production.
    """
    del happened_at
    if not desk.shop.has_production:
        return Decision()
    work = work_on(order, desk)
    return decision(work, seen_in(order, work.facts, desk), desk)


def seen_in(order: Order, facts: ProductionMemory, desk: Desk) -> ProductionMemory:
    """What is known once the order as it is now was looked at. The same order again changes nothing."""
    if not order.is_open:
        until = order.status_since or desk.now
        facts = facts.without_questions(desk.entry.id, until).without_promise(desk.entry.id)
    for look in (made_again, _asked, _answered, _promised, _made):
        facts = look(order, facts, desk)
    return facts


def made_again(order: Order, facts: ProductionMemory, desk: Desk) -> ProductionMemory:
    """Somebody put an order that was ready back to those that are made: production says anew when it is."""
    ready, since = facts.ready, order.status_since
    if ready is None or ready.entry_id == desk.entry.id or since is None or since <= ready.at:
        return facts
    return facts.made_again(since) if order.status in desk.shop.production.making else facts


def answer_by(text: str, way: Way, user: int | None, desk: Desk) -> Answer:
    """What somebody has answered just now."""
    person = with_crm_user(desk.shop.people, user)
    return Answer(
        entry_id=desk.entry.id, text=text, author=person.name if person else "", way=way, at=desk.now
    )


def _asked(order: Order, facts: ProductionMemory, desk: Desk) -> ProductionMemory:
    """In its field, or by a status; a status that comes again asks again."""
    settings, seen = desk.shop.production, facts.seen
    words = order.custom_fields.get(settings.question_field, "").strip()
    asks = bool(settings.question_status) and order.status == settings.question_status
    since = (order.status_since or order.created_at) if asks else None
    facts = facts.having_seen(seen.model_copy(update={"question": words, "asked_since": since}))
    is_new_text = bool(words) and words != seen.question
    if not is_new_text and (since is None or since == seen.asked_since):
        return facts
    text = words if is_new_text else order.status_comment.strip() or words
    at = desk.now if is_new_text or since is None else since
    return facts.with_question(
        Question(number=0, order_number=order.number, entry_id=desk.entry.id, text=text, at=at)
    )


def _answered(order: Order, facts: ProductionMemory, desk: Desk) -> ProductionMemory:
    """In its field: to the oldest question, unless the answer begins with another one's number."""
    words = order.custom_fields.get(desk.shop.production.answer_field, "").strip()
    if words == facts.seen.answer:
        return facts
    facts = facts.having_seen(facts.seen.model_copy(update={"answer": words}))
    if not words or not facts.waiting:
        return facts
    number, text = addressed(words, facts.waiting)
    return facts.with_answer(number, answer_by(text, "field", order.manager_id, desk))


def addressed(words: str, waiting: Sequence[Question]) -> tuple[int, str]:
    """Which of these questions is answered, by its number, and how."""
    found = _NUMBERED.fullmatch(words) if len(waiting) > 1 else None
    if found and int(found[1]) in {question.number for question in waiting}:
        return int(found[1]), found[2].strip()
    return waiting[0].number, words


def _promised(order: Order, facts: ProductionMemory, desk: Desk) -> ProductionMemory:
    """In its field; an emptied one takes the promise back."""
    words = order.custom_fields.get(desk.shop.production.promised_field, "").strip()
    if words == facts.seen.promised:
        return facts
    facts = facts.having_seen(facts.seen.model_copy(update={"promised": words}))
    if not words:
        return facts.without_promise(desk.entry.id, desk.now)
    day = _day(words)
    return facts.with_promise(Promise(day=day, at=desk.now, entry_id=desk.entry.id)) if day else facts


def _made(order: Order, facts: ProductionMemory, desk: Desk) -> ProductionMemory:
    """By its status; also if a person has set the next one."""
    settings = desk.shop.production
    if not order.status or order.status not in {settings.ready_status, settings.next_status}:
        return facts
    at = order.status_since or desk.now
    return facts.with_ready(Ready(at=at, entry_id=desk.entry.id))


def _day(words: str) -> date | None:
    """The CRM's date fields hold ``2026-12-01``, and may hold a time after it."""
    try:
        day = date.fromisoformat(words[:10])
    except ValueError:
        return None
    return day if day.year in CENTURY else None
