"""Mistake-proofing: a step that breaks a rule is counted, and told to who made it, or taken back."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.actions import Announce, AnyAction, SetOrderStatus
from chalicelib.crm.port import Order, OrderChange
from chalicelib.errors import Postponed
from chalicelib.events import MistakesMade
from chalicelib.ladder_memory import mistakes_key
from chalicelib.messages import own_entry_id
from chalicelib.mistakes.rules import OWN_COMMENT
from chalicelib.mistakes.steps import (
    STEP,
    Judgement,
    is_way_back,
    judged,
    on_mistake,
    requirements_broken,
)
from chalicelib.playbook.crm_history import scenario_followed_since
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.ladder_tasks import Ladder, ladder_of
from chalicelib.playbook.mistake_tasks import Told, changed_tasks, phrases
from chalicelib.scenario.settings import Scenario

LOOK_BACK = timedelta(days=1)
"""So long before what we have heard of there may be steps of which nobody told."""

PUT_BACK_WITHIN = timedelta(hours=1)
"""Later the order is at work where it is: then a task has to do."""

HISTORY_WAIT = timedelta(seconds=5)


def order_mistakes(order: Order, happened_at: datetime, desk: Desk) -> Decision:
    """What is wrong with an order, and whose work it is.

    Args:
        order: as it is now.
        happened_at: when that happened of which we have heard now.
        desk: what the rule has before it.

    Raises:
        Postponed: another entry is at work for it, or the CRM's history does not tell its status yet.
    """
    scenario = desk.shop.scenario
    if scenario is None:
        return Decision()
    ladder = ladder_of(desk, mistakes_key(order.id))
    # Before the first look at the history, the step that was told is the only news.
    since = scenario_followed_since(desk) or order.status_since or happened_at
    if order.status_since is not None and order.status_since < since:
        return Decision(note="older-than-we")
    is_fresh = order.status_since is None or happened_at - order.status_since < LOOK_BACK
    if not (is_fresh or ladder.memory.tasks or requirements_broken(order, order.status, scenario)):
        return Decision(note="no-mistakes")
    steps = [step for step in _steps(order, happened_at, desk) if step.at >= since]
    judgement = judged(order, steps, scenario, Told.by(ladder).status)
    if judgement is None:
        return Decision(note="step-unknown")
    news = tuple(_news(order, steps, judgement, scenario, desk))
    effects = _effects(order, judgement, ladder, scenario, desk, is_news=_is_among(judgement.step, news))
    if not effects:
        return Decision(news, note="" if news else "no-new-mistakes")
    return Decision((*news, *effects), (ladder.claimed(desk),))


def went_back(order: Order, happened_at: datetime, desk: Desk) -> bool:
    """Whether we took a person's step back, and so brought the order where it is."""
    return desk.shop.scenario is not None and is_way_back(_steps(order, happened_at, desk))


def _steps(order: Order, happened_at: datetime, desk: Desk) -> Sequence[OrderChange]:
    """The changes of status of which we may not have heard yet.

    Raises:
        Postponed: the last one is not told yet.
    """
    since = min(order.status_since or desk.now, happened_at) - LOOK_BACK
    steps = [change for change in desk.crm.changes_of_order(order.id, since) if change.is_status]
    is_told = bool(steps) and steps[-1].after == order.status
    if not is_told and desk.now - desk.entry.opened_at < desk.shop.crm.search_lag:
        raise Postponed("history-lags", HISTORY_WAIT, f"order {order.number}")
    return steps


def _news(
    order: Order, steps: Sequence[OrderChange], judgement: Judgement, scenario: Scenario, desk: Desk
) -> Iterator[Announce]:
    """Each wrong step that is not counted yet. What a former status lacked, nobody can tell any more."""
    for step in steps:
        if step == judgement.step:
            rules = tuple(broken.rule for broken in judgement.broken)
        else:
            rules = () if step.is_ours or scenario.allows(step.before, step.after) else (STEP,)
        once = f"mistakes:{step.id}"
        if rules and desk.journal.get(own_entry_id(once)) is None:
            made = MistakesMade(
                step_id=step.id,
                order_id=order.id,
                order_number=order.number,
                status=step.after,
                user_id=step.user_id,
                rules=rules,
                at=step.at,
            )
            yield Announce(once=once, due_at=desk.now, event=made)


def _is_among(step: OrderChange, news: Sequence[Announce]) -> bool:
    return any(isinstance(each.event, MistakesMade) and each.event.step_id == step.id for each in news)


def _effects(
    order: Order, judgement: Judgement, ladder: Ladder, scenario: Scenario, desk: Desk, *, is_news: bool
) -> tuple[AnyAction, ...]:
    """Tasks for a person's mistakes, and the way back; what a program did is counted alone."""
    step, mode = judgement.step, on_mistake(judgement.step.after, scenario)
    is_told = bool(judgement.broken) and step.user_id is not None and mode != "count"
    goes_back = (
        is_told
        and mode == "put-back"
        and is_news
        and not judgement.is_put_back
        and bool(step.before)
        and desk.now - step.at < PUT_BACK_WITHIN
    )
    is_back = goes_back or judgement.is_put_back
    tasks = changed_tasks(order, judgement if is_told else None, ladder, scenario, desk, is_back=is_back)
    if not goes_back:
        return tasks
    comment = desk.texts.render("order/put_back", phrases=phrases(judgement, scenario, desk))
    back = SetOrderStatus(
        order_id=order.id,
        from_status=step.after,
        status=step.before,
        comment=OWN_COMMENT + comment,
        valid_until=step.at + PUT_BACK_WITHIN,
    )
    # The task first: if the CRM refuses the way back, the manager knows at least.
    return (*tasks, back)
