"""SMSC at the door: our own token in the URL, for SMSC signs nothing (unverified)."""

from chalicelib.gate.form import form_fields
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

ON_ITS_WAY = frozenset({b"-1"})
"""Nothing that we do not know."""


class Smsc(UrlTokenProvider):
    """A form with ``id``, ``phone``, ``status``, ``time`` and ``err`` (unverified)."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep each status of a message. News of messages has no group."""
        del source
        fields = form_fields(webhook.body)
        identity = tuple(fields.get(name, b"") for name in ("id", "phone", "status"))
        if not all(identity):
            # Perhaps a message from a client, whose form nobody has told us: a person will see it.
            return content_ticket(webhook)
        if identity[-1] in ON_ITS_WAY:
            return None
        return Ticket(b":".join((b"receipt", *identity)).decode("latin-1"))


GATE = Smsc()
