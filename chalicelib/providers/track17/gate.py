"""17TRACK at the door: a hash over body and API key, and which status a webhook tells."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import GateProvider, Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.tokens import require_signature
from chalicelib.gate.webhook import Webhook

HEADER = "sign"
UPDATED = "TRACKING_UPDATED"
STOPPED = "TRACKING_STOPPED"


class Track17(GateProvider):
    """JSON with ``event`` and ``data``."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the hash with an ``api_key`` of the source.

        Raises:
            Forged: ``unsigned`` or ``wrong-signature``; always 403.
        """
        valid = tuple(signature(webhook.body, key) for key in source.values("api_key"))
        require_signature(webhook.headers.get(HEADER, ""), valid)
        # Nothing signs the URL.
        return replace(webhook, path=(), query={})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep what is told of a parcel, and whatever does not say what it is."""
        del source
        message = json_mapping(webhook.body)
        event = message.get("event")
        if not isinstance(event, str) or not event:
            return content_ticket(webhook)
        if event not in {UPDATED, STOPPED}:
            return None
        data = _mapping(message.get("data"))
        ticket = replace(content_ticket(webhook), group=_group(data))
        dedup_id = _identity(data) if event == UPDATED else ""
        return replace(ticket, dedup_id=dedup_id) if dedup_id else ticket


def signature(body: bytes, key: str) -> str:
    """Hex SHA-256 of body, slash and key: a plain hash, no HMAC."""
    return hashlib.sha256(body + b"/" + key.encode()).hexdigest()


def track_info(data: Mapping[str, object]) -> Mapping[str, object]:
    """What holds status and event: ``track_info``, or in some published samples the data themselves."""
    info = _mapping(data.get("track_info"))
    return info if info.get("latest_status") else data


def _identity(data: Mapping[str, object]) -> str:
    """What makes a status the same when it is told again; empty if a part of it is missing."""
    info = track_info(data)
    status, event = _mapping(info.get("latest_status")), _mapping(info.get("latest_event"))
    # Before the courier has told anything there is no time.
    at = event.get("time_utc") or event.get("time_iso") or "undated"
    identity = (data.get("number"), at, status.get("sub_status") or status.get("status"))
    if not all(map(is_id, identity)):
        return ""
    return ":".join(map(str, identity))


def _group(data: Mapping[str, object]) -> str:
    if data.get("tag"):
        return f"order:{data['tag']}"
    if data.get("number"):
        return f"parcel:{data['number']}"
    return ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


GATE = Track17()
