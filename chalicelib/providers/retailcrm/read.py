"""What a trigger of retailCRM says: an order's new status, or which text a client shall get.

The shop owner writes the trigger's fields by hand, so the names are ours; see this folder's README.
"""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, MessageWanted, OrderEdited, OrderStatusChanged
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)
from chalicelib.providers.retailcrm.fields import sent_fields

FREE_TEXT = frozenset({"text", "message", "msg", "body"})
"""Wording stands in templates, where it was checked once; whoever sends it here expects it to be sent."""

LARGEST_ID = 2**63 - 1

CrmId = Annotated[int, Field(gt=0, le=LARGEST_ID)]
Word = Annotated[str, Field(max_length=LONGEST_IDENTIFIER)]


class Settings(SourceSettings):
    """What a source for triggers can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
    """

    token: Secrets


class Trigger(Payload):
    """The fields of a trigger.

    Attributes:
        changed: anything, if the order shall be looked at again.
    """

    order_id: CrmId | None = None
    order_number: Word = ""
    customer_id: CrmId | None = None
    status: Word = ""
    changed: Word = ""
    template: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=100)] = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a trigger: one ``OrderStatusChanged``, ``OrderEdited`` or ``MessageWanted``.

    Raises:
        Unreadable: ``free-text``, ``wrong-encoding``, ``broken-json``, ``too-many-fields`` or
            ``unexpected-content``.
    """
    del settings, zone
    with unreadable_content():
        fields = sent_fields(webhook)
        if not FREE_TEXT.isdisjoint(fields):
            raise Unreadable("free-text", "name a template instead")
        trigger = Trigger.model_validate(fields)
    return Reading((_event(trigger, webhook),))


def _event(trigger: Trigger, webhook: Webhook) -> AnyEvent:
    has_order = trigger.order_id is not None or bool(trigger.order_number)
    wishes = sum(map(bool, (trigger.status, trigger.template, trigger.changed)))
    if wishes == 1 and trigger.changed and has_order:
        return OrderEdited(
            order_id=trigger.order_id, order_number=trigger.order_number, at=webhook.received_at
        )
    if wishes == 1 and trigger.status and has_order:
        return OrderStatusChanged(
            order_id=trigger.order_id,
            order_number=trigger.order_number,
            status=trigger.status,
            at=webhook.received_at,
        )
    if wishes == 1 and trigger.template and has_order != (trigger.customer_id is not None):
        return MessageWanted(
            template=trigger.template,
            order_id=trigger.order_id,
            order_number=trigger.order_number,
            customer_id=trigger.customer_id,
            at=webhook.received_at,
        )
    raise Unreadable("unexpected-content", "needs an order or a client, and a status, a template or changed")
