"""WhatsApp Cloud API at the door: Meta's signature, and which messages a webhook brings.

Facts are from Meta's "WhatsApp Cloud API: webhooks".
"""

from chalicelib.gate.form import Unparsable
from chalicelib.gate.meta_signature import MetaProvider, changes, mappings
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, fingerprint, is_id, phone_group
from chalicelib.gate.webhook import Webhook

FIELD = "messages"
FAILED = "failed"


class WhatsApp(MetaProvider):
    """Messages of clients; what became of ours is kept only if one did not arrive."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell webhooks apart by what they bring: Meta may put the same messages together otherwise."""
        del source
        try:
            brought, group = _brought(webhook.body)
        except Unparsable:
            return content_ticket(webhook)
        if not brought:
            return None
        return Ticket(brought[0] if len(brought) == 1 else f"several:{fingerprint(*brought)}", group)


def _brought(body: bytes) -> tuple[list[str], str]:
    """The ids of messages, and of ours that failed, in a fixed order; the ordering group of the first client.

    Raises:
        Unparsable: it is not what Meta documents.
    """
    ids, phones = set(), []
    for value in mappings(changes(body, FIELD)):
        for message in mappings(value.get("messages")):
            ids.add(f"message:{_id(message.get('id'))}")
            phones.append(message.get("from"))
        for status in mappings(value.get("statuses")):
            if status.get("status") == FAILED:
                ids.add(f"failed:{_id(status.get('id'))}")
    return sorted(ids), phone_group(*phones)


def _id(value: object) -> object:
    if not is_id(value):
        raise Unparsable("unexpected-content")
    return value


GATE = WhatsApp()
