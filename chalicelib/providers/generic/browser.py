"""What a visitor's browser needs, where a page posts straight to us.

Facts: the Fetch standard (fetch.spec.whatwg.org), "CORS protocol". A browser says in ``Origin`` on whose page
it is. Before a script may post JSON to another host, it asks that host by OPTIONS (a preflight).
"""

from dataclasses import replace

from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.webhook import Webhook

NOT_TOLD = frozenset({"", "null"})
"""A program sends no ``Origin``; a browser that must not tell sends ``null``."""

PREFLIGHT_HOLDS_SECONDS = 7200
"""Chromium believes no answer for longer."""

SENT = "Спасибо, заявка отправлена.\nThank you, it was sent.\n"
NOT_SENT = (
    "Не получилось отправить заявку. Попробуйте ещё раз через минуту или позвоните нам.\n"
    "It was not sent. Please try again in a minute, or phone us.\n"
)
SEE_OTHER = 303
MISTAKE = 400


def origins_of(source: Source) -> tuple[str, ...]:
    """The origins whose pages may post, as browsers write them."""
    return tuple(map(as_browsers_write, source.values("origins")))


def as_browsers_write(origin: str) -> str:
    """In lower case, and a Cyrillic host in its ASCII form.

    Raises:
        UnicodeError: the host can be no host.
    """
    scheme, separator, host = origin.lower().partition("://")
    return scheme + separator + (host if host.isascii() else host.encode("idna").decode())


def is_of_another_page(webhook: Webhook, source: Source) -> bool:
    """Whether a browser says that it is on a page which may not post."""
    origin = webhook.headers.get("origin", "")
    origins = origins_of(source)
    return bool(origins) and origin not in NOT_TOLD and origin not in origins


def is_preflight(webhook: Webhook, source: Source) -> bool:
    """Whether a browser asks if a page may post, and it may."""
    return webhook.method == "OPTIONS" and webhook.headers.get("origin", "") in origins_of(source)


def with_permission(reply: Reply, webhook: Webhook, source: Source) -> Reply:
    """Let the page's script read the reply; to a preflight, tell what it may send."""
    origins = origins_of(source)
    if not origins:
        return reply
    headers = [("Vary", "Origin")]
    origin = webhook.headers.get("origin", "")
    if origin in origins:
        headers.append(("Access-Control-Allow-Origin", origin))
        if webhook.method == "OPTIONS":
            allowed = ", ".join(("Content-Type", *source.values("token_header")))
            headers += [
                ("Access-Control-Allow-Methods", "POST"),
                ("Access-Control-Allow-Headers", allowed),
                ("Access-Control-Max-Age", str(PREFLIGHT_HOLDS_SECONDS)),
            ]
    return replace(reply, headers=(*reply.headers, *headers))


def as_page(reply: Reply, webhook: Webhook, source: Source) -> Reply:
    """What a visitor sees who sent a plain form, without any script: the page ``thanks``, or a sentence.

    The address comes from the settings alone, whatever the form says.
    """
    thanks = source.values("thanks")
    is_for_visitors = bool(thanks or source.values("origins"))
    if not is_for_visitors or "text/html" not in webhook.headers.get("accept", ""):
        return reply
    if reply.status >= MISTAKE:
        return replace(reply, body=f"{NOT_SENT}({reply.body})\n")
    if not thanks:
        return replace(reply, body=SENT)
    return replace(reply, status=SEE_OTHER, headers=(*reply.headers, ("Location", thanks[0])))
