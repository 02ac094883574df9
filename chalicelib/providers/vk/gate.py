"""VK's Callback API at the door: a secret in the body, for VK signs nothing.

Facts are from dev.vk.com, "Callback API: getting started".
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.webhook import Webhook

MESSAGE = "message_new"
LEAD = "lead_forms_new"
CONFIRMATION = "confirmation"
OF_NO_INTEREST = frozenset(
    {"message_reply", "message_read", "message_typing_state", "message_allow", "message_deny"}
)
"""What we wrote ourselves, and what happens around each message."""

_SECRET = re.compile(rb'("secret"\s*:\s*")([^"\\]*)(")')
"""VK's secrets are letters and digits, which JSON writes as they are. So they are found, and taken out, in a
body that is broken, too, and every other byte stays as it was. Within a text a quote is escaped."""


class Vk(GateProvider):
    """One JSON object an event. VK wants to hear ``ok`` and nothing else, or it sends again."""

    accepted = Reply(200, "ok")

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer with the community's confirmation string: VK asks while the address is entered."""
        if b"confirmation" not in webhook.body:
            return None
        content = _whatever_is_there(webhook)
        codes = source.values("confirmation")
        is_ours = str(content.get("group_id")) in source.values("group_id")
        return Reply(200, codes[-1]) if content.get("type") == CONFIRMATION and is_ours and codes else None

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Look for the secret, and take it out. Path and query prove nothing, and are dropped.

        Raises:
            Forged: ``no-secret`` (401) or ``wrong-secret`` (403).
        """
        given = [found[2].decode("latin-1") for found in _SECRET.finditer(webhook.body)]
        if not any(given):
            raise Forged("no-secret", 401)
        valid = source.values("secret")
        if not any(same_secret(secret, valid) for secret in given):
            raise Forged("wrong-secret", 403)
        return replace(webhook, path=(), query={}, body=_SECRET.sub(rb"\1\3", webhook.body))

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """VK's id of the event, and of a lead its own one; a client's messages keep their order."""
        del source
        content = _whatever_is_there(webhook)
        if str(content.get("type")) in OF_NO_INTEREST:
            return None
        lead_id = _lead_id(content)
        if lead_id:
            return Ticket(lead_id)
        event_id = content.get("event_id")
        if not is_id(event_id):
            return content_ticket(webhook)
        return Ticket(f"event:{content.get('group_id')}:{event_id}", _conversation(content))


def _whatever_is_there(webhook: Webhook) -> Mapping[str, object]:
    try:
        content = json_value(webhook.body)
    except Unparsable:
        return {}
    return content if isinstance(content, Mapping) else {}


def _lead_id(content: Mapping[str, object]) -> str:
    lead = content.get("object")
    if content.get("type") != LEAD or not isinstance(lead, Mapping) or not is_id(lead.get("lead_id")):
        return ""
    return f"lead:{content.get('group_id')}:{lead.get('form_id')}:{lead['lead_id']}"


def _conversation(content: Mapping[str, object]) -> str:
    message = content.get("object")
    if isinstance(message, Mapping) and isinstance(message.get("message"), Mapping):
        message = message["message"]
    if content.get("type") != MESSAGE or not isinstance(message, Mapping):
        return ""
    return f"vk:{content.get('group_id')}:{message.get('peer_id') or message.get('user_id')}"


GATE = Vk()
