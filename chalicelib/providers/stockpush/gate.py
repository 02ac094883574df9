"""A push of stock at the door: a signature over the body, or a token of our own."""

import hmac
from dataclasses import replace

from chalicelib.gate.form import Unparsable
from chalicelib.gate.form_provider import FormProvider
from chalicelib.gate.provider import Forged, Source, Ticket, same_secret
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.stockpush.content import pushed

HEADER = "x-signature"
PREFIX = "sha256="
GROUP = "stock"
"""Of all stock, so that it comes into the CRM in its order."""


class StockPush(FormProvider):
    """Whoever has a ``secret`` signs with it; without one the ``token`` is looked for in URL and headers."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature, or the token.

        Raises:
            Forged: ``unsigned``, ``wrong-signature``, ``no-token`` or ``wrong-token``.
        """
        secrets = source.values("secret")
        if not secrets:
            return super().authenticate(webhook, source)
        given = webhook.headers.get(HEADER, "").strip().lower().removeprefix(PREFIX)
        if not given:
            raise Forged("unsigned", 401)
        if not same_secret(given, tuple(signature(webhook.body, secret) for secret in secrets)):
            raise Forged("wrong-signature")
        # Nothing signs the URL.
        return replace(webhook, path=(), query={})

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Each part of a document once. Changes without a document are news each time they come.

        The same list may be right again after another one, and writing it twice does no harm.
        """
        del source
        try:
            push = pushed(webhook)
        except (Unparsable, RecursionError):
            return Ticket(f"content:{fingerprint(webhook.body.strip())}", GROUP)
        if not push.document:
            return Ticket(f"at:{webhook.received_at.isoformat()}:{fingerprint(webhook.body.strip())}", GROUP)
        return Ticket(f"document:{push.document}:{push.part}", GROUP)


def signature(body: bytes, secret: str) -> str:
    """Lower-case hex of HMAC-SHA256 over the body."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


GATE = StockPush()
