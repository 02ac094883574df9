"""Messages of our own: a text message to a client, an alert to the responsible people."""

from collections.abc import Mapping
from datetime import timedelta

from chalicelib.actions import AcknowledgeIncident, NotifyResponsible, SendAlert
from chalicelib.errors import TooEarly
from chalicelib.events import (
    Acknowledged,
    Alert,
    AlertDue,
    AlertRaised,
    AlertState,
    IncidentTold,
    IncidentWord,
    Severity,
    Sms,
    SmsDue,
)
from chalicelib.people import Person, leads
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.sms_delivery import send_action
from chalicelib.settings import Shop
from chalicelib.texts import Texts

STATES: Mapping[IncidentWord, AlertState] = {"ended": "resolved", "acknowledged": "acknowledged"}
"""What the others say is that the trouble lasts."""

LOSES_EVENTS = frozenset({"channel-closed"})
"""What is rejected is not kept, and who is not told does not know."""


def on_sms_due(due: SmsDue, desk: Desk) -> Decision:
    """Hand it to the gateway, when it is time and while it is still true.

    Raises:
        TooEarly: it is not time yet, or night where the client is.
        Refused: no gateway is left that did not try.
    """
    sms = due.sms
    wait = sms.not_before - desk.now
    if wait > timedelta():
        raise TooEarly("later-news-first", wait)
    if sms.is_marketing and (refusal := _no_consent(sms, desk)):
        return Decision(note=refusal)
    client = desk.zones.zone_of(sms.phone, sms.city, sms.region)
    quiet = desk.shop.client_time.quiet_hours(is_urgent=sms.is_urgent)
    quiet_for = timedelta() if quiet is None else quiet.next_closing(desk.now, client.zone) - desk.now
    if quiet_for and desk.now + quiet_for > sms.valid_until:
        return Decision(note=f"too-late-after-quiet-hours, {client.note}")
    if quiet_for:
        raise TooEarly("quiet-hours", quiet_for, client.note)
    return Decision(actions=(send_action(due, client.note, desk),))


def _no_consent(sms: Sms, desk: Desk) -> str:
    """Why this client must not get advertising; empty if they agreed to it."""
    agreed = desk.crm.accepts_marketing(sms.phone)
    if agreed is None:
        return "consent-unknown"
    return "" if agreed else "no-consent"


def on_alert_due(due: AlertDue, desk: Desk) -> Decision:
    """Tell this person, now or when their quiet hours are over.

    Raises:
        TooEarly: it is not critical, and they do not want to be disturbed yet.
    """
    person = next((person for person in desk.shop.people if person.name == due.person), None)
    wait = timedelta() if person is None else person.quiet_for(desk.now, desk.shop.shop.timezone)
    if wait > timedelta() and due.alert.severity != "critical":
        raise TooEarly("quiet-hours", wait)
    return Decision(actions=(SendAlert(person=due.person, alert=due.alert),))


def on_alert_raised(alert: AlertRaised, desk: Desk) -> Decision:
    """Tell each lead of the shop."""
    actions = tell_leads(alert, desk)
    return Decision(actions=actions, note="" if actions else "nobody-to-tell")


def on_incident_told(told: IncidentTold, desk: Desk) -> Decision:
    """Tell who is responsible; and the leads as well, once nobody has taken care."""
    people = _people_of(told, desk.shop)
    text = desk.texts.render(
        "alert/incident",
        word=told.word,
        subject=told.subject,
        cause=told.cause,
        note=told.note,
        acknowledged_by=told.acknowledged_by,
        began_at=told.began_at,
        lasted=told.told_at - told.began_at,
        shop=desk.shop.shop.name,
    )
    alert = Alert(
        subject_id=told.key,
        state=STATES.get(told.word, "firing"),
        severity=told.severity,
        text=text,
        at=told.told_at,
    )
    return Decision(tuple(NotifyResponsible(person=person.name, alert=alert) for person in people))


def on_acknowledged(said: Acknowledged, desk: Desk) -> Decision:
    """Believe them: the link, or the button, was sent to them alone."""
    del desk
    action = AcknowledgeIncident(incident=said.incident, person=said.person, heard_at=said.told_at)
    return Decision(actions=(action,))


def _people_of(told: IncidentTold, shop: Shop) -> list[Person]:
    responsible = [person for person in shop.people if person.name == told.responsible]
    usual = hearers(shop, told.severity)
    if told.word == "escalated":
        others = usual if responsible else shop.people
        return [*responsible, *(person for person in others if person not in responsible)]
    return responsible or list(usual)


def hearers(shop: Shop, severity: Severity) -> tuple[Person, ...]:
    """Who is told about what is nobody's in particular: as the severity's route says, else the leads."""
    named = shop.alerts.people_for(severity)
    return tuple(person for person in shop.people if person.name in named) or leads(shop.people)


def tell_leads(alert: AlertRaised, desk: Desk) -> tuple[NotifyResponsible, ...]:
    """One message for each lead of the shop, or whoever else the severity's route names."""
    text = alert_text(alert, desk.texts, desk.shop.shop.name)
    severity = severity_of(alert.reason)
    told = Alert(subject_id=desk.entry.id, severity=severity, text=text, at=alert.raised_at)
    people = hearers(desk.shop, severity)
    return tuple(NotifyResponsible(person=person.name, alert=told) for person in people)


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


def severity_of(reason: str) -> Severity:
    """How much the trouble with this reason code matters: may it wake anybody?"""
    if reason in LOSES_EVENTS:
        return "critical"
    return "info" if reason.endswith("-is-back") else "warning"
