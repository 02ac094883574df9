"""A service or licence that ends soon: a task to renew it, and from three days on an alert as well.

Once it is renewed, the open tasks about it are completed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from chalicelib.actions import CompleteTask, CreateTask, NotifyResponsible
from chalicelib.assignment.subject import Subject
from chalicelib.checks.subscriptions.memory import tasks_key
from chalicelib.checks.subscriptions.standing import ENDED, Standing, standing_of, steps_of
from chalicelib.events import Alert, Expiry, SubscriptionExpiring, SubscriptionRenewed, SubscriptionUrgent
from chalicelib.ladder_memory import LadderTask
from chalicelib.people import Person, due_at, leads
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.ladder_tasks import Ladder, completions, ladder_of
from chalicelib.playbook.performers import performer_for

NOON = time(12)
CRITICAL_STEP = 1


def on_subscription_expiring(event: SubscriptionExpiring, desk: Desk) -> Decision:
    """A task for who is responsible, else for who is on duty."""
    standing = _to_be_told(event.expiry, desk)
    if isinstance(standing, str):
        return Decision(note=standing)
    ladder = ladder_of(desk, tasks_key(event.expiry.name))
    responsible = _responsible(standing, desk)
    task_of = responsible.crm_user if responsible else None
    performer = performer_for(Subject(about=f"entry:{desk.entry.id}", manager_id=task_of), desk)
    title, details = _wording(standing, event.expiry, desk)
    task = CreateTask(
        text=title,
        commentary=details,
        due_at=_due_at(standing, event.expiry, performer, desk),
        performer_id=performer,
        ladder=ladder.document.key,
        step=timedelta(days=event.expiry.step),
    )
    # Until one end each step is shorter than those before: what is not longer was about an earlier end.
    earlier = [made for made in ladder.memory.tasks if made.step <= task.step]
    return Decision((*_completions(ladder, earlier, standing, desk), task), (ladder.claimed(desk),))


def on_subscription_urgent(event: SubscriptionUrgent, desk: Desk) -> Decision:
    """Tell who is responsible, else the leads; once it has ended, all of them."""
    standing = _to_be_told(event.expiry, desk)
    if isinstance(standing, str):
        return Decision(note=standing)
    title, details = _wording(standing, event.expiry, desk)
    shop = desk.shop.shop.name
    alert = Alert(
        subject_id=f"subscription:{event.expiry.name}:{event.expiry.period}",
        severity="critical" if event.expiry.step <= CRITICAL_STEP else "warning",
        text=desk.texts.render("alert/subscription", title=title, details=details, shop=shop),
        at=desk.now,
    )
    people = _people_of(standing, event.expiry, desk)
    return Decision(tuple(NotifyResponsible(person=person.name, alert=alert) for person in people))


def on_subscription_renewed(event: SubscriptionRenewed, desk: Desk) -> Decision:
    """Complete our open tasks about it, unless something is due again."""
    ladder = ladder_of(desk, tasks_key(event.name))
    standing = _standing(event.name, desk)
    if standing is None or not standing.is_settled(desk.shop.ladders, desk.now, desk.shop.shop.timezone):
        return Decision(note="due-again")
    actions = _completions(ladder, ladder.memory.tasks, standing, desk)
    return Decision(actions, (ladder.claimed(desk),)) if actions else Decision(note="no-task-left")


def _standing(name: str, desk: Desk) -> Standing | None:
    """How it stands now; None if it is no longer in the shop file."""
    for subscription in desk.shop.subscriptions:
        if subscription.name == name:
            return standing_of(subscription, desk.documents.get, desk.shop.shop.timezone)
    return None


def _to_be_told(expiry: Expiry, desk: Desk) -> Standing | str:
    """How it stands now; or why there is nothing to be told: while the CRM was away it may be renewed."""
    standing = _standing(expiry.name, desk)
    if standing is None:
        return "no-longer-in-the-shop-file"
    if standing.period != expiry.period:
        return "renewed"
    due = standing.due_step(desk.shop.ladders, desk.now, desk.shop.shop.timezone)
    return "a-later-step-is-due" if due is not None and due < expiry.step else standing


def _completions(
    ladder: Ladder, tasks: Sequence[LadderTask], standing: Standing, desk: Desk
) -> tuple[CompleteTask, ...]:
    if not tasks:
        return ()
    note = desk.texts.render(
        "task/subscription_renewed",
        at=desk.now,
        money=standing.money,
        last_moment=_last_moment(standing),
    )
    memory = ladder.memory.model_copy(update={"tasks": tuple(tasks)})
    return completions(replace(ladder, memory=memory), note)


def _last_moment(standing: Standing) -> datetime | None:
    """A moment of the last day: texts write moments, not days."""
    return None if standing.ends_at is None else standing.ends_at - timedelta(microseconds=1)


def _responsible(standing: Standing, desk: Desk) -> Person | None:
    name = standing.subscription.responsible
    return next((person for person in desk.shop.people if person.name == name), None)


def _people_of(standing: Standing, expiry: Expiry, desk: Desk) -> list[Person]:
    responsible = _responsible(standing, desk)
    if responsible is None:
        return list(leads(desk.shop.people))
    others = leads(desk.shop.people) if expiry.step == ENDED else ()
    return [responsible, *(person for person in others if person != responsible)]


def _wording(standing: Standing, expiry: Expiry, desk: Desk) -> tuple[str, str]:
    """One line that says it all, and the details."""
    subscription = standing.subscription
    title = desk.texts.render(
        "task/subscription",
        name=subscription.name,
        money=standing.money,
        has_ended=expiry.step == ENDED,
        last_moment=_last_moment(standing),
        days=standing.days_left(desk.now, desk.shop.shop.timezone),
    )
    details = desk.texts.render(
        "task/subscription_commentary",
        name=subscription.name,
        price=subscription.price,
        note=subscription.note,
        url=subscription.url,
        is_dated=standing.origin in {"file", "renewed"},
    )
    return title, details


def _due_at(standing: Standing, expiry: Expiry, performer: int, desk: Desk) -> datetime:
    """Until the next step of the ladder would be told; where that is today, as soon as somebody works."""
    zone = desk.shop.shop.timezone
    begin = desk.now
    last_day = None if standing.money else standing.last_day(zone)
    if last_day is not None:
        steps = [step for step in steps_of(standing.subscription, desk.shop.ladders) if step < expiry.step]
        day = last_day - timedelta(days=max(steps, default=ENDED))
        begin = max(begin, datetime.combine(day, NOON, tzinfo=zone).astimezone(UTC))
    return due_at(desk.shop.people, performer, begin, zone)
