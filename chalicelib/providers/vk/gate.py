"""VK's Callback API at the door: a secret in the body, for VK signs nothing.

Facts are from dev.vk.com, "Callback API: getting started".
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.body_secrets import json_secrets
from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket
from chalicelib.gate.webhook import Webhook

MESSAGE, REPLY = "message_new", "message_reply"
LEAD = "lead_forms_new"
CONFIRMATION = "confirmation"
OF_NO_INTEREST = frozenset({"message_read", "message_typing_state", "message_allow", "message_deny"})
"""What happens around each message."""

_NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_EVENT_ID = re.compile(r"[\w-]{1,100}", re.ASCII)


class Vk(GateProvider):
    """One JSON object an event. VK wants to hear ``ok`` and nothing else, or it sends again."""

    accepted = Reply(200, "ok")

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer with the community's confirmation string: VK asks while the address is entered."""
        if b"confirmation" not in webhook.body:
            return None
        content = json_mapping(webhook.body)
        codes = source.values("confirmation")
        is_ours = str(content.get("group_id")) in source.values("group_id")
        return Reply(200, codes[-1]) if content.get("type") == CONFIRMATION and is_ours and codes else None

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Look for the secret, and take it out. Path and query prove nothing, and are dropped.

        Raises:
            Forged: ``no-secret`` (401) or ``wrong-secret`` (403).
        """
        given, body = json_secrets(webhook.body, "secret")
        if not given:
            raise Forged("no-secret", 401)
        valid = source.values("secret")
        if not any(same_secret(secret, valid) for secret in given):
            raise Forged("wrong-secret", 403)
        return replace(webhook, path=(), query={}, body=body)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell events apart; the messages of a conversation keep their order."""
        del source
        content = json_mapping(webhook.body)
        if str(content.get("type")) in OF_NO_INTEREST or _is_programs(content):
            return None
        dedup_id = identity(content)
        return Ticket(dedup_id, _conversation(content)) if dedup_id else content_ticket(webhook)


def identity(content: Mapping[str, object]) -> str:
    """What tells an event from all others: the message's or the lead's own id, else VK's id of the event.

    Empty if nothing does.
    """
    group, thing = content.get("group_id"), about(content)
    if content.get("type") == LEAD and _is_number(thing.get("lead_id")):
        return f"lead:{group}:{thing.get('form_id')}:{thing['lead_id']}"
    numbers = (thing.get("id"), thing.get("conversation_message_id"))
    number = next(filter(_is_number, numbers), None) if content.get("type") == MESSAGE else None
    if number is not None:
        return f"message:{group}:{_peer(thing)}:{number}"
    event_id = str(content.get("event_id") or "")
    return f"event:{group}:{event_id}" if _EVENT_ID.fullmatch(event_id) else ""


def about(content: Mapping[str, object]) -> Mapping[str, object]:
    """The message or the lead: in ``object.message`` or in ``object`` itself."""
    thing = content.get("object")
    nested = thing.get("message") if isinstance(thing, Mapping) else None
    found = nested if isinstance(nested, Mapping) and nested else thing
    return found if isinstance(found, Mapping) else {}


def _peer(message: Mapping[str, object]) -> object:
    return message.get("peer_id") or message.get("user_id")


def _is_number(value: object) -> bool:
    """Some messages have an id that is 0, and only another one that counts."""
    return _NUMBER.fullmatch(str(value)) is not None


def _is_programs(content: Mapping[str, object]) -> bool:
    """Whether it tells of a message of the community that no person wrote, such as one of ours."""
    message = content.get("object")
    if content.get("type") != REPLY or not isinstance(message, Mapping):
        return False
    return not message.get("admin_author_id")


def _conversation(content: Mapping[str, object]) -> str:
    """The ordering group of a message."""
    if str(content.get("type")) not in {MESSAGE, REPLY}:
        return ""
    return f"vk:{content.get('group_id')}:{_peer(about(content))}"


GATE = Vk()
