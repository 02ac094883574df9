"""Proof that a form comes from Twilio: ``X-Twilio-Signature``, shared by all of its products.

Facts: Twilio's page "Webhooks security" and its own libraries. The signature covers the public URL that was
entered at Twilio and each field of the form, blank ones too. A Lambda sees neither host nor stage of that
URL, so it stands in the source's settings. A query is not signed here: enter the URL without one.
"""

import base64
import hmac
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from chalicelib.gate.form import Unparsable, form_pairs
from chalicelib.gate.provider import Forged, Source, same_secret
from chalicelib.gate.webhook import Webhook

HEADER = "x-twilio-signature"
STANDARD_PORTS = {"https": 443, "http": 80}


def require_signature(webhook: Webhook, source: Source) -> None:
    """Let pass if Twilio signed the form with an ``auth_token`` of the source, for its ``url``.

    Both settings may be lists: two tokens while one is replaced, two URLs while a shop moves. What the
    request's path has after the source's name is added to the URL.

    Raises:
        Forged: ``unsigned``, ``too-many-fields`` or ``wrong-signature``; always 403.
    """
    given = webhook.headers.get(HEADER, "")
    if not given:
        raise Forged("unsigned")
    try:
        pairs = form_pairs(webhook.body)
    except Unparsable as error:
        raise Forged(str(error)) from None
    end = "".join(f"/{quote(segment, safe='', errors='replace')}" for segment in webhook.path)
    valid = tuple(
        signature(token, variant, pairs)
        for token in source.values("auth_token")
        for url in source.values("url")
        for variant in _with_and_without_port(f"{url.rstrip('/')}{end}")
    )
    if not same_secret(given, valid):
        raise Forged("wrong-signature")


def signature(token: str, url: str, pairs: Iterable[tuple[bytes, bytes]]) -> str:
    """What Twilio sends for this URL and the decoded fields of a form.

    Names are sorted by their bytes; of a name that occurs more than once, the distinct values are sorted.
    """
    signed = url.encode() + b"".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(token.encode(), signed, "sha1")).decode()


def _with_and_without_port(url: str) -> tuple[str, str]:
    """Twilio is not consistent about the port, so its own libraries accept both."""
    parts = urlsplit(url)
    host, _, port = parts.netloc.partition(":")
    port = port or str(STANDARD_PORTS.get(parts.scheme, ""))
    return parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()
