"""Sessions: a signed cookie that says who signed in, and the token that each form must bring.

The cookie can be read by who has it, so it holds no secret. It is Flask's own, signed with ``session_key``.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from secrets import token_urlsafe
from urllib.parse import urlsplit

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface

from chalicelib.console.access.roles import User
from chalicelib.console.settings import ConsoleSettings, ConsoleUser

COOKIE = "leadkeeper"
CSRF_FIELD = "csrf"
NAME, PROOF, ENDS_AT = "name", "proof", "ends_at"


class Cookies(SecureCookieSessionInterface):
    """Flask's session, whose cookie travels encrypted alone, unless the browser is on this machine."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """True unless the console was asked for at a loopback address, as ``make run`` serves it."""
        del app
        return is_secure()


def is_secure() -> bool:
    """True if a cookie must travel encrypted alone."""
    return request.is_secure or not _is_loopback(urlsplit(f"//{request.host}").hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def use_sessions(app: Flask, settings: ConsoleSettings) -> None:
    """Let an application sign its sessions."""
    app.session_interface = Cookies()
    app.secret_key = settings.session_key.get_secret_value()
    app.config.update(SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")


def begin(user: ConsoleUser, settings: ConsoleSettings, now: datetime) -> None:
    """Sign somebody in. Nothing of the session before is kept."""
    session.clear()
    session.update(begun(user, settings, now))


def begun(user: ConsoleUser, settings: ConsoleSettings, now: datetime) -> Mapping[str, str]:
    """What a new session holds."""
    ends_at = now + settings.session_length
    return {NAME: user.name, PROOF: _proof(user, settings), ENDS_AT: ends_at.isoformat()}


def end() -> None:
    """Sign out."""
    session.clear()


def signed_in(settings: ConsoleSettings, now: datetime) -> User | None:
    """Who is signed in. A session ends with its time, and as soon as the password or the key is another one.

    The role is what the shop file says now.
    """
    user = settings.user(session.get(NAME, ""))
    if user is None or not settings.lets_in(user) or not _is_in_time(now):
        return None
    is_theirs = hmac.compare_digest(session.get(PROOF, ""), _proof(user, settings))
    return user.user if is_theirs else None


def csrf_token() -> str:
    """What each form of this session must bring."""
    if CSRF_FIELD not in session:
        session[CSRF_FIELD] = token_urlsafe()
    token: str = session[CSRF_FIELD]
    return token


def brings_csrf_token() -> bool:
    """True if the form that was posted is one of ours."""
    known, brought = session.get(CSRF_FIELD, ""), request.form.get(CSRF_FIELD, "")
    return bool(known) and hmac.compare_digest(known.encode(), brought.encode("utf-8", "replace"))


def _is_in_time(now: datetime) -> bool:
    ends_at = session.get(ENDS_AT)
    return ends_at is not None and now < datetime.fromisoformat(ends_at)


def _proof(user: ConsoleUser, settings: ConsoleSettings) -> str:
    """Says which password the session began with, without telling anything of its hash."""
    key, text = settings.session_key.get_secret_value(), user.password_hash.get_secret_value()
    return hmac.new(key.encode(), f"session:{text}".encode(), sha256).hexdigest()
