import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner, Result
from moto import mock_aws

from chalicelib.clock import system_clock
from chalicelib.errors import ConfigurationError
from chalicelib.secret_store import SecretStore
from standalone.cli import main
from standalone.secrets_command import Parameters

SHOP = """
[crm]
url = "https://example.retailcrm.ru"
api_key = "env:RETAILCRM_API_KEY"

[sources.tilda]
provider = "tilda"
token = ["env:TILDA_TOKEN", "env:TILDA_TOKEN_OLD"]
"""
VALUES = {"RETAILCRM_API_KEY": "crm-s3cret", "TILDA_TOKEN": "new-s3cret", "TILDA_TOKEN_OLD": "old-s3cret"}
GATE = {"TILDA_TOKEN": "new-s3cret", "TILDA_TOKEN_OLD": "old-s3cret"}


@pytest.fixture(autouse=True)
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)
    Path("shop.toml").write_text(SHOP, "utf-8")
    with mock_aws():
        yield boto3.client("ssm")


@pytest.fixture
def in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)


def leadkeeper(*arguments: str, typed: str = "") -> Result:
    """Run a command; whatever it does, it shows no value."""
    done = CliRunner().invoke(main, ["secrets", *arguments], input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "s3cret" not in done.output
    return done


def stored(ssm: Any, function: str) -> Any:
    parameter = ssm.get_parameter(Name=f"/leadkeeper/dev/{function}", WithDecryption=True)["Parameter"]
    assert parameter["Type"] == "SecureString"
    return json.loads(parameter["Value"])


def store(ssm: Any, function: str, text: str) -> None:
    ssm.put_parameter(Name=f"/leadkeeper/dev/{function}", Type="SecureString", Value=text)


@pytest.mark.usefixtures("in_environment")
def test_each_function_gets_what_it_needs_and_no_more(ssm: Any) -> None:
    done = leadkeeper("put", "dev")
    assert done.exit_code == 0
    assert stored(ssm, "gate") == GATE
    assert stored(ssm, "worker") == stored(ssm, "console") == VALUES
    assert "/leadkeeper/dev/gate: added TILDA_TOKEN, TILDA_TOKEN_OLD\n" in done.stdout


@pytest.mark.usefixtures("in_environment")
def test_what_is_there_stays_when_the_missing_is_put(ssm: Any) -> None:
    store(ssm, "gate", '{"TILDA_TOKEN": "kept", "OTHER": "kept too"}')
    assert leadkeeper("put", "dev", "gate").exit_code == 0
    assert stored(ssm, "gate") == {
        "TILDA_TOKEN": "kept",
        "TILDA_TOKEN_OLD": "old-s3cret",
        "OTHER": "kept too",
    }
    done = leadkeeper("put", "dev", "gate")
    assert done.stdout == "/leadkeeper/dev/gate: nothing to change\n"


def test_what_is_nowhere_is_named(ssm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILDA_TOKEN", "new-s3cret")
    done = leadkeeper("put", "dev")
    assert done.exit_code == 1
    assert "still missing, because not in the environment: RETAILCRM_API_KEY, TILDA_TOKEN_OLD" in done.stderr
    assert stored(ssm, "gate") == {"TILDA_TOKEN": "new-s3cret"}


@pytest.mark.usefixtures("in_environment")
def test_single_names_are_merged_and_changed(ssm: Any) -> None:
    store(ssm, "worker", '{"TILDA_TOKEN": "before", "OTHER": "kept"}')
    done = leadkeeper("put", "dev", "worker", "TILDA_TOKEN", "RETAILCRM_API_KEY")
    assert stored(ssm, "worker") == {
        "TILDA_TOKEN": "new-s3cret",
        "RETAILCRM_API_KEY": "crm-s3cret",
        "OTHER": "kept",
    }
    assert done.stdout == (
        "/leadkeeper/dev/worker: added RETAILCRM_API_KEY\n/leadkeeper/dev/worker: changed TILDA_TOKEN\n"
    )


def test_a_value_that_is_not_in_the_environment_is_asked_for_once_without_echo(ssm: Any) -> None:
    done = leadkeeper("put", "dev", "all", "TILDA_TOKEN", typed="typed-s3cret\n")
    assert done.exit_code == 0
    assert done.stderr.count("TILDA_TOKEN: ") == 1
    for function in ("gate", "worker", "console"):
        assert stored(ssm, function) == {"TILDA_TOKEN": "typed-s3cret"}


def test_all_means_each_function_that_needs_it(ssm: Any) -> None:
    leadkeeper("put", "dev", "all", "RETAILCRM_API_KEY", typed="typed-s3cret\n")
    assert stored(ssm, "worker") == stored(ssm, "console") == {"RETAILCRM_API_KEY": "typed-s3cret"}
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        stored(ssm, "gate")


def test_a_misspelt_name_is_refused_before_anything_is_asked() -> None:
    done = leadkeeper("put", "dev", "all", "TILDA_TOKN")
    assert done.exit_code == 2
    assert "TILDA_TOKN: the shop file does not refer to it" in done.stderr


@pytest.mark.usefixtures("in_environment")
def test_an_old_secret_is_removed_where_it_is(ssm: Any) -> None:
    leadkeeper("put", "dev")
    done = leadkeeper("remove", "dev", "all", "TILDA_TOKEN_OLD")
    assert stored(ssm, "gate") == {"TILDA_TOKEN": "new-s3cret"}
    assert "TILDA_TOKEN_OLD" not in stored(ssm, "worker")
    assert "/leadkeeper/dev/console: removed TILDA_TOKEN_OLD" in done.stdout
    again = leadkeeper("remove", "dev", "gate", "TILDA_TOKEN_OLD")
    assert again.stdout == "/leadkeeper/dev/gate: has none of them\n"


def test_list_shows_names_and_moments(ssm: Any) -> None:
    store(ssm, "gate", json.dumps({"TILDA_TOKEN": "new-s3cret"}))
    lines = leadkeeper("list", "dev").stdout.splitlines()
    assert lines[0].startswith("/leadkeeper/dev/gate  changed 20")
    assert lines[1:3] == ["  has      TILDA_TOKEN", "  missing  TILDA_TOKEN_OLD"]
    assert lines[3] == "/leadkeeper/dev/worker  not there yet"
    assert lines[5] == "  missing  RETAILCRM_API_KEY, TILDA_TOKEN, TILDA_TOKEN_OLD"


@pytest.mark.usefixtures("in_environment")
def test_the_functions_read_what_was_put(ssm: Any) -> None:
    leadkeeper("put", "dev")

    def read(name: str) -> str:
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])

    environment = {"LEADKEEPER_SECRETS": "/leadkeeper/dev/worker"}
    assert SecretStore(environment, read, system_clock).current() == {**environment, **VALUES}


@pytest.mark.parametrize("text", ["no JSON s3cret", '["s3cret"]', '{"TILDA_TOKEN": 1}'])
@pytest.mark.usefixtures("in_environment")
def test_a_parameter_with_something_else_is_left_alone(ssm: Any, text: str) -> None:
    store(ssm, "gate", text)
    done = leadkeeper("put", "dev", "gate", "TILDA_TOKEN")
    assert done.exit_code == 2
    assert "/leadkeeper/dev/gate: it is no JSON object" in done.stderr
    parameter = ssm.get_parameter(Name="/leadkeeper/dev/gate", WithDecryption=True)["Parameter"]
    assert parameter["Value"] == text


def test_a_value_that_aws_refuses_is_not_repeated(ssm: Any) -> None:
    with Stubber(ssm) as stubber:
        stubber.add_client_error("put_parameter", "ValidationException", "Value 's3cret' is too long")
        with pytest.raises(ConfigurationError) as refused:
            Parameters(ssm, "dev").write("gate", {"TILDA_TOKEN": "s3cret"})
    assert "/leadkeeper/dev/gate: AWS answers ValidationException" in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("stage", ["Prod", "../dev", "dev/gate"])
def test_a_stage_that_cannot_be_is_refused(stage: str) -> None:
    assert "is no stage" in leadkeeper("list", stage).stderr


def test_without_a_region_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    done = leadkeeper("list", "dev")
    assert done.exit_code == 2
    assert "You must specify a region" in done.stderr


def test_without_boto3_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    done = leadkeeper("list", "dev")
    assert done.exit_code == 2
    assert "boto3: it is not installed" in done.stderr


@pytest.mark.usefixtures("in_environment")
def test_only_the_console_knows_who_may_sign_in(ssm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    users = '[console]\nsession_key = "env:SESSION_KEY"\n[[console.users]]\npassword_hash = "env:ANNA"\n'
    Path("shop.toml").write_text(SHOP + users, "utf-8")
    secret = {"SESSION_KEY": "key-s3cret", "ANNA": "hash-s3cret"}
    for name, value in secret.items():
        monkeypatch.setenv(name, value)
    assert leadkeeper("put", "dev").exit_code == 0
    assert stored(ssm, "gate") == GATE
    assert stored(ssm, "worker") == VALUES
    assert stored(ssm, "console") == {**VALUES, **secret}
