"""Standard Webhooks 1.0.0 at the door: three headers hold an id, the moment of sending and signatures."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.gate.checked_content import Invalid
from chalicelib.gate.provider import Forged, GateProvider, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, phone_group
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.standard.content import CONTENT

FAMILIES = ("webhook", "svix")
"""What the names of the three headers begin with: as the standard has it, and as Svix sends them."""

VERSION = "v1"
"""HMAC-SHA256. ``v1a`` is ed25519, with which nobody signs for us."""

SECRET_PREFIX = "whsec_"  # noqa: S105 -- what a secret begins with is none
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""At most, in either direction. What was signed longer ago may be a copy that somebody sends again."""

MOST_DIGITS = 11


class Standard(GateProvider):
    """JSON. Only the id of the headers is needed later, so it becomes the webhook's path."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature, then when it was made.

        Raises:
            Forged: ``unsigned``, ``wrong-signature`` or ``stale``; always 403.
        """
        message_id, timestamp, signatures = _proof(webhook.headers)
        is_moment = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= MOST_DIGITS
        if not (message_id.isascii() and message_id.isprintable() and message_id and is_moment):
            raise Forged("unsigned")
        keys = (key_of(secret) for secret in source.values("secret"))
        valid = tuple(signature(webhook.body, message_id, timestamp, key) for key in keys if key)
        if not any(same_secret(given, valid) for given in _of_our_version(signatures)):
            raise Forged("wrong-signature")
        if abs(webhook.received_at - datetime.fromtimestamp(int(timestamp), UTC)) > CLOCKS_DIFFER_BY:
            raise Forged("stale")
        # Nothing signs the URL.
        return replace(webhook, path=(message_id,), query={})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each id once. What is refused keeps its id free for the same message once it is mended."""
        del source
        try:
            content = CONTENT.of(webhook.body)
        except Invalid as invalid:
            return replace(content_ticket(webhook), reply=invalid.complaint)
        return Ticket(f"message:{webhook.path[0]}", _group(content.get("data")))


def signature(body: bytes, message_id: str, timestamp: str, key: bytes) -> str:
    """Base64 of HMAC-SHA256 over id, moment and body, with dots between."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for, with or without its prefix and padding; empty if it is none."""
    encoded = secret.removeprefix(SECRET_PREFIX).rstrip("=")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        return b""


def _proof(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Id, timestamp and signatures of the first family that has all three; empty texts if none has."""
    for family in FAMILIES:
        names = (f"{family}-id", f"{family}-timestamp", f"{family}-signature")
        if all(headers.get(name) for name in names):
            message_id, timestamp, signatures = (headers[name] for name in names)
            return message_id, timestamp, signatures
    return "", "", ""


def _of_our_version(signatures: str) -> list[str]:
    """Those of a list such as ``v1a,… v1,…`` that we can check; whatever else stands there is passed over."""
    items = (item.partition(",") for item in signatures.split(" "))
    return [given for version, _, given in items if version == VERSION]


def _group(data: object) -> str:
    """The client's phone keeps the order of their leads, a chat that of its messages."""
    if not isinstance(data, Mapping):
        return ""
    return f"chat:{data['chat']}" if "chat" in data else phone_group(data.get("phone"))


GATE = Standard()
