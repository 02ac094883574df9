"""Rostelecom's cloud PBX at the door: the signature, and which of its events are kept.

Facts are from public connectors that cite "Integration API v7.5", and from the vendor's article.
"""

from hashlib import sha256

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, is_id, phone_group
from chalicelib.gate.webhook import Webhook

WHO_IS_IT = "get_number_info"
GOES_ON = frozenset({"new", "disconnected"})
"""States after which a call goes on: it began, or one of its sides hung up."""

OUTBOUND = frozenset({"outbound", "outgoing"})
"""Connectors differ in the word for a call that an employee makes."""


class Rostelecom(GateProvider):
    """JSON, signed over client id, raw body and key; the proof stands in two headers."""

    accepted = Reply(200, '{"result": 0, "resultMessage": "ok"}', "application/json; charset=utf-8")

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check client id and signature.

        Raises:
            Forged: ``unsigned``, ``wrong-client`` or ``wrong-sign``; always 403.
        """
        client, sign = (webhook.headers.get(name, "") for name in ("x-client-id", "x-client-sign"))
        if not (client and sign):
            raise Forged("unsigned")
        clients, keys = source.values("client_id"), source.values("sign_key")
        if not same_secret(client, clients):
            raise Forged("wrong-client")
        valid = tuple(
            signature(webhook.body, own_client, key)
            for own_client, key in zip(clients, keys, strict=True)
            if own_client == client
        )
        if not same_secret(sign.lower(), valid):
            raise Forged("wrong-sign")
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep the states that tell an outcome, and those that we do not know."""
        del source
        if WHO_IS_IT in webhook.path:
            return None
        call = json_mapping(webhook.body)
        session, state = call.get("session_id"), call.get("state")
        if not is_id(session) or not isinstance(state, str) or not state:
            return content_ticket(webhook)
        if state in GOES_ON:
            return None
        client = call.get("request_number" if str(call.get("type")) in OUTBOUND else "from_number")
        return Ticket(dedup_id=f"{session}:{state}", group=phone_group(_user(client)))


def signature(body: bytes, client_id: str, sign_key: str) -> str:
    """``X-Client-Sign``: a plain SHA-256, no HMAC, over the body as it was sent."""
    return sha256(client_id.encode() + body + sign_key.encode()).hexdigest()


def _user(address: object) -> str:
    """The number in ``sip:79161234567@host``, whose host may hold digits, too."""
    return str(address or "").partition("@")[0]


GATE = Rostelecom()
