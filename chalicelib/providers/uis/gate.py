"""UIS at the door: our own token in the URL, for UIS signs nothing."""

from collections.abc import Mapping

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

KEPT = ("lost", "finished", "recorded")
IGNORED = frozenset({"incoming", "waiting", "talk-started", "talk-finished", "outbound"})
"""Notifications that tell no outcome, by the words that our page gives them."""

SECTIONS = ("contact_info", "employee_info", "call_info", "call_record_file_info")
"""Objects in which the vendor's default template of Novofon puts some of the fields."""


class Uis(UrlTokenProvider):
    """A JSON object made from the shop's own template, or the same fields in the query of a GET."""

    methods = frozenset({"GET", "POST"})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep outcomes and recordings."""
        del source
        try:
            fields = notification_fields(webhook)
        except Unparsable:
            return content_ticket(webhook)
        if str(fields.get("event")) in IGNORED:
            return None
        event, call = fields.get("event"), fields.get("call_session_id")
        if event not in KEPT or not is_id(call):
            return content_ticket(webhook)
        # A call may have several recordings.
        file = f":{fields.get('file_link')}" if event == "recorded" else ""
        return Ticket(f"{event}:{call}{file}", phone_group(fields.get("contact_phone_number")))


def notification_fields(webhook: Webhook) -> dict[str, object]:
    """The fields of a notification, wherever they stand: in the query, in the body, in its sections.

    Raises:
        Unparsable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content`` (JSON, but no object).
    """
    fields: dict[str, object] = {
        name: None if value == "null" else value for name, value in webhook.query.items()
    }
    content = json_value(webhook.body) if webhook.body.strip() else {}
    if not isinstance(content, Mapping):
        raise Unparsable("unexpected-content")
    for section in (content.get(name) for name in SECTIONS):
        fields.update(section if isinstance(section, Mapping) else {})
    return {**fields, **content}


GATE = Uis()
