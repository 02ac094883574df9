"""The signature of our own forms: two headers hold the moment of sending and HMAC-SHA256."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.gate.provider import Forged, Source, same_secret
from chalicelib.gate.webhook import Webhook

TIMESTAMP, SIGNATURE = "x-leadkeeper-timestamp", "x-leadkeeper-signature"
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""At most. What was signed longer ago may be a copy that somebody sends again."""

MOST_DIGITS = 11


def require_signature(webhook: Webhook, source: Source) -> None:
    """Check the signature with the source's ``secret``, then when it was made.

    Raises:
        Forged: ``unsigned``, ``wrong-sign`` or ``stale``; always 403.
    """
    timestamp, sign = webhook.headers.get(TIMESTAMP, ""), webhook.headers.get(SIGNATURE, "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= MOST_DIGITS and sign):
        raise Forged("unsigned")
    secrets = (secret for secret in source.values("secret") if secret)
    valid = tuple(signature(webhook.body, timestamp, secret) for secret in secrets)
    if not same_secret(sign.lower(), valid):
        raise Forged("wrong-sign")
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(webhook.received_at - signed_at) > CLOCKS_DIFFER_BY:
        raise Forged("stale")


def signature(body: bytes, timestamp: str, secret: str) -> str:
    """HMAC-SHA256 over the moment of sending, a dot and the body as it is sent; lower-case hex."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def signed(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:
    """The two headers for a body that we send ourselves."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: signature(body, timestamp, secret)}
