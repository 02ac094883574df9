"""Proof of origin for third parties that sign nothing: a long random token of our own.

The token stands in the URL that the shop owner pastes into the third party's settings. Some senders
can carry it in the body or in a header as well.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import ClassVar

from chalicelib.gate.provider import Forged, GateProvider, Source, same_secret
from chalicelib.gate.webhook import Webhook

TOKEN_PARAMETERS = ("token",)


def url_tokens(webhook: Webhook, parameters: Collection[str]) -> tuple[str, ...]:
    """What the URL offers as a token: each path segment, and the query parameters of these names."""
    return (*webhook.path, *(webhook.query[name] for name in parameters if name in webhook.query))


def without_url_tokens(webhook: Webhook, parameters: Collection[str]) -> Webhook:
    """The same webhook without path and without the query parameters of these names."""
    query = {name: value for name, value in webhook.query.items() if name not in parameters}
    return replace(webhook, path=(), query=query)


def bearer(webhook: Webhook) -> str:
    """The token of a header ``Authorization: Bearer``; empty if there is none."""
    scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def require_token(given: Collection[str], source: Source) -> None:
    """Let pass if one of the given texts is a valid ``token`` of the source.

    Raises:
        Forged: ``no-token`` (401) if nothing was given, ``wrong-token`` (403) if nothing fits.
    """
    if not any(given):
        raise Forged("no-token", 401)
    valid = source.values("token")
    matches = [same_secret(token, valid) for token in given]
    if not any(matches):
        raise Forged("wrong-token", 403)


def require_signature(given: str, valid: tuple[str, ...]) -> None:
    """Let pass if the given text is one of the signatures that the body may have.

    Raises:
        Forged: ``unsigned`` or ``wrong-signature``; always 403.
    """
    if not given:
        raise Forged("unsigned")
    if not same_secret(given, valid):
        raise Forged("wrong-signature")


class UrlTokenProvider(GateProvider):
    """A sender whose only proof is the token in its URL: a path segment, or the parameter ``token``."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the token in the URL.

        Raises:
            Forged: ``no-token`` (401) or ``wrong-token`` (403).
        """
        require_token(url_tokens(webhook, TOKEN_PARAMETERS), source)
        return without_url_tokens(webhook, TOKEN_PARAMETERS)


class HeaderSecretProvider(GateProvider):
    """A sender that repeats in a header the ``secret`` which it was given when the URL was registered."""

    header: ClassVar[str]
    """The header's name in lower case."""

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the header; the gate stores none of them.

        Raises:
            Forged: ``no-secret`` (401) or ``wrong-secret`` (403).
        """
        given = webhook.headers.get(self.header, "")
        if not given:
            raise Forged("no-secret", 401)
        if not same_secret(given, source.values("secret")):
            raise Forged("wrong-secret")
        return webhook
