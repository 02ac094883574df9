"""An order and its production: what we remember of it, and the actions that follow from what is new.

A rule says what is so from now on, and which entry told it; what the entry at work has told leads to actions
here. So it is the same whether an entry is decided once, or again after a crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.actions import AnyAction, CompleteTask
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.ladder_memory import production_key
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.ladder_tasks import Ladder, completions, ladder_of
from chalicelib.playbook.production_first_look import first_look
from chalicelib.playbook.production_goes_on import ABOUT as READY
from chalicelib.playbook.production_goes_on import goes_on, is_decided
from chalicelib.playbook.production_promises import promised
from chalicelib.playbook.production_questions import answered, asked
from chalicelib.production.memory import ProductionMemory
from chalicelib.production.report import AskedOn, asked_key


@dataclass(frozen=True, slots=True)
class Work:
    """An order in production.

    Attributes:
        ladder: our memory of it, with our tasks.
        facts: what is known of its production.
    """

    order: Order
    ladder: Ladder
    facts: ProductionMemory


def work_on(order: Order, desk: Desk) -> Work:
    """What we remember of an order and its production.

    Raises:
        Postponed: another entry is at work for it.
    """
    ladder = ladder_of(desk, production_key(order.id))
    return Work(order, ladder, ladder.memory.production or first_look(order, desk))


def decision(
    work: Work, facts: ProductionMemory, desk: Desk, first: Sequence[AnyAction] = (), note: str = ""
) -> Decision:
    """What follows from these facts as far as the entry at work has told them.

    Args:
        work: as we remember it.
        facts: what is so from now on.
        desk: what the rule has before it.
        first: what is to be done besides, before anything else.
        note: why there is nothing to do, if so.
    """
    order, ladder = work.order, work.ladder
    actions = (
        *first,
        *asked(order, ladder, facts, desk),
        *_pointless(order, ladder, facts, desk),
        *answered(order, facts, desk),
        *promised(order, facts, desk),
        *goes_on(order, ladder, facts, desk),
    )
    if not actions and facts == work.facts:
        return Decision(note=note)
    kept = ladder.memory.model_copy(update={"production": facts})
    claims = (Ladder(ladder.document, kept).claimed(desk), *_listed(order, facts, desk))
    return Decision(actions, claims, "" if actions else note)


def _listed(order: Order, facts: ProductionMemory, desk: Desk) -> tuple[Document, ...]:
    """The day's list of orders with questions, for reports, if this entry tells one."""
    zone = desk.shop.shop.timezone
    days = {one.at.astimezone(zone).date() for one in facts.questions if one.entry_id == desk.entry.id}
    documents = [desk.documents.get(asked_key(day)) for day in sorted(days)]
    contents = [AskedOn.model_validate(each.content).with_order(order.id).content() for each in documents]
    return tuple(
        replace(document, content=content)
        for document, content in zip(documents, contents, strict=True)
        if content != document.content
    )


def _pointless(order: Order, ladder: Ladder, facts: ProductionMemory, desk: Desk) -> tuple[CompleteTask, ...]:
    """Our tasks whose reason is gone: an answer, another day, production is done, or the order goes on."""
    open_questions = {question.about for question in facts.waiting}
    day = facts.promise.day if facts.promise else None
    over = [
        task
        for task in ladder.memory.tasks
        if (task.about.startswith("question:") and task.about not in open_questions)
        or (task.about.startswith("promise:") and not task.about.startswith(f"promise:{day}:"))
        or (task.about == READY and is_decided(order, facts, desk))
    ]
    return completions(ladder, desk.texts.render("task/production_over", at=desk.now), over)
