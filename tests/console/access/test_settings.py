import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.console.access.roles import Role, User
from chalicelib.errors import ConfigurationError
from tests.console.conftest import PASSWORD_HASH, VIEWER, console_settings
from tests.world import example_shop

HEAVY = """
import sys
import chalicelib.bootstrap, chalicelib.validation, chalicelib.functions
assert "chalicelib.console.settings" in sys.modules
print(sorted(name for name in ("flask", "werkzeug", "itsdangerous") if name in sys.modules))
"""


def test_a_role_may_do_what_those_below_it_may() -> None:
    assert [role for role in Role if Role.OPERATOR.includes(role)] == [Role.VIEWER, Role.OPERATOR]
    assert User("Олег", Role.OPERATOR).may("viewer")
    assert not User("Олег", Role.OPERATOR).may("administrator")


def test_a_name_is_found_however_it_is_typed() -> None:
    user = console_settings().user(f"  {VIEWER.upper()} ")
    assert user is not None
    assert user.user == User(VIEWER, Role.VIEWER)
    assert console_settings().user("nobody") is None
    assert console_settings().user("") is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"session_key": "short"}, "too short"),
        ({"users": []}, "at least one user"),
        ({"users": [{"name": " ", "role": "viewer", "password_hash": PASSWORD_HASH}]}, "at least 1 char"),
        ({"session_length": "31d"}, "less than or equal to 30 days"),
        ({"session_length": "1m"}, "greater than or equal to 5 minutes"),
        ({"users": [{"name": "a", "role": "boss", "password_hash": PASSWORD_HASH}]}, "'administrator'"),
        ({"users": [{"name": "a", "role": "viewer", "password_hash": "secret-one"}]}, "no hash"),
        ({"users": [{"name": "a", "role": "viewer", "password_hash": ""}]}, "no hash"),
        (
            {
                "users": [
                    {"name": "Anna", "role": "viewer", "password_hash": PASSWORD_HASH},
                    {"name": "anna", "role": "viewer", "password_hash": PASSWORD_HASH},
                ]
            },
            "same name",
        ),
    ],
)
def test_what_is_wrong_is_told_without_the_secret(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as caught:
        console_settings(**changes)
    assert "secret-one" not in str(caught.value)
    assert "short'" not in str(caught.value)
    assert caught.value.error_count() == 1


def test_secrets_are_not_shown_with_the_settings() -> None:
    assert PASSWORD_HASH not in repr(console_settings())
    assert "k" * 40 not in repr(console_settings())


def test_who_is_locked_has_no_hash() -> None:
    locked = [{"name": "a", "role": "viewer", "password_hash": "locked"}]
    user = console_settings(users=locked).users[0]
    assert user.known_hash is None
    assert not console_settings(users=locked).lets_in(user)
    assert not console_settings(session_key="locked").lets_in(console_settings().users[0])


def test_without_the_console_nothing_of_flask_is_loaded() -> None:
    run = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_table_is_checked_with_the_rest_of_the_shop_file() -> None:
    with pytest.raises(ConfigurationError) as caught:
        example_shop(console={"session_key": "k" * 40, "users": [{"name": "a", "role": "viewer"}]})
    assert caught.value.key == "console.users.0.password_hash"
