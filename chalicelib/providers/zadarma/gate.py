"""Zadarma at the door: a token in the URL, the signature, and which of its events are kept.

The signature covers neither the event nor its outcome: whoever saw the beginning of a call could forge its
end. So the URL must be secret, too.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping

from chalicelib.gate.form import Unparsable
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, same_secret
from chalicelib.gate.tickets import content_ticket, phone_group
from chalicelib.gate.tokens import require_token, url_tokens, without_url_tokens
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.zadarma.fields import notification_fields

TOKEN_PARAMETERS = ("token",)
INBOUND_END, OUTBOUND_END, RECORDED = "NOTIFY_END", "NOTIFY_OUT_END", "NOTIFY_RECORD"
ANSWERED = "answered"

CALLER = ("caller_id", "called_did", "call_start")
CALLEE = ("internal", "destination", "call_start")
RESULT = ("result",)
SIGNED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "NOTIFY_START": CALLER,
    "NOTIFY_INTERNAL": CALLER,
    "NOTIFY_IVR": CALLER,
    INBOUND_END: CALLER,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": CALLEE,
    OUTBOUND_END: CALLEE,
    RECORDED: ("pbx_call_id", "call_id_with_rec"),
    "SMS": RESULT,
    "NUMBER_LOOKUP": RESULT,
    "CALL_TRACKING": RESULT,
}
"""Which fields each event's signature covers, one behind the other; a missing one is empty."""

_ECHO = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Zadarma(GateProvider):
    """A form, URL-encoded or multipart; the header ``Signature``."""

    methods = frozenset({"GET", "POST"})

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer the test of the URL. What could be a page or a script is not repeated to anybody."""
        echo = webhook.query.get("zd_echo", "")
        is_test = webhook.method == "GET" and _ECHO.fullmatch(echo)
        given = url_tokens(webhook, TOKEN_PARAMETERS)
        if not is_test or not any(same_secret(token, source.values("token")) for token in given):
            return None
        return Reply(200, echo)

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the token and the signature.

        Raises:
            Forged: ``no-token`` (401), or ``wrong-token``, ``too-many-fields``, ``unsigned`` or
                ``wrong-signature`` (403).
        """
        require_token(url_tokens(webhook, TOKEN_PARAMETERS), source)
        given = webhook.headers.get("signature", "").strip()
        if not given:
            raise Forged("unsigned")
        try:
            fields = notification_fields(webhook.body, "replace")
        except Unparsable as error:
            raise Forged(str(error)) from None
        valid = (
            signature
            for secret in source.values("api_secret")
            for text in _signed_texts(fields)
            for signature in signatures(text, secret)
        )
        if not same_secret(given, tuple(valid)):
            raise Forged("wrong-signature")
        return without_url_tokens(webhook, TOKEN_PARAMETERS)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep the ends of calls and their recordings."""
        del source
        fields = notification_fields(webhook.body, "replace")
        event, call = fields.get("event"), fields.get("pbx_call_id")
        if event and event not in {INBOUND_END, OUTBOUND_END, RECORDED}:
            return None
        if not event or not call:
            return content_ticket(webhook)
        if event == RECORDED:
            return Ticket(f"recorded:{call}:{fields.get('call_id_with_rec')}")
        outcome = "answered" if is_answered(fields.get("disposition", "")) else "unanswered"
        client = fields.get("caller_id" if event == INBOUND_END else "destination")
        return Ticket(f"{outcome}:{call}", phone_group(client))


def signatures(text: str, secret: str) -> tuple[str, str]:
    """Both forms in which Zadarma's own libraries make a signature; which one it sends is not certain.

    The base64 of the HMAC as hex, 56 characters, and of its raw bytes, 28 characters.
    """
    proof = hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha1")
    return b64encode(proof.hex().encode()).decode(), b64encode(proof).decode()


def is_answered(disposition: str) -> bool:
    """Whether somebody talked."""
    return disposition.strip().lower() == ANSWERED


def _signed_texts(fields: Mapping[str, str]) -> list[str]:
    """What the signature may cover: for an event that we do not know, any of the known ways."""
    ways = SIGNED_FIELDS.get(fields.get("event", ""))
    return [
        "".join(fields.get(name, "") for name in way)
        for way in ([ways] if ways else dict.fromkeys(SIGNED_FIELDS.values()))
    ]


GATE = Zadarma()
