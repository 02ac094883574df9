"""Roistat at the door: our own token in the URL, for Roistat signs nothing."""

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook


class Roistat(UrlTokenProvider):
    """JSON, sent twice: while it rings, with the visit; and after the call, with what became of it."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """The ringing and the end of a call are two events."""
        del source
        call = json_mapping(webhook.body)
        if not is_id(call.get("id")):
            return content_ticket(webhook)
        moment = "end" if call.get("status") else "start"
        return Ticket(f"{moment}:{call['id']}", phone_group(call.get("caller")))


GATE = Roistat()
