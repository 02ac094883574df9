"""Production at the door: a signature over the moment of sending and the body, an id for each event."""

from dataclasses import replace

from chalicelib.gate.checked_content import Invalid
from chalicelib.gate.provider import GateProvider, Source, Ticket
from chalicelib.gate.tickets import content_ticket
from chalicelib.gate.timed_signature import require_signature
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.production.content import CONTENT


class Production(GateProvider):
    """JSON, one object for an event."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature, then when it was made.

        Raises:
            Forged: ``unsigned``, ``wrong-sign`` or ``stale``; always 403.
        """
        require_signature(webhook, source)
        # Nothing signs the URL.
        return replace(webhook, path=(), query={})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each id once. What is refused keeps its id free for the same event once it is mended."""
        del source
        try:
            content = CONTENT.of(webhook.body)
        except Invalid as invalid:
            return replace(content_ticket(webhook), reply=invalid.complaint)
        order = content.get("order") or content.get("order_id") or ""
        return Ticket(f"event:{content['id']}", f"order:{order}" if order else "")


GATE = Production()
