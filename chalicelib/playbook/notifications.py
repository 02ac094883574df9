"""Messages of our own: a text message to a client, an alert to the responsible people."""

from datetime import timedelta

from chalicelib.actions import NotifyResponsible, SendSms
from chalicelib.errors import Postponed
from chalicelib.events import AlertRaised, SmsDue
from chalicelib.people import leads
from chalicelib.playbook.desk import Decision, Desk


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


def tell_leads(alert: AlertRaised, desk: Desk) -> tuple[NotifyResponsible, ...]:
    """One message for each lead of the shop."""
    text = desk.texts.render(
        "alert/raised",
        reason=alert.reason,
        source=alert.source,
        entry_id=alert.entry_id,
        detail=alert.detail,
        since=alert.since,
        lasted=None if alert.since is None else alert.raised_at - alert.since,
        at=alert.raised_at,
        shop=desk.shop.shop.name,
    )
    return tuple(NotifyResponsible(person=person.name, text=text) for person in leads(desk.shop.people))
