"""Messages of our own: a text message to a client, an alert to the responsible people."""

from chalicelib.actions import NotifyResponsible, SendSms
from chalicelib.events import AlertRaised, SmsDue
from chalicelib.people import leads
from chalicelib.playbook.desk import Decision, Desk


def on_sms_due(sms: SmsDue, desk: Desk) -> Decision:
    """Hand it to the gateway, while it is still true."""
    del desk
    action = SendSms(
        phone=sms.phone,
        text=sms.text,
        template=sms.template,
        valid_until=sms.valid_until,
        only_if=sms.only_if,
    )
    return Decision(actions=(action,))


def on_alert_raised(alert: AlertRaised, desk: Desk) -> Decision:
    """Tell each lead of the shop."""
    text = desk.texts.render(
        "alert/raised",
        reason=alert.reason,
        source=alert.source,
        entry_id=alert.entry_id,
        detail=alert.detail,
        at=alert.raised_at,
        shop=desk.shop.shop.name,
    )
    actions = tuple(NotifyResponsible(person=person.name, text=text) for person in leads(desk.shop.people))
    return Decision(actions=actions, note="" if actions else "nobody-to-tell")
