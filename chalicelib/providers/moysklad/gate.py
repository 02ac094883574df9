"""MoySklad at the door: nothing is signed, so a token of ours is a part of the URL's path.

MoySklad joins ``requestId`` to the URL itself; how it does that to a URL with a query is not documented.
"""

from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook


class MoySklad(UrlTokenProvider):
    """It wants 200 or 204 within 1.5 seconds, and after four bad answers forgets the webhook for good."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """A repeat has the same ``requestId``."""
        del source
        request_id = webhook.query.get("requestId", "")
        return Ticket(f"request:{request_id}") if request_id else content_ticket(webhook)


GATE = MoySklad()
