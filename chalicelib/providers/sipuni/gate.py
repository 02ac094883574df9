"""Sipuni at the door: our own token in the URL, for Sipuni signs nothing."""

from chalicelib.gate.form import Unparsable, form_texts
from chalicelib.gate.provider import Reply, Source, Ticket
from chalicelib.gate.tickets import content_ticket, phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

ENDED, ANSWERED = "2", "3"
KEPT = frozenset({ENDED, ANSWERED})
EXTERNAL = "1"


class Sipuni(UrlTokenProvider):
    """The same fields in the query of a GET or in the form of a POST.

    Sipuni stops sending to an address that does not answer with its word of success.
    """

    methods = frozenset({"GET", "POST"})
    accepted = Reply(200, '{"success": true}', "application/json; charset=utf-8")

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep answers and ends. Without event and call it is the check that Sipuni makes on saving."""
        del source
        try:
            fields = call_fields(webhook)
        except Unparsable:
            return content_ticket(webhook)
        event, call_id = fields.get("event", ""), fields.get("call_id", "")
        if not (event or call_id) or (event and event not in KEPT):
            return None
        if not (event and call_id):
            return content_ticket(webhook)
        # Each of a group's phones may tell its own end, and a transferred call is answered twice.
        outcome = fields.get("status" if event == ENDED else "short_dst_num", "")
        client = fields.get("src_num" if fields.get("src_type") == EXTERNAL else "dst_num")
        return Ticket(dedup_id=f"{call_id}:{event}:{outcome}", group=phone_group(client))


def call_fields(webhook: Webhook) -> dict[str, str]:
    """The fields of query and form; of one that stands in both the form's.

    Raises:
        Unparsable: ``too-many-fields`` or ``wrong-encoding``.
    """
    return {**webhook.query, **form_texts(webhook.body)}


GATE = Sipuni()
