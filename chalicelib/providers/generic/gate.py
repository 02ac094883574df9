"""Any form at the door: a token, a signature, or a page that everybody may read."""

import base64
import hmac
from dataclasses import replace

from chalicelib.gate.body_secrets import whatever_is_there, without_fields
from chalicelib.gate.form_provider import mapped_names
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, Unwanted
from chalicelib.gate.submissions import submission_ticket
from chalicelib.gate.tokens import TOKEN_PARAMETERS, require_signature, require_token, url_tokens
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.generic.browser import as_page, is_of_another_page, is_preflight, with_permission

PUBLIC_PER_MINUTE = 60
"""Of a public form, by each process: more than clients fill in."""


class Generic(GateProvider):
    """JSON, a form or a multipart form, from a program or from a visitor's browser."""

    methods = frozenset({"POST", "OPTIONS"})

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer a browser that asks whether one of the configured pages may post."""
        return Reply() if is_preflight(webhook, source) else None

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Look at what the source is set to prove itself by.

        Raises:
            Forged: ``wrong-origin``, ``unsigned``, ``wrong-signature`` or ``wrong-token`` (403),
                ``no-token`` (401).
        """
        if webhook.method == "OPTIONS" or is_of_another_page(webhook, source):
            raise Forged("wrong-origin")
        body = webhook.body
        if source.values("signature_header"):
            _require_signature(webhook, source)
        elif source.settings.get("public") is not True:
            require_token(_tokens(webhook, source), source)
            body = without_fields(webhook, frozenset(source.values("token_field")), source.values("token"))
        return replace(webhook, path=(), query={}, body=body)

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Tell submissions apart by their id, else by their content.

        Raises:
            Unwanted: ``honeypot``: a field is filled in that no person sees.
        """
        trap = source.values("honeypot")
        if trap and str(whatever_is_there(webhook).get(trap[0]) or "").strip():
            raise Unwanted("honeypot")
        return submission_ticket(webhook, mapped_names(source, "id"), mapped_names(source, "phone"))

    def most_per_minute(self, source: Source) -> int | None:
        """What is set; without it a public form has a bound, too."""
        most = source.settings.get("most_per_minute")
        if isinstance(most, int):
            return most
        return PUBLIC_PER_MINUTE if source.settings.get("public") is True else None

    def answer(self, reply: Reply, webhook: Webhook, source: Source) -> Reply:
        """For a program as it is; for a browser with what that needs."""
        if webhook.method == "POST":
            reply = as_page(reply, webhook, source)
        return with_permission(reply, webhook, source)


def signature_of(body: bytes, secret: str, source: Source) -> str:
    """What stands in the header if this secret signed the body."""
    (algorithm,) = source.values("signature_hash", ("sha256",))
    digest = hmac.digest(secret.encode(), body, algorithm)
    is_hex = source.values("signature_encoding", ("hex",)) == ("hex",)
    (prefix,) = source.values("signature_prefix", ("",))
    return prefix + (digest.hex() if is_hex else base64.b64encode(digest).decode())


def _require_signature(webhook: Webhook, source: Source) -> None:
    (header,) = source.values("signature_header")
    valid = tuple(signature_of(webhook.body, secret, source) for secret in source.values("secret"))
    require_signature(webhook.headers.get(header.lower(), ""), valid)


def _tokens(webhook: Webhook, source: Source) -> list[str]:
    """What is offered as a token: in the URL, and where the settings say besides."""
    headers = [webhook.headers.get(name.lower(), "") for name in source.values("token_header")]
    fields = whatever_is_there(webhook) if source.values("token_field") else {}
    named = [value for name in source.values("token_field") if isinstance(value := fields.get(name), str)]
    bearers = [text.partition(" ")[2].strip() for text in headers if text.lower().startswith("bearer ")]
    return [*url_tokens(webhook, TOKEN_PARAMETERS), *headers, *bearers, *named]


GATE = Generic()
