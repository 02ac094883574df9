"""AfterShip at the door: an HMAC over the body, and which event a webhook tells."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import GateProvider, Source, Ticket
from chalicelib.gate.tickets import content_ticket, fingerprint, is_id
from chalicelib.gate.tokens import require_signature
from chalicelib.gate.webhook import Webhook

HEADER = "aftership-hmac-sha256"
UPDATE = "tracking_update"


class AfterShip(GateProvider):
    """JSON with ``event``, ``event_id`` and ``msg``."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature with a ``secret`` of the source.

        Raises:
            Forged: ``unsigned`` or ``wrong-signature``; always 403.
        """
        valid = tuple(signature(webhook.body, secret) for secret in source.values("secret"))
        require_signature(webhook.headers.get(HEADER, ""), valid)
        # Nothing signs the URL.
        return replace(webhook, path=(), query={})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep statuses, and whatever does not say what it is; estimates of the delivery are forgotten."""
        del source
        message = json_mapping(webhook.body)
        event = message.get("event")
        if not isinstance(event, str) or not event:
            return content_ticket(webhook)
        if event != UPDATE:
            return None
        event_id, parcel = message.get("event_id"), message.get("msg")
        if is_id(event_id):
            return Ticket(f"event:{event_id}", _group(parcel))
        return Ticket(f"parcel:{fingerprint(json.dumps(parcel, sort_keys=True))}", _group(parcel))


def signature(body: bytes, secret: str) -> str:
    """Base64 of HMAC-SHA256 over the body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def _group(parcel: object) -> str:
    if not isinstance(parcel, Mapping):
        return ""
    number = parcel.get("order_number") or parcel.get("order_id")
    if number:
        return f"order:{number}"
    return f"parcel:{parcel['tracking_number']}" if parcel.get("tracking_number") else ""


GATE = AfterShip()
