"""Helpers for dedup ids and ordering groups."""

import hashlib
import json
import re

from chalicelib.gate.provider import Ticket
from chalicelib.gate.webhook import Webhook

SIGNIFICANT_PHONE_DIGITS = 10
NO_DIGIT = re.compile(r"[^0-9]+")


def fingerprint(*parts: str | bytes) -> str:
    """SHA-256 hex over parts that cannot run into each other."""
    digest = hashlib.sha256()
    for part in parts:
        # A path or a query may be decoded to half a surrogate pair, which plain UTF-8 refuses to encode.
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(str(len(raw)).encode() + b":" + raw)
    return digest.hexdigest()


def phone_group(*phones: object) -> str:
    """The ordering group of the first usable phone: its last ten digits, else empty.

    It is a hint that keeps the usual order, not an identity: ``+7 916 …`` and ``8916…`` are one client.
    """
    for phone in phones:
        digits = NO_DIGIT.sub("", str(phone or ""))
        if len(digits) >= SIGNIFICANT_PHONE_DIGITS:
            return "phone:" + digits[-SIGNIFICANT_PHONE_DIGITS:]
    return ""


def is_id(value: object) -> bool:
    """Whether a value of a payload can be an id: a text or a number. 0 is one, an empty text is none."""
    return isinstance(value, str | int | float) and value != ""


def content_ticket(webhook: Webhook) -> Ticket:
    """A ticket for what cannot be told apart in any better way than by its content."""
    query = json.dumps(dict(webhook.query), sort_keys=True)
    return Ticket(dedup_id="content:" + fingerprint("/".join(webhook.path), query, webhook.body))
