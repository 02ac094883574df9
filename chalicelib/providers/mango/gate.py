"""Mango Office at the door: the signature, and which of its events are kept.

Facts are from "Mango VPBX API 1.10".
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from chalicelib.gate.form import Unparsable, form_fields, json_value, without_form_fields
from chalicelib.gate.provider import Forged, GateProvider, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.webhook import Webhook

SUMMARY = ("events", "summary")
RECORDING = ("events", "recording")
CALL = ("events", "call")
DYNAMIC_NUMBER = "1"
OUTBOUND = "2"
SECRET_FIELDS = frozenset({"vpbx_api_key", "sign"})


class Mango(GateProvider):
    """Form fields ``vpbx_api_key``, ``sign`` and ``json``; one summary a call, and its recording."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the key and the signature.

        Raises:
            Forged: ``too-many-fields``, ``unsigned``, ``wrong-key`` or ``wrong-sign``; always 403.
        """
        try:
            fields = form_fields(webhook.body)
        except Unparsable as error:
            raise Forged(str(error)) from None
        key, sign, content = (fields.get(name) for name in ("vpbx_api_key", "sign", "json"))
        if not (key and sign) or content is None:
            raise Forged("unsigned")
        keys, salts = source.values("api_key"), source.values("api_salt")
        if not same_secret(key.decode("latin-1"), keys):
            raise Forged("wrong-key")
        valid = tuple(
            signature(content, own_key, salt)
            for own_key, salt in zip(keys, salts, strict=True)
            if own_key.encode() == key
        )
        if not same_secret(sign.decode("latin-1"), valid):
            raise Forged("wrong-sign")
        return replace(webhook, body=without_form_fields(webhook.body, SECRET_FIELDS))

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep what tells of a whole call: its summary, and the end of its recording."""
        # A base address that was entered with a slash at its end gives an empty segment.
        path = tuple(filter(None, webhook.path))
        is_ringing = path == CALL and source.settings.get("asks_for_visitors")
        if path not in {SUMMARY, RECORDING} and not is_ringing:
            return None
        try:
            content = json_value(form_fields(webhook.body)["json"])
        except Unparsable:
            return content_ticket(webhook)
        if not isinstance(content, Mapping):
            return content_ticket(webhook)
        if path == CALL:
            return _visitor_ticket(content)
        return _recording_ticket(webhook, content) if path == RECORDING else _summary_ticket(webhook, content)


def signature(content: bytes, key: str, salt: str) -> str:
    """Mango's ``sign``: a plain SHA-256, no HMAC, over the ``json`` text exactly as it was sent."""
    return sha256(key.encode() + content + salt.encode()).hexdigest()


def _summary_ticket(webhook: Webhook, call: Mapping[str, object]) -> Ticket:
    if not is_id(call.get("entry_id")):
        return content_ticket(webhook)
    return Ticket(dedup_id=f"summary:{call['entry_id']}", group=_client_group(call))


def _recording_ticket(webhook: Webhook, recording: Mapping[str, object]) -> Ticket | None:
    """Recordings begin and go on before they are there."""
    if recording.get("recording_state") in {"Started", "Continued"}:
        return None
    if not is_id(recording.get("recording_id")):
        return content_ticket(webhook)
    return Ticket(dedup_id=f"recording:{recording['recording_id']}:{recording.get('recording_state')}")


def _visitor_ticket(call: Mapping[str, object]) -> Ticket | None:
    """Only the ringing of a number that was shown to one visitor: ``poll.py`` asks who that is."""
    dct = call.get("dct")
    is_dynamic = isinstance(dct, Mapping) and str(dct.get("type")) == DYNAMIC_NUMBER
    if not is_dynamic or call.get("call_state") != "Appeared" or not is_id(call.get("entry_id")):
        return None
    return Ticket(dedup_id=f"ringing:{call['entry_id']}", group=_client_group(call))


def _client_group(call: Mapping[str, object]) -> str:
    client = call.get("to" if str(call.get("call_direction")) == OUTBOUND else "from")
    return phone_group(client.get("number")) if isinstance(client, Mapping) else ""


GATE = Mango()
