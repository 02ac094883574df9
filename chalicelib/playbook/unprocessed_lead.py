"""Nobody has looked at a new order: its manager hears, and then the manager's boss."""

from chalicelib.actions import TaskText
from chalicelib.crm.port import Order
from chalicelib.events import LeadUnprocessed
from chalicelib.ladder_memory import lead_key
from chalicelib.people import with_crm_user
from chalicelib.playbook.client_clock import clock_line, in_daytime, zone_note, zone_of
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import due_moment
from chalicelib.playbook.ladder_tasks import ladder_of, phone_of, task_for_step
from chalicelib.playbook.performers import boss_above, performer_of


def on_lead_unprocessed(lead: LeadUnprocessed, desk: Desk) -> Decision:
    """A task to get in touch with the client, if still nobody has; at the second step for the boss."""
    ladder = ladder_of(desk, lead_key(lead.order_id))
    order = desk.crm.order(lead.order_id)
    if order is None or order.status not in desk.shop.unprocessed_statuses:
        return Decision(note="processed-meanwhile")
    if ladder.memory.told >= lead.step:
        return Decision(note="already-told")
    manager = performer_of(order, desk, at_once=True)
    boss = None if lead.is_first else boss_above(order.manager_id or manager, desk)
    performer = manager if boss is None else boss
    text = _text(lead, order, manager, desk, for_boss=boss is not None)
    client = zone_of(desk, order, phone_of(order))
    due = in_daytime(desk, performer, due_moment(desk, performer), client, awake_at=lead.waiting_since)
    task = task_for_step(ladder, order, text, lead.step, performer, due, zone_note(client))
    return Decision((task,), (ladder.claimed(desk),))


def _text(lead: LeadUnprocessed, order: Order, manager: int, desk: Desk, *, for_boss: bool) -> TaskText:
    responsible = with_crm_user(desk.shop.people, manager)
    fields = {
        "order_number": order.number,
        "since": lead.waiting_since,
        "waited": desk.now - lead.waiting_since,
        "phone": phone_of(order),
        "for_boss": for_boss,
        "manager": responsible.name if responsible else "",
    }
    return TaskText(
        text=desk.texts.render("task/unprocessed_lead", **fields),
        commentary=desk.texts.render(
            "task/unprocessed_lead_commentary",
            name=order.first_name,
            email=order.email,
            client_time=clock_line(desk, zone_of(desk, order, phone_of(order))),
            **fields,
        ),
    )
