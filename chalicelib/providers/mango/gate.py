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
INBOUND = "1"
SECRET_FIELDS = frozenset({"vpbx_api_key", "sign"})


class Mango(GateProvider):
    """Form fields ``vpbx_api_key``, ``sign`` and ``json``; one summary for a whole call."""

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
        """Keep the summary of a call only: it alone tells whether anybody talked to the client."""
        del source
        # A base address that was entered with a slash at its end gives an empty segment.
        if tuple(filter(None, webhook.path)) != SUMMARY:
            return None
        try:
            call = json_value(form_fields(webhook.body)["json"])
        except Unparsable:
            return content_ticket(webhook)
        if not isinstance(call, Mapping) or not is_id(call.get("entry_id")):
            return content_ticket(webhook)
        return Ticket(dedup_id=f"summary:{call['entry_id']}", group=_caller_group(call))


def signature(content: bytes, key: str, salt: str) -> str:
    """Mango's ``sign``: a plain SHA-256, no HMAC, over the ``json`` text exactly as it was sent."""
    return sha256(key.encode() + content + salt.encode()).hexdigest()


def _caller_group(call: Mapping[str, object]) -> str:
    caller = call.get("from")
    if str(call.get("call_direction")) != INBOUND or not isinstance(caller, Mapping):
        return ""
    return phone_group(caller.get("number"))


GATE = Mango()
