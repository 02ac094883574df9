"""Messages of our own: a text message to a client, an alert to the responsible people."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.actions import Alert, NotifyResponsible, SendSms
from chalicelib.errors import Postponed
from chalicelib.events import AlertRaised, IncidentTold, SmsDue
from chalicelib.people import Person, leads
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.texts import Texts


def on_sms_due(due: SmsDue, desk: Desk) -> Decision:
    """Hand it to the gateway, when it is time and while it is still true.

    Raises:
        Postponed: it is not time yet.
    """
    wait = due.sms.not_before - desk.now
    if wait > timedelta():
        raise Postponed("later-news-first", wait)
    return Decision(actions=(SendSms(sms=due.sms),))


def on_alert_raised(alert: AlertRaised, desk: Desk) -> Decision:
    """Tell each lead of the shop."""
    actions = tell_leads(alert, desk)
    return Decision(actions=actions, note="" if actions else "nobody-to-tell")


def on_incident_told(told: IncidentTold, desk: Desk) -> Decision:
    """Tell who is responsible; and the leads as well, once nobody has taken care."""
    people = _people_of(told, desk.shop.people)
    text = desk.texts.render(
        "alert/incident",
        word=told.word,
        subject=told.subject,
        cause=told.cause,
        began_at=told.began_at,
        lasted=told.told_at - told.began_at,
        shop=desk.shop.shop.name,
    )
    alert = Alert(
        subject_id=told.key,
        state="resolved" if told.word == "ended" else "firing",
        severity=told.severity,
        text=text,
        at=told.told_at,
    )
    return Decision(tuple(NotifyResponsible(person=person.name, alert=alert) for person in people))


def _people_of(told: IncidentTold, people: Sequence[Person]) -> list[Person]:
    responsible = [person for person in people if person.name == told.responsible]
    if told.word == "escalated":
        others = leads(people) if responsible else people
        return [*responsible, *(person for person in others if person not in responsible)]
    return responsible or list(leads(people))


def tell_leads(alert: AlertRaised, desk: Desk) -> tuple[NotifyResponsible, ...]:
    """One message for each lead of the shop."""
    text = alert_text(alert, desk.texts, desk.shop.shop.name)
    told = Alert(subject_id=desk.entry.id, text=text, at=alert.raised_at)
    return tuple(NotifyResponsible(person=person.name, alert=told) for person in leads(desk.shop.people))


def alert_text(alert: AlertRaised, texts: Texts, shop: str) -> str:
    """What people read."""
    return texts.render(
        "alert/raised",
        reason=alert.reason,
        source=alert.source,
        entry_id=alert.entry_id,
        detail=alert.detail,
        since=alert.since,
        lasted=None if alert.since is None else alert.raised_at - alert.since,
        at=alert.raised_at,
        shop=shop,
    )
