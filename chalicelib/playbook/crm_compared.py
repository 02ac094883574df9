"""People hear in one message what the nightly comparing with the CRM found."""

from chalicelib.actions import NotifyResponsible
from chalicelib.events import Alert, CrmCompared
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.notifications import hearers
from chalicelib.reconciliation.wording import in_lines


def on_crm_compared(compared: CrmCompared, desk: Desk) -> Decision:
    """Tell each lead of the shop, or whoever else the route for warnings names."""
    found = sum(compared.counts.values())
    text = desk.texts.render(
        "alert/crm_compared",
        days=compared.days,
        found=found,
        lines=in_lines(compared.news, desk.texts),
        more=found - len(compared.news),
        standing=compared.standing,
        many=any(key.endswith(":many") for key in compared.counts),
        must_accept=compared.must_accept,
        at=compared.at,
        shop=desk.shop.shop.name,
    )
    alert = Alert(subject_id=desk.entry.id, severity="warning", text=text, at=compared.at)
    people = hearers(desk.shop, "warning")
    return Decision(tuple(NotifyResponsible(person=person.name, alert=alert) for person in people))
