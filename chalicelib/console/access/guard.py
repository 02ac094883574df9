"""What stands before each page: who may see it, and who may change something there.

Whoever is signed in may see what is asked for with GET, and an operator may do what is posted, unless the
view says otherwise::

    @page.post("/journal/<entry_id>/replay")
    @needs(Role.OPERATOR)
    def replay(entry_id: str) -> Response:
        record("replayed", entry_id)
        ...
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from chalicelib.console.access import sessions
from chalicelib.console.access.audit import Audit
from chalicelib.console.access.roles import Role, User
from chalicelib.console.parts import parts
from chalicelib.console.settings import ConsoleSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NEEDED = "needed_role"
PUBLIC = "public"
OPEN_ENDPOINTS = frozenset({"static", "language"})
"""Those that the page to sign in needs, too."""

View = TypeVar("View", bound=Callable[..., object])


def needs(role: Role) -> Callable[[View], View]:
    """Let a view be used by this role and those above it alone."""
    return lambda view: _marked(view, role)


def public(view: View) -> View:
    """Let everybody see a view, without signing in. What is posted still needs the token of our forms."""
    return _marked(view, PUBLIC)


def current_user() -> User:
    """Who asks. Not for public pages, where that may be nobody: there ``g.user`` is None then."""
    user: User | None = g.user
    return user if user is not None else abort(403)


def record(what: str, about: str = "") -> None:
    """Write into the audit trail that who asks does this: before it is done, as :class:`Audit` says."""
    audit().record(current_user().name, what, about)


def audit() -> Audit:
    """The audit trail of the shop whose console answers this request."""
    return Audit(parts().engine.documents, parts().clock)


def may_open(endpoint: str) -> bool:
    """True if who asks may see a page, so that nothing leads to one that they may not."""
    needed = _needed(endpoint, is_change=False)
    return needed is None or (g.user is not None and g.user.may(needed))


def install(app: Flask, settings: ConsoleSettings) -> None:
    """Put the guard before all pages of an application."""
    sessions.use_sessions(app, settings)
    app.before_request(_find_user)
    app.before_request(_let_in)
    app.jinja_env.globals.update(csrf_input=_csrf_input, may_open=may_open)
    app.context_processor(lambda: {"user": g.get("user")})


def _find_user() -> None:
    g.user = sessions.signed_in(parts().settings, parts().clock())


def _let_in() -> Response | None:
    """Nothing, or where to go instead."""
    if request.endpoint is None:
        return None
    is_change = request.method not in SAFE_METHODS
    needed = _needed(request.endpoint, is_change=is_change)
    if needed is not None and g.user is None:
        return redirect(url_for("sign_in.show", back="" if is_change else _asked_for()), code=303)
    if needed is not None and not g.user.may(needed):
        abort(403)
    if is_change and not sessions.brings_csrf_token():
        abort(400)
    return None


def _asked_for() -> str:
    return request.full_path if request.query_string else request.path


def _needed(endpoint: str, *, is_change: bool) -> Role | None:
    """Which role a page wants; None if everybody may see it."""
    if endpoint in OPEN_ENDPOINTS:
        return None
    marked: Role | str | None = getattr(current_app.view_functions[endpoint], NEEDED, None)
    if marked is None:
        return Role.OPERATOR if is_change else Role.VIEWER
    return None if marked == PUBLIC else Role(marked)


def _marked(view: View, who: str) -> View:
    setattr(view, NEEDED, who)
    return view


def _csrf_input() -> Markup:
    """The hidden field that each form that is posted must have."""
    template = '<input type="hidden" name="{}" value="{}">'
    return Markup(template).format(sessions.CSRF_FIELD, sessions.csrf_token())  # noqa: S704 -- our own text
