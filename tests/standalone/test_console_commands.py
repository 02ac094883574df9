"""Secrets for the console, as who sets it up makes them."""

import pytest
from click.testing import CliRunner

from chalicelib import shopfile
from chalicelib.console.access.passwords import PasswordHash, matches
from chalicelib.console.access.signing_in import Attempt, try_to_sign_in
from chalicelib.console.settings import ConsoleSettings
from chalicelib.validation import validate
from standalone.cli import main
from standalone.one_time_password import set_one_time_password, sign_in_hint
from tests.world import World

USER = "owner"
"""Whom the example shop lets in."""

PASSWORD = "correct horse battery"


def test_a_password_is_asked_for_twice_and_its_hash_printed() -> None:
    done = CliRunner().invoke(main, ["console", "password"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert matches(PASSWORD, PasswordHash.parse(done.stdout.strip()))


def test_two_hashes_of_one_password_differ() -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    one, other = (CliRunner().invoke(main, ["console", "password"], input=typed).stdout for _ in range(2))
    assert one != other


@pytest.mark.parametrize(
    "typed", [f"{PASSWORD}\nanother one here\n", "short\nshort\n", "x" * 201 + "\n" + "x" * 201 + "\n"]
)
def test_a_mistyped_or_short_password_makes_no_hash(typed: str) -> None:
    done = CliRunner().invoke(main, ["console", "password"], input=typed)
    assert done.exit_code != 0
    assert "scrypt" not in done.output
    assert PASSWORD not in done.output


def test_a_key_is_new_each_time_and_long_enough_for_the_shop_file() -> None:
    keys = {CliRunner().invoke(main, ["console", "key"]).stdout.strip() for _ in range(2)}
    assert len(keys) == 2
    user = {"name": "a", "role": "viewer", "password_hash": "locked"}
    for key in keys:
        assert not ConsoleSettings.model_validate({"session_key": key, "users": [user]}).is_locked


def test_a_run_of_the_example_shop_has_a_password_of_its_own(world: World) -> None:
    environment: dict[str, str] = {}
    password = set_one_time_password(environment)
    assert password not in str(environment)
    settings = validate(shopfile.load(environment)).console
    assert settings is not None
    attempt = Attempt(USER, password, "127.0.0.1")
    outcome = try_to_sign_in(attempt, settings, world.engine.documents, world.now)
    assert outcome.user is not None
    assert outcome.user.role == "administrator"
    assert f"name {USER}, password {password}" in sign_in_hint(settings, password)
    assert sign_in_hint(settings, "") == sign_in_hint(settings, "of another shop") == ""
    assert set_one_time_password({}) != password


def test_a_password_of_ones_own_stays() -> None:
    environment = {"CONSOLE_OWNER_PASSWORD": "a hash"}
    assert set_one_time_password(environment) == ""
    assert environment == {"CONSOLE_OWNER_PASSWORD": "a hash"}


def test_without_it_nobody_gets_into_the_example_shop(world: World) -> None:
    settings = world.shop.console
    assert settings is not None
    assert settings.is_locked
    for password in ("locked", "", "sandbox"):
        attempt = Attempt(USER, password, "127.0.0.1")
        assert try_to_sign_in(attempt, settings, world.engine.documents, world.now).user is None
