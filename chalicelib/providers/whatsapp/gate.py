"""WhatsApp Cloud API at the door: Meta's signature, and which messages a webhook brings.

Facts are from Meta's "WhatsApp Cloud API: webhooks".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.gate.form import Unparsable
from chalicelib.gate.meta_signature import MetaProvider, changes, mappings
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, fingerprint, is_id, phone_group
from chalicelib.gate.webhook import Webhook

FIELD = "messages"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a client's, or one of ours that did not arrive.

    Attributes:
        id: what makes it the same when it is told again, whatever comes with it.
        client: their number; of no use if the message is ours.
        at: when, in epoch seconds; for the order only.
        value: that of a change that tells this alone.
    """

    id: str
    client: object
    at: str
    value: Mapping[str, object]


class WhatsApp(MetaProvider):
    """Messages of clients; what became of ours is kept only if one did not arrive."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell webhooks apart by what they bring, in whatever order."""
        del source
        try:
            things = told(webhook.body)
        except Unparsable:
            return content_ticket(webhook)
        if not things:
            return None
        ids = sorted(thing.id for thing in things)
        dedup_id = ids[0] if len(ids) == 1 else f"several:{fingerprint(*ids)}"
        return Ticket(dedup_id, phone_group(things[0].client))


def told(body: bytes) -> list[Told]:
    """What a webhook tells, each thing once, the oldest first.

    Raises:
        Unparsable: it is not what Meta documents.
    """
    things = {}
    for value in mappings(changes(body, FIELD)):
        for message in mappings(value.get("messages")):
            thing = _told("message", message, {"contacts": value.get("contacts"), "messages": [message]})
            things[thing.id] = thing
        for status in mappings(value.get("statuses")):
            if status.get("status") == FAILED:
                thing = _told(FAILED, status, {"statuses": [status]})
                things[thing.id] = thing
    return sorted(things.values(), key=lambda thing: (thing.at, thing.id))


def _told(kind: str, content: Mapping[str, object], value: Mapping[str, object]) -> Told:
    if not is_id(content.get("id")):
        raise Unparsable("unexpected-content")
    return Told(f"{kind}:{content['id']}", content.get("from"), str(content.get("timestamp")), value)


GATE = WhatsApp()
