"""Proof that a webhook comes from Meta, shared by all of its products: WhatsApp, pages, Instagram.

Facts: Meta's page "Webhooks: getting started". A GET proves by our own token that the URL is ours, and wants
its challenge back. A POST is signed over the bytes of its body alone: so path and query prove nothing, and
are dropped.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, same_secret
from chalicelib.gate.tokens import require_signature
from chalicelib.gate.webhook import Webhook

HEADER = "x-hub-signature-256"


class MetaProvider(GateProvider):
    """A product of Meta's at the door; a subclass says what it tells, and when that is a repeat."""

    methods = frozenset({"GET", "POST"})

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Echo the challenge to whoever knows the ``verify_token``: Meta asks while the URL is entered."""
        query = webhook.query
        if webhook.method != "GET" or query.get("hub.mode") != "subscribe":
            return None
        is_ours = same_secret(query.get("hub.verify_token", ""), source.values("verify_token"))
        return Reply(200, query.get("hub.challenge", "")) if is_ours else None

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Check the signature over the body with an ``app_secret`` of the source.

        Raises:
            Forged: ``wrong-verify-token``, ``unsigned`` or ``wrong-signature``; always 403.
        """
        if webhook.method == "GET":
            raise Forged("wrong-verify-token")
        valid = tuple(signature(webhook.body, secret) for secret in source.values("app_secret"))
        require_signature(webhook.headers.get(HEADER, ""), valid)
        return replace(webhook, path=(), query={})


def signature(body: bytes, secret: str) -> str:
    """What Meta sends in ``X-Hub-Signature-256`` for this body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def changes(body: bytes, field: str) -> list[object]:
    """What changed in this field: one webhook may tell of several entries with several changes each.

    Raises:
        Unparsable: ``wrong-encoding``, ``broken-json``, or ``unexpected-content``: it is no such list.
    """
    content = json_value(body)
    if not isinstance(content, Mapping) or not content.get("entry"):
        raise Unparsable("unexpected-content")
    return [
        change.get("value")
        for entry in mappings(content["entry"])
        for change in mappings(entry.get("changes"))
        if change.get("field") == field
    ]


def mappings(value: object) -> list[Mapping[str, object]]:
    """A list of JSON objects; empty if it is absent or blank.

    Raises:
        Unparsable: ``unexpected-content``: it is something else.
    """
    if value in (None, "", {}):
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Unparsable("unexpected-content")
    return value
