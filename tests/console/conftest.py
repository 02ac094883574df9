"""The console of the world's shop, without a server: what each role sees and may do.

Who posts a form brings its token, as a browser does; :class:`Visitor` sees to that.
"""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chalicelib.console.access import sessions
from chalicelib.console.settings import ConsoleSettings
from chalicelib.console.wiring import console_of
from tests.world import World

PASSWORD = "correct horse battery"
# With little cost: each test that tries the password would wait for the real one.
PASSWORD_HASH = "scrypt:4096:1:1:c2FsdA==:-Nffn-roC0CBN5SVFTAkWYrY0BAyMpGkcZrPfFazrI4="
VIEWER, OPERATOR, ADMINISTRATOR = "Вера", "Олег", "Алла"


def console_settings(**changes: Any) -> ConsoleSettings:
    table = {
        "session_key": "k" * 40,
        "users": [
            {"name": VIEWER, "role": "viewer", "password_hash": PASSWORD_HASH},
            {"name": OPERATOR, "role": "operator", "password_hash": PASSWORD_HASH},
            {"name": ADMINISTRATOR, "role": "administrator", "password_hash": PASSWORD_HASH},
        ],
    }
    return ConsoleSettings.model_validate({**table, **changes})


class Visitor(FlaskClient):
    """A browser: what it posts has the token of the form."""

    def post(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.session_transaction(base_url=kwargs.get("base_url")) as session:
            token = session.setdefault(sessions.CSRF_FIELD, "t" * 43)
        kwargs["data"] = {sessions.CSRF_FIELD: token, **(kwargs.get("data") or {})}
        return super().post(*args, **kwargs)


@pytest.fixture
def console(world: World) -> Flask:
    return console_in(world)


@pytest.fixture
def visitor(console: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return console.test_client()


@pytest.fixture
def viewer(console: Flask, world: World) -> FlaskClient:
    return signed_in(console, world, VIEWER)


@pytest.fixture
def operator(console: Flask, world: World) -> FlaskClient:
    return signed_in(console, world, OPERATOR)


@pytest.fixture
def administrator(console: Flask, world: World) -> FlaskClient:
    return signed_in(console, world, ADMINISTRATOR)


def console_in(world: World, settings: ConsoleSettings | None = None) -> Flask:
    """The console of a world, on either engine."""
    shop = world.application.shop.model_copy(update={"console": settings or console_settings()})
    console = console_of(replace(world.application, shop=shop))
    console.test_client_class = Visitor
    return console


def signed_in(
    console: Flask, world: World, name: str, settings: ConsoleSettings | None = None
) -> FlaskClient:
    """A browser with this user's session."""
    settings = settings or console_settings()
    user = settings.user(name)
    assert user is not None
    client = console.test_client()
    with client.session_transaction() as session:
        session.update(sessions.begun(user, settings, world.now))
    return client
