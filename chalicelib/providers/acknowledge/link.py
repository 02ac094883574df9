"""The signed end of a link to acknowledge: what it says, and that we said it. Standard library only."""

import base64
import binascii
import hashlib
import hmac

from chalicelib.gate.provider import same_secret

PURPOSE = b"leadkeeper-acknowledge:"
"""So that a signature made for anything else with the same secret proves nothing here."""


def signed(content: bytes, secret: str) -> str:
    """The content as it stands in a link, fit for a path."""
    return f"{_text(content)}.{_signature(content, secret)}"


def proven(link: str, secrets: tuple[str, ...]) -> bytes | None:
    """The content of a link that was signed with one of the secrets, else None."""
    content_text, _, signature = link.partition(".")
    try:
        content = base64.b64decode(_padded(content_text), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    valid = tuple(_signature(content, secret) for secret in secrets if secret)
    return content if same_secret(signature, valid) else None


def _signature(content: bytes, secret: str) -> str:
    return _text(hmac.new(secret.encode(), PURPOSE + content, hashlib.sha256).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _padded(text: str) -> bytes:
    # A path may be decoded to half a surrogate pair: no base64, and no ASCII either.
    return (text + "=" * (-len(text) % 4)).encode("ascii")
