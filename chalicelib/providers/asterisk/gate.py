"""A PBX of the shop's own at the door: a signature over the moment of sending and the body."""

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import GateProvider, Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.timed_signature import require_signature
from chalicelib.gate.webhook import Webhook


class Asterisk(GateProvider):
    """JSON, one object for a call; the proof stands in two headers."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature, then when it was made.

        Raises:
            Forged: ``unsigned``, ``wrong-sign`` or ``stale``; always 403.
        """
        require_signature(webhook, source)
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each outcome of a call once; ``linkedid`` is unique within one PBX only."""
        del source
        call = json_mapping(webhook.body)
        identity = (call.get("linkedid"), call.get("outcome"))
        if not all(map(is_id, identity)):
            return content_ticket(webhook)
        dedup_id = ":".join(map(str, (call.get("pbx") or "", *identity)))
        return Ticket(dedup_id=dedup_id, group=phone_group(call.get("client")))


GATE = Asterisk()
