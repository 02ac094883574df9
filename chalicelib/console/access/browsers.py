"""Browsers that have signed in before: a signed cookie, so that nobody else's attempts count for them."""

from datetime import timedelta
from secrets import token_hex

from flask import request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from chalicelib.console.access.sessions import is_secure
from chalicelib.console.settings import ConsoleSettings, comparable

COOKIE = "leadkeeper-browser"
KNOWN_FOR = timedelta(days=180)
ID_BYTES = 8


def known_browser(settings: ConsoleSettings, name: str) -> str:
    """The id of the browser that asks, if it has signed in under this name before; else empty."""
    try:
        signed_name, browser = _signer(settings).loads(
            request.cookies.get(COOKIE, ""), max_age=int(KNOWN_FOR.total_seconds())
        )
    except (BadSignature, ValueError):
        return ""
    return str(browser) if signed_name == comparable(name) else ""


def remember_browser(answer: Response, settings: ConsoleSettings, name: str) -> None:
    """Let the browser that has just signed in be known."""
    browser = known_browser(settings, name) or token_hex(ID_BYTES)
    answer.set_cookie(
        COOKIE,
        str(_signer(settings).dumps([comparable(name), browser])),
        max_age=KNOWN_FOR,
        httponly=True,
        samesite="Lax",
        secure=is_secure(),
    )


def _signer(settings: ConsoleSettings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.session_key.get_secret_value(), salt="browser")
