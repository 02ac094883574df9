"""Sign in and out."""

import logging

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from chalicelib.console.access import sessions
from chalicelib.console.access.browsers import known_browser, remember_browser
from chalicelib.console.access.guard import audit, needs, public, record
from chalicelib.console.access.roles import Role
from chalicelib.console.access.signing_in import Attempt, try_to_sign_in
from chalicelib.console.addresses import own_address
from chalicelib.console.parts import parts
from chalicelib.console.settings import ConsoleUser

page = Blueprint("sign_in", __name__)
log = logging.getLogger(__name__)


@page.get("/sign-in")
@public
def show() -> str:
    """Ask for name and password."""
    return _form(back=request.args.get("back", ""))


@page.post("/sign-in")
@public
def sign_in() -> Response | tuple[str, int]:
    """Let somebody in, or say that it is wrong."""
    name, back = request.form.get("name", ""), request.form.get("back", "")
    settings, now = parts().settings, parts().clock()
    attempt = Attempt(
        name=name,
        password=request.form.get("password", ""),
        address=request.remote_addr or "",
        browser=known_browser(settings, name),
    )
    outcome = try_to_sign_in(attempt, settings, parts().engine.documents, now)
    if outcome.wait:
        log.warning("too many attempts to sign in to the console", extra={"user": _known(name)})
        minutes = int(outcome.wait.total_seconds() // 60) + 1
        return _form(back, name, problem="wait", minutes=minutes), 429
    if outcome.user is None:
        log.warning("somebody could not sign in to the console", extra={"user": _known(name)})
        return _form(back, name, problem="wrong"), 403
    return _let_in(outcome.user, back)


@page.post("/sign-out")
@needs(Role.VIEWER)
def sign_out() -> Response:
    """End the session, also if that cannot be written down."""
    sessions.end()
    record("signed_out")
    return redirect(url_for("sign_in.show"), code=303)


def _let_in(user: ConsoleUser, back: str) -> Response:
    settings = parts().settings
    audit().record(user.name, "signed_in")
    sessions.begin(user, settings, parts().clock())
    answer = redirect(own_address(back, url_for("today.show")), code=303)
    remember_browser(answer, settings, user.name)
    return answer


def _known(name: str) -> str:
    """For the log: only a name that there is. Something else may be a password in the wrong field."""
    user = parts().settings.user(name)
    return user.name if user is not None else ""


def _form(back: str, name: str = "", problem: str = "", minutes: int = 0) -> str:
    return render_template(
        "sign_in.html",
        back=back,
        name=name,
        problem=problem,
        minutes=minutes,
        is_unencrypted=sessions.is_secure() and not request.is_secure,
        is_locked=parts().settings.is_locked,
    )
