"""A PBX of the shop's own at the door: a signature over the moment of sending and the body."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Forged, GateProvider, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.webhook import Webhook

TIMESTAMP, SIGNATURE = "x-leadkeeper-timestamp", "x-leadkeeper-signature"
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""At most. What was signed longer ago may be a copy that somebody sends again."""

MOST_DIGITS = 11


class Asterisk(GateProvider):
    """JSON, one object for a call; the proof stands in two headers."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature, then when it was made.

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
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each outcome of a call once; ``linkedid`` is unique within one PBX only."""
        del source
        call = json_mapping(webhook.body)
        identity = (call.get("linkedid"), call.get("outcome"))
        if not all(map(is_id, identity)):
            return content_ticket(webhook)
        dedup_id = ":".join(map(str, (call.get("pbx") or "", *identity)))
        return Ticket(dedup_id=dedup_id, group=phone_group(call.get("client")))


def signature(body: bytes, timestamp: str, secret: str) -> str:
    """HMAC-SHA256 over the moment of sending, a dot and the body as it is sent; lower-case hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


GATE = Asterisk()
