"""On AWS the console alone knows who may sign in; the workers know the rest of the table."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from chalicelib.bootstrap import AwsHost, sqlite_engine
from chalicelib.clock import system_clock
from chalicelib.console.settings import ConsoleSettings
from chalicelib.errors import ConfigurationError
from chalicelib.secret_store import SecretStore
from tests.console.conftest import PASSWORD_HASH

SHOP = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "https://tents.example"
api_key = "env:CRM_KEY"

[console]
session_key = "env:SESSION_KEY"
session_length = "1h"

[[console.users]]
name = "anna"
role = "viewer"
password_hash = "env:ANNA"

[[people]]
name = "Анна"
crm_user = 1
"""


def console_with(folder: Path, secrets: Mapping[str, str]) -> ConsoleSettings:
    (folder / "shop.toml").write_text(SHOP, "utf-8")
    environment = {"LEADKEEPER_SHOP": str(folder / "shop.toml"), **secrets}
    store = SecretStore(environment, str, system_clock)
    engine = sqlite_engine(folder)
    try:
        settings = AwsHost(store, engine, system_clock).application().shop.console
    finally:
        engine.close()
    assert settings is not None
    return settings


def test_a_worker_works_without_them(tmp_path: Path) -> None:
    settings = console_with(tmp_path, {"CRM_KEY": "k1"})
    assert settings.session_length.total_seconds() == 3600
    assert settings.is_locked
    assert not settings.lets_in(settings.users[0])


def test_the_console_lets_in_who_has_them(tmp_path: Path) -> None:
    secrets = {"CRM_KEY": "k1", "SESSION_KEY": "k" * 40, "ANNA": PASSWORD_HASH}
    settings = console_with(tmp_path, secrets)
    assert settings.lets_in(settings.users[0])


@pytest.mark.parametrize("secrets", [{"SESSION_KEY": "k" * 40, "ANNA": PASSWORD_HASH}, {"CRM_KEY": ""}])
def test_nothing_else_may_be_missing(tmp_path: Path, secrets: Mapping[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="CRM_KEY"):
        console_with(tmp_path, secrets)
