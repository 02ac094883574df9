"""What production tells of an order, and what we remind ourselves of."""

from chalicelib.actions import AnnotateOrder, SendAnswer
from chalicelib.crm.port import Order
from chalicelib.errors import Refused
from chalicelib.events import (
    ProductionAnswerDue,
    ProductionAnswered,
    ProductionAsked,
    ProductionCommented,
    ProductionPromised,
    ProductionPromiseDue,
    ProductionReady,
    ProductionTaskCompleted,
)
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.ladder_tasks import completions
from chalicelib.playbook.orders import find_order
from chalicelib.playbook.production_orders import answer_by, made_again, seen_in
from chalicelib.playbook.production_promises import about, late_task, look
from chalicelib.playbook.production_work import decision, work_on
from chalicelib.production.memory import ProductionMemory, Promise, Question, Ready
from chalicelib.production.moments import noon, past

News = ProductionAsked | ProductionCommented | ProductionPromised | ProductionReady


def on_production_asked(asked: ProductionAsked, desk: Desk) -> Decision:
    """A task for the order's manager; a note on the order if it was made or closed meanwhile.

    Raises:
        Postponed: as ``find_order``, or another entry is at work for this order's production.
        Refused: there is no such order.
    """
    order = _order(asked, desk)
    work = work_on(order, desk)
    facts, source = work.facts, desk.entry.source
    over_since = facts.ready.at if facts.ready else None if order.is_open else order.status_since
    if over_since is not None and asked.at <= over_since:
        return Decision((_note(asked, order, desk),))
    if not facts.knows(source, asked.question_id, asked.text):
        question = Question(
            number=0,
            order_number=order.number,
            id=asked.question_id,
            source=source,
            entry_id=desk.entry.id,
            author=asked.author,
            text=asked.text,
            links=asked.links,
            at=asked.at,
        )
        facts = _without_old_answer(order, facts, asked, desk).with_question(question)
    return decision(work, seen_in(order, facts, desk), desk, note="asked-before")


def on_production_commented(commented: ProductionCommented, desk: Desk) -> Decision:
    """A note on the order.

    Raises:
        Postponed: as ``find_order``.
        Refused: there is no such order.
    """
    return Decision((_note(commented, _order(commented, desk), desk),))


def on_production_promised(told: ProductionPromised, desk: Desk) -> Decision:
    """A note on the order, and a look at it when the day is near; the newest word counts.

    Raises:
        Postponed: as ``find_order``, or another entry is at work for this order's production.
        Refused: there is no such order.
    """
    order = _order(told, desk)
    work = work_on(order, desk)
    promise = Promise(day=told.day, at=told.at, entry_id=desk.entry.id, source=desk.entry.source)
    facts = work.facts.with_promise(promise)
    if facts.promise != promise:
        return Decision(note="outdated")
    return decision(work, seen_in(order, facts, desk), desk, first=(_note(told, order, desk),))


def on_production_ready(told: ProductionReady, desk: Desk) -> Decision:
    """A note on the order, and its next status.

    Raises:
        Postponed: as ``find_order``, or another entry is at work for this order's production.
        Refused: there is no such order.
    """
    order = _order(told, desk)
    work = work_on(order, desk)
    facts = made_again(order, work.facts, desk).with_ready(Ready(at=told.at, entry_id=desk.entry.id))
    if facts.ready is None:
        return Decision(note="outdated")
    if facts.ready.entry_id != desk.entry.id:
        return decision(work, seen_in(order, facts, desk), desk, note="ready-before")
    return decision(work, seen_in(order, facts, desk), desk, first=(_note(told, order, desk),))


def on_production_promise_due(due: ProductionPromiseDue, desk: Desk) -> Decision:
    """A task, if the order is still not made and the day is still the same.

    Raises:
        Postponed: another entry is at work for this order's production.
    """
    order = desk.crm.order(due.order_id)
    if order is None or not order.is_open:
        return Decision(note="no-longer-waiting")
    work = work_on(order, desk)
    facts, shop = seen_in(order, work.facts, desk), desk.shop.shop
    if facts.promise is None or facts.promise.day != due.day or facts.ready is not None:
        return decision(work, facts, desk, note="no-longer-waiting")
    is_past = due.is_past or past(due.day, shop.hours, shop.timezone) <= desk.now
    if any(task.about == about(due.day, is_past=is_past) for task in work.ladder.memory.tasks):
        return decision(work, facts, desk, note="already-told")
    task = late_task(order, work.ladder, due.day, desk, is_past=is_past)
    if not is_past:
        return decision(work, facts, desk, (task, look(order, facts.promise, due.day, desk, is_past=True)))
    near = [each for each in work.ladder.memory.tasks if each.about == about(due.day, is_past=False)]
    over = completions(work.ladder, desk.texts.render("task/production_over", at=desk.now), near)
    return decision(work, facts, desk, (*over, task))


def on_production_task_completed(completed: ProductionTaskCompleted, desk: Desk) -> Decision:
    """What a person wrote under our task is the answer.

    Raises:
        Postponed: another entry is at work for this order's production.
    """
    order = desk.crm.order(completed.order_id)
    if order is None:
        return Decision(note="order-is-gone")
    work = work_on(order, desk)
    facts = seen_in(order, work.facts, desk)
    told = next((task for task in work.ladder.memory.tasks if task.id == completed.task_id), None)
    question = next((one for one in facts.waiting if told and one.about == told.about), None)
    comment = desk.crm.last_comment(completed.task_id) if question else None
    if question is None or comment is None:
        return decision(work, facts, desk, note="no-answer-in-task")
    answer = answer_by(comment.text, "task", comment.user_id, desk)
    return decision(work, facts.with_answer(question.number, answer), desk)


def on_production_answer_due(due: ProductionAnswerDue, desk: Desk) -> Decision:
    """Send it; what keeps it from its production waits on its own queue."""
    del desk
    return Decision((SendAnswer(due=due),))


def on_production_answered(answered: ProductionAnswered, desk: Desk) -> Decision:
    """The journal keeps it."""
    del answered, desk
    return Decision(note="recorded")


def _order(news: News, desk: Desk) -> Order:
    order = find_order(news.order_id, news.order_number, desk)
    if order is None:
        raise Refused("order-not-found", f"order {news.order_number or news.order_id}")
    return order


def _note(news: News, order: Order, desk: Desk) -> AnnotateOrder:
    note = desk.texts.render(
        "order/production",
        kind=news.kind,
        day=noon(news.day, desk.shop.shop.timezone) if isinstance(news, ProductionPromised) else None,
        author=news.author,
        text=news.text,
        links=news.links,
        at=news.at,
    )
    return AnnotateOrder(order_id=order.id, note=note)


def _without_old_answer(
    order: Order, facts: ProductionMemory, asked: ProductionAsked, desk: Desk
) -> ProductionMemory:
    """What the field held before the question is no answer to it, unless it was written for it meanwhile."""
    code = desk.shop.production.answer_field
    words = order.custom_fields.get(code, "").strip()
    if facts.waiting or not words:
        return facts
    is_used = any(one.answer is not None and one.answer.at >= asked.at for one in facts.questions)
    changes = () if is_used else desk.crm.changes_of_order(order.id, asked.at)
    is_since = any(change.field == f"custom_{code}" and change.at >= asked.at for change in changes)
    return facts.having_seen(facts.seen.model_copy(update={"answer": "" if is_since else words}))
