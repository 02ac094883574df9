"""A text message on its way to the client: through which gateway, and whether it arrived."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.actions import AskDelivery, CompleteTask, RecordDelivery, SendSms, TaskText, Topic
from chalicelib.errors import Refused, TooEarly
from chalicelib.events import (
    OrderStillIn,
    ParcelStillAt,
    Sms,
    SmsDelivered,
    SmsDeliveryDue,
    SmsDue,
    SmsReceipt,
    SmsUndelivered,
)
from chalicelib.memory import client_key
from chalicelib.outages import Health, gateway_service, service_key
from chalicelib.parcel_memory import ParcelMemory
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.client_clock import clock_line
from chalicelib.playbook.client_tasks import task_about
from chalicelib.playbook.clients import Client, client_memory, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.task_completion import completed, without_reason
from chalicelib.sms.memory import SmsMemory, sms_key
from chalicelib.task_reasons import Gone


def send_action(due: SmsDue, zone: str, desk: Desk) -> SendSms:
    """Hand it to a gateway; ``zone`` says where the client's clock stands.

    Raises:
        Refused: no gateway is left that did not try.
    """
    return SendSms(
        sms=due.sms, zone=zone, gateway=_gateway(due, desk), tried=due.tried, source=due.source, rule=due.rule
    )


def _gateway(due: SmsDue, desk: Desk) -> str:
    """The first gateway that has not tried yet and answers; if none does, the first one, to wait for it."""
    if desk.shop.sms is None:
        raise Refused("sms-not-configured", "there is no table [sms] in the shop file")
    left = [name for name in desk.shop.sms.gateways if name not in due.tried]
    if not left:
        raise Refused("sms-undelivered", f"no gateway is left but {', '.join(due.tried)}")
    return next((name for name in left if not _is_away(name, desk)), left[0])


def _is_away(gateway: str, desk: Desk) -> bool:
    """Whether somebody else should look if it is back: a message that has waited for it has waited enough."""
    document = desk.documents.get(service_key(gateway_service(gateway)))
    health = Health.model_validate(document.content)
    return health.is_away and (desk.entry.attempts > 0 or not health.may_be_probed(desk.now))


def on_sms_delivery_due(due: SmsDeliveryDue, desk: Desk) -> Decision:
    """Ask the gateway, when it is time, unless a receipt has told already.

    Raises:
        TooEarly: it is not time yet.
    """
    wait = due.check_at - desk.now
    if wait > timedelta():
        raise TooEarly("delivery-not-due", wait)
    document = desk.documents.get(sms_key(due.gateway, due.message_id))
    memory = SmsMemory.model_validate(document.content)
    if memory.is_final:
        return Decision(note=f"{memory.status}")
    return Decision(actions=(AskDelivery(due=due),))


def on_sms_receipt(receipt: SmsReceipt, desk: Desk) -> Decision:
    """Remember it, whether or not we know the message yet."""
    del desk
    return Decision(actions=(RecordDelivery(receipt=receipt),))


def on_sms_undelivered(undelivered: SmsUndelivered, desk: Desk) -> Decision:
    """A task to phone the client instead, while what the message said is still true."""
    sms = undelivered.sms
    if not _is_true(sms, desk):
        return Decision(note="no-longer-true")
    client = look_up(desk, sms.phone)
    clock = clock_line(desk, desk.zones.zone_of(sms.phone, sms.city, sms.region))
    topic = Topic(
        name="undelivered",
        order_id=0,
        event_ids=(desk.entry.id,),
        moments=(undelivered.noticed_at,),
        is_by_client=False,
    )

    def word(topic: Topic, commentary: str) -> TaskText:
        fields = {"phone": sms.phone, "is_number_wrong": undelivered.is_number_wrong}
        return TaskText(
            text=desk.texts.render("task/sms_undelivered", count=len(topic.moments), **fields),
            commentary=desk.texts.render(
                "task/sms_undelivered_commentary",
                so_far=commentary,
                client_time=clock,
                at=undelivered.noticed_at,
                text=sms.text,
                order_number=sms.order_number,
                gateway=undelivered.gateway,
                code=undelivered.code,
                **fields,
            ),
        )

    return task_about(desk, client, topic, word, order_id=sms.order_id)


def told_anyway(client: Client, at: datetime, desk: Desk) -> tuple[CompleteTask, ...]:
    """A client who wrote to us then is in touch with a person: nobody has to phone them instead of an SMS."""
    note = desk.texts.render("task/sms_client_wrote", at=at)
    return tuple(
        completed(task, note, client=client.key)
        for task in without_reason(client.memory, Gone.WROTE, since=at)
    )


def on_sms_delivered(delivered: SmsDelivered, desk: Desk) -> Decision:
    """A later message about the same order has come: nobody has to phone instead of the one before.

    Raises:
        Postponed: another entry is at work for this client.
    """
    key = client_key(delivered.phone, "")
    document, memory = client_memory(desk, key)
    note = desk.texts.render("task/sms_delivered_later", at=delivered.delivered_at)
    actions = tuple(
        completed(task, note, client=key)
        for task in without_reason(memory, Gone.DELIVERED, since=delivered.sent_at)
        if task.topic.order_id == (delivered.order_id or 0)
    )
    claim = replace(document, content=memory.claimed(own_claim(desk)).content())
    return Decision(actions, (claim,)) if actions else Decision(note="no-task-left")


def _is_true(sms: Sms, desk: Desk) -> bool:
    match sms.only_if:
        case ParcelStillAt(parcel_key=key, status=status):
            return ParcelMemory.model_validate(desk.documents.get(key).content).status is status
        case OrderStillIn(order_id=order_id, status=wanted):
            order = desk.crm.order(order_id)
            return order is not None and order.status == wanted
        case None:
            return True
