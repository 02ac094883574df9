"""The console of the world's shop, without a server: what each role sees and may do."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chalicelib.console.wiring import console_of
from tests.world import World


@pytest.fixture
def console(world: World) -> Flask:
    return console_of(world.application)


@pytest.fixture
def operator(console: Flask) -> FlaskClient:
    return console.test_client()
