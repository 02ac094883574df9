"""Twilio Messaging at the door: the signature, and which of its requests are kept.

Facts: Twilio's documentation of messages, of their status call-backs and of webhooks' security.
"""

from collections.abc import Mapping

from chalicelib.gate.form import form_fields
from chalicelib.gate.provider import GateProvider, Reply, Source, Ticket
from chalicelib.gate.tickets import content_ticket, phone_group
from chalicelib.gate.twilio_signature import require_signature
from chalicelib.gate.webhook import Webhook

RECEIVED = b"received"
ON_ITS_WAY = frozenset({b"accepted", b"scheduled", b"queued", b"sending", b"receiving"})
"""Nothing that we do not know."""


class TwilioSms(GateProvider):
    """A form for each status of our messages, and one for each message to us."""

    accepted = Reply(200, "<Response/>", "text/xml; charset=utf-8")
    """Twilio would send any other text to the client."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature; the form itself holds no secret.

        Raises:
            Forged: ``unsigned``, ``too-many-fields`` or ``wrong-signature``; always 403.
        """
        require_signature(webhook, source)
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep what a client wrote, and statuses that say something."""
        del source
        fields = form_fields(webhook.body)
        message_id, status = (
            _first(fields, "MessageSid", "SmsSid"),
            _first(fields, "MessageStatus", "SmsStatus"),
        )
        if not message_id and "CallSid" in fields:
            return None
        if not message_id or not status:
            return content_ticket(webhook)
        if status in ON_ITS_WAY:
            return None
        dedup_id = f"{message_id.decode('latin-1')}:{status.decode('latin-1')}"
        if status != RECEIVED:
            # No group: news of a message must not wait for the client's other events.
            return Ticket(dedup_id)
        return Ticket(dedup_id, phone_group(fields.get("From", b"").decode("latin-1")))


def _first(fields: Mapping[str, bytes], *names: str) -> bytes:
    return next((fields[name] for name in names if fields.get(name)), b"")


GATE = TwilioSms()
