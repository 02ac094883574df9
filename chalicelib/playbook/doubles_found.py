"""People hear in one message which clients of the last orders may have two cards."""

from chalicelib.actions import NotifyResponsible
from chalicelib.events import Alert, DoublesFound
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.notifications import hearers


def on_doubles_found(found: DoublesFound, desk: Desk) -> Decision:
    """Tell each lead of the shop, or whoever else the route for what can wait names."""
    text = desk.texts.render(
        "alert/doubles",
        doubles=[each.model_dump() for each in found.doubles],
        total=found.total,
        more=found.total - len(found.doubles),
        crm_url=desk.shop.crm.url,
        at=found.at,
        shop=desk.shop.shop.name,
    )
    alert = Alert(subject_id=desk.entry.id, severity="info", text=text, at=found.at)
    people = hearers(desk.shop, "info")
    return Decision(tuple(NotifyResponsible(person=person.name, alert=alert) for person in people))
