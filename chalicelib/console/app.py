"""Put the console together."""

import logging
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from flask import Flask, g, redirect, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.wrappers import Response

from chalicelib import __version__
from chalicelib.console.access import guard, headers
from chalicelib.console.addresses import PREFIX, own_address
from chalicelib.console.charts import COUNT
from chalicelib.console.formats import whole_percent
from chalicelib.console.language import COOKIE, COOKIE_SECONDS, chosen_language
from chalicelib.console.pages import AT_THE_ROOT, BLUEPRINTS, MENU
from chalicelib.console.parts import EXTENSION, ConsoleParts, parts
from chalicelib.console.words import LANGUAGES, counted, word
from chalicelib.errors import LeadkeeperError
from chalicelib.logs import masked
from chalicelib.texts.filters import Filter, filters

STATIC = Path(__file__).parent / "static"
MAX_FORM_BYTES = 1024 * 1024
Filters = Mapping[str, Mapping[str, Filter]]
OWN_ERRORS = (400, 403, 404, 405, 413)
"""The errors that have words of their own; each other one is told as 500."""

log = logging.getLogger(__name__)


def create_console(console: ConsoleParts) -> Flask:
    """The console of one shop, a WSGI application under ``/console``."""
    app = Flask(__name__, static_url_path=f"{PREFIX}/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.extensions[EXTENSION] = console
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _teach_templates(app, console)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix=PREFIX)
    for blueprint in AT_THE_ROOT:
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "root", lambda: redirect(url_for("today.show")))
    app.add_url_rule(f"{PREFIX}/language", "language", _switch_language, methods=["POST"])
    app.before_request(_choose_language)
    guard.install(app, console.settings)
    app.after_request(headers.secure)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(LeadkeeperError, _own_error)
    app.register_error_handler(Exception, _failure)
    return app


def _teach_templates(app: Flask, console: ConsoleParts) -> None:
    """Give templates the words, the ways to write moments and money, and the menu."""
    by_language = {language: filters(language, console.zone) for language in LANGUAGES}
    for name in by_language["en"]:
        app.jinja_env.filters[name] = _in_language(by_language, name)
    app.jinja_env.filters["counted"] = COUNT.say
    app.jinja_env.filters["whole_percent"] = lambda share: whole_percent(share, g.language)
    style = sha256((STATIC / "console.css").read_bytes()).hexdigest()[:8]
    app.jinja_env.globals.update(
        t=lambda key, **values: word(g.language, key, **values),
        tn=lambda key, count, **values: counted(g.language, key, count, **values),
        languages=LANGUAGES,
        menu=MENU,
        shop=console.shop.shop,
        style_version=style,
        version=__version__,
    )
    app.context_processor(lambda: {"language": g.language, "now": console.clock()})


def _in_language(by_language: Filters, name: str) -> Filter:
    """A filter as who reads the page wants it."""

    def written(*values: object, **options: object) -> str:
        return by_language[g.language][name](*values, **options)

    return written


def _choose_language() -> None:
    g.language = chosen_language(request.cookies.get(COOKIE, ""), parts().shop)


def _switch_language() -> Response:
    """Remember the language of this browser, and go back to the page."""
    language, back = request.form.get("language", ""), request.form.get("back", "")
    answer = redirect(own_address(back, url_for("today.show")), code=303)
    if language in LANGUAGES:
        answer.set_cookie(
            COOKIE, language, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return answer


def _http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400:  # noqa: PLR2004 -- redirects come this way, too
        return error
    if isinstance(error, BadHost):  # Without a host there are no addresses, which our own page has.
        return error
    name = error.code if error.code in OWN_ERRORS else 500
    return _error_page(str(name), ""), error.code


def _own_error(error: LeadkeeperError) -> tuple[str, int]:
    """Something outside, such as the CRM, does not answer: the page says so, the others go on."""
    log.warning("a page could not be made", extra={"page": request.endpoint, "reason": error.reason})
    return _error_page("503", masked(str(error))), 503


def _failure(error: Exception) -> tuple[str, int]:
    log.error("a page failed", extra={"page": request.endpoint}, exc_info=error)
    return _error_page("500", ""), 500


def _error_page(name: str, detail: str) -> str:
    if "language" not in g:
        _choose_language()
    return render_template("error.html", name=name, detail=detail)
