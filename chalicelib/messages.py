"""Messages of our own: events in an envelope, on the same way as a webhook."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, OwnEvent
from chalicelib.gate.envelope import OWN_SOURCE, Envelope
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading

_EVENT: TypeAdapter[OwnEvent] = TypeAdapter(Annotated[OwnEvent, Field(discriminator="kind")])


def enclose(event: OwnEvent, dedup_id: str, group: str, now: datetime) -> Envelope:
    """Put an event of our own into an envelope."""
    webhook = Webhook(
        source=OWN_SOURCE,
        method="PUT",
        path=(),
        query={},
        headers={"content-type": "application/json"},
        body=event.model_dump_json().encode(),
        received_at=now,
    )
    return Envelope.seal(webhook, dedup_id, group)


def sms_dedup_id(once: str) -> str:
    """What makes a text message unique among our own messages."""
    return f"sms:{once}"


def own_entry_id(dedup_id: str) -> str:
    """The id of the journal entry of one of our own messages."""
    return fingerprint(OWN_SOURCE, dedup_id)


def sms_entry_id(once: str) -> str:
    """The id of the journal entry of a text message."""
    return own_entry_id(sms_dedup_id(once))


def read_own(webhook: Webhook) -> Reading:
    """Take the event out again.

    Raises:
        Unreadable: another version wrote it in another form.
    """
    try:
        event: AnyEvent = _EVENT.validate_json(webhook.body)
    except ValidationError as error:
        raise Unreadable("unexpected-content", str(error.errors()[0]["loc"])) from None
    return Reading((event,))
