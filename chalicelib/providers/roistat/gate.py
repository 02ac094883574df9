"""Roistat at the door: our own token in the URL, for Roistat signs nothing."""

from collections.abc import Mapping

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.provider import GateProvider, Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.tokens import require_token, url_tokens, without_url_tokens
from chalicelib.gate.webhook import Webhook

TOKEN_PARAMETERS = ("token",)


class Roistat(GateProvider):
    """JSON, sent twice: while it rings, with the visit; and after the call, with what became of it."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the token in the URL.

        Raises:
            Forged: ``no-token`` (401) or ``wrong-token`` (403).
        """
        require_token(url_tokens(webhook, TOKEN_PARAMETERS), source)
        return without_url_tokens(webhook, TOKEN_PARAMETERS)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """The ringing and the end of a call are two events."""
        del source
        try:
            call = json_value(webhook.body)
        except Unparsable:
            return content_ticket(webhook)
        if not isinstance(call, Mapping) or not is_id(call.get("id")):
            return content_ticket(webhook)
        moment = "end" if call.get("status") else "start"
        return Ticket(f"{moment}:{call['id']}", phone_group(call.get("caller")))


GATE = Roistat()
