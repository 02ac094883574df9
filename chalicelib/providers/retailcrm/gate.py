"""retailCRM at the door: our own token in the URL, for its triggers sign nothing."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.gate.form import Unparsable
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.retailcrm.fields import sent_fields

SAME_TRIGGER_SECONDS = 600


class RetailCrmTriggers(UrlTokenProvider):
    """Query parameters, form fields or JSON with an order, or a client, and a status or a template."""

    methods = frozenset({"GET", "POST"})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """The same wish within ten minutes is one; the order keeps their order."""
        del source
        try:
            fields = sent_fields(webhook, "replace")
        except Unparsable:
            return content_ticket(webhook)
        whose = _first(fields, ("order_id", "order_number", "customer_id"))
        what = _first(fields, ("status", "template"))
        if whose and not what and "changed" in fields:
            # Nothing tells one change from another: each time is news, and looking twice changes nothing.
            return Ticket(dedup_id=f"{whose}:{webhook.received_at.isoformat()}", group=whose)
        if not whose or not what:
            return content_ticket(webhook)
        return Ticket(dedup_id=f"{whose}:{what}:{_window(webhook.received_at)}", group=whose)


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """The first of these fields that says something, with its name; empty if none does."""
    return next((f"{name}={fields[name]}" for name in names if name in fields and is_id(fields[name])), "")


def _window(received_at: datetime) -> int:
    # A trigger sends no id of the change. One that falls beyond the end of its ten minutes comes through
    # twice; the rules remember what the client was told.
    return int(received_at.timestamp()) // SAME_TRIGGER_SECONDS


GATE = RetailCrmTriggers()
