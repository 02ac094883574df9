"""A service or licence that ends soon: a task to renew it, and from three days on an alert as well."""

from datetime import UTC, datetime, time, timedelta

from chalicelib.actions import Alert, CreateTask, NotifyResponsible
from chalicelib.checks.subscriptions.standing import ENDED, Standing, standing_of, steps_of
from chalicelib.events import Expiry, SubscriptionExpiring, SubscriptionUrgent
from chalicelib.people import Person, due_at, leads, performer_for
from chalicelib.playbook.desk import Decision, Desk

NOON = time(12)
CRITICAL_STEP = 1


def on_subscription_expiring(event: SubscriptionExpiring, desk: Desk) -> Decision:
    """A task for who is responsible, else for who is on duty."""
    standing = _standing(event.expiry, desk)
    if isinstance(standing, str):
        return Decision(note=standing)
    responsible = _responsible(standing, desk)
    performer = performer_for(
        desk.shop.people,
        responsible.crm_user if responsible else None,
        desk.now,
        desk.shop.shop.timezone,
    )
    title, details = _wording(standing, event.expiry, desk)
    task = CreateTask(
        text=title,
        commentary=details,
        due_at=_due_at(standing, event.expiry, performer, desk),
        performer_id=performer,
    )
    return Decision(actions=(task,))


def on_subscription_urgent(event: SubscriptionUrgent, desk: Desk) -> Decision:
    """Tell who is responsible, else the leads; once it has ended, all of them."""
    standing = _standing(event.expiry, desk)
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


def _standing(expiry: Expiry, desk: Desk) -> Standing | str:
    """How it stands now; or why there is nothing to be told: while the CRM was away it may be renewed."""
    for subscription in desk.shop.subscriptions:
        if subscription.name == expiry.name:
            zone = desk.shop.shop.timezone
            standing = standing_of(subscription, desk.documents.get, zone)
            if standing.period != expiry.period:
                return "renewed"
            due = standing.due_step(desk.shop.ladders, desk.now, zone)
            return "a-later-step-is-due" if due is not None and due < expiry.step else standing
    return "no-longer-in-the-shop-file"


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
    ends_at, subscription = standing.ends_at, standing.subscription
    title = desk.texts.render(
        "task/subscription",
        name=subscription.name,
        money=standing.money,
        has_ended=expiry.step == ENDED,
        # A moment of the last day: the texts write moments, not days.
        last_moment=None if ends_at is None else ends_at - timedelta(microseconds=1),
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
