"""A question of production is a task for the order's manager; the answer goes back to whoever asked."""

from chalicelib.actions import Announce, AnyAction, CreateTask, RequestAnswer
from chalicelib.crm.port import Order
from chalicelib.events import ProductionAnswerDue, ProductionAnswered
from chalicelib.people import due_at
from chalicelib.playbook.client_clock import clock_line, zone_of
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.ladder_tasks import Ladder, phone_of
from chalicelib.playbook.performers import performer_of
from chalicelib.production.memory import Answer, ProductionMemory, Question
from chalicelib.production.source import ProductionSource


def asked(order: Order, ladder: Ladder, facts: ProductionMemory, desk: Desk) -> tuple[CreateTask, ...]:
    """A task for each question that this entry tells, unless it is answered already."""
    told = {task.about for task in ladder.memory.tasks}
    return tuple(
        _task(question, order, ladder, facts, desk)
        for question in facts.waiting
        if question.entry_id == desk.entry.id and question.about not in told
    )


def answered(order: Order, facts: ProductionMemory, desk: Desk) -> tuple[AnyAction, ...]:
    """Each answer that this entry found goes back, and into the report."""
    actions: list[AnyAction] = []
    for question in facts.questions:
        if question.answer is not None and question.answer.entry_id == desk.entry.id:
            actions += _back(question, question.answer, order, desk)
            actions.append(_report(question, question.answer, order, desk))
    return tuple(actions)


def _task(
    question: Question, order: Order, ladder: Ladder, facts: ProductionMemory, desk: Desk
) -> CreateTask:
    settings, zone = desk.shop.production, desk.shop.shop.timezone
    performer = performer_of(order, desk)
    phone = phone_of(order)
    return CreateTask(
        order_id=order.id,
        order_number=order.number,
        text=desk.texts.render("task/production_question", order_number=order.number, text=question.text),
        commentary=desk.texts.render(
            "task/production_question_commentary",
            order_number=order.number,
            number=question.number,
            is_one_of_several=len(facts.waiting) > 1,
            author=question.author,
            text=question.text,
            links=question.links,
            at=question.at,
            answer_field=settings.answer_field,
            is_closed=not order.is_open,
            name=order.first_name,
            phone=phone,
            client_time=clock_line(desk, zone_of(desk, order, phone)),
        ),
        due_at=due_at(desk.shop.people, performer, desk.now, zone, settings.answer_within),
        performer_id=performer,
        phone=phone,
        ladder=ladder.document.key,
        about=question.about,
    )


def _back(question: Question, answer: Answer, order: Order, desk: Desk) -> tuple[RequestAnswer, ...]:
    """Only who has an address for it gets it sent; others read it where it was written."""
    source = desk.shop.sources.get(question.source)
    if not isinstance(source, ProductionSource) or source.answer_url is None:
        return ()
    due = ProductionAnswerDue(
        source=question.source,
        order_id=order.id,
        order_number=order.number,
        question_id=question.id,
        question=question.text,
        text=answer.text,
        author=answer.author,
        asked_at=question.at,
        answered_at=answer.at,
    )
    return (RequestAnswer(once=_once(question, order), due=due),)


def _once(question: Question, order: Order) -> str:
    """Numbers begin again when an order's memory has expired; the journal's ids live longer."""
    return f"{order.id}:{question.number}:{question.at.isoformat()}"


def _report(question: Question, answer: Answer, order: Order, desk: Desk) -> Announce:
    shop = desk.shop.shop
    fact = ProductionAnswered(
        source=question.source,
        order_id=order.id,
        order_number=order.number,
        question_id=question.id,
        way=answer.way,
        asked_at=question.at,
        answered_at=answer.at,
        waited=answer.at - question.at,
        delay=shop.hours.open_time_between(question.at, answer.at, shop.timezone),
    )
    once = f"production-answered:{_once(question, order)}"
    return Announce(once=once, due_at=desk.now, event=fact)
