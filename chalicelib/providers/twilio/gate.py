"""Twilio Voice at the door: the signature, and which of its requests are kept."""

from collections.abc import Mapping

from chalicelib.gate.form import form_texts
from chalicelib.gate.provider import GateProvider, Reply, Source, Ticket
from chalicelib.gate.tickets import content_ticket, phone_group
from chalicelib.gate.twilio_signature import require_signature
from chalicelib.gate.webhook import Webhook

UNDER_WAY = frozenset({"queued", "initiated", "ringing", "in-progress"})
LEG = "outbound-dial"


class Twilio(GateProvider):
    """A form: the action of a ``<Dial>``, a call's status, or a recording's."""

    # Twilio carries out the answer to a Dial's action, and would read any other text to the caller.
    accepted = Reply(200, "<Response/>", "text/xml; charset=utf-8")

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature; the form itself holds no secret.

        Raises:
            Forged: ``unsigned``, ``too-many-fields`` or ``wrong-signature``; always 403.
        """
        require_signature(webhook, source)
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep what tells how a whole call ended, and complete recordings."""
        del source
        fields = form_texts(webhook.body, "replace")
        call = fields.get("CallSid")
        if not call:
            return content_ticket(webhook)
        if recording := fields.get("RecordingStatus"):
            is_complete = recording == "completed"
            return Ticket(f"recorded:{call}:{fields.get('RecordingSid')}") if is_complete else None
        if fields.get("ParentCallSid") or fields.get("Direction") == LEG:
            return None
        if dialled := fields.get("DialCallStatus"):
            return Ticket(f"dial:{dialled}:{call}", _client_group(fields))
        status = fields.get("CallStatus")
        if status in UNDER_WAY:
            return None
        return Ticket(f"call:{status}:{call}", _client_group(fields)) if status else content_ticket(webhook)


def _client_group(fields: Mapping[str, str]) -> str:
    """The client is who called, unless that was an employee's telephone."""
    caller = fields.get("From", "")
    is_staff = caller.startswith(("client:", "sip:"))
    return phone_group(caller) or (phone_group(fields.get("To")) if is_staff else "")


GATE = Twilio()
