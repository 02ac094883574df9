"""The gate in a Lambda function: its secrets, their rotation, its shop file, its first webhook."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.gate import wiring
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.webhook import Webhook
from chalicelib.gate.wiring import Doorkeeper
from chalicelib.secret_store import LIFETIME, RETRY_AFTER, SecretStore

from .aws_stub import Answer, AwsStub, running_stub
from .first_webhook import PARAMETER, SHOP, lambda_environment, signed_event

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HEAVY = {"pydantic", "httpx", "jinja2", "phonenumbers", "twilio", "boto3", "botocore", "urllib3"}


class Parameters:
    """A parameter store on a clock of its own."""

    def __init__(self) -> None:
        self.now = NOW
        self.text = '{"TILDA_TOKEN": "first"}'
        self.is_down = False
        self.reads = 0

    def clock(self) -> datetime:
        return self.now

    def read(self, name: str) -> str:
        assert name == PARAMETER
        self.reads += 1
        if self.is_down:
            raise OSError("no answer")
        return self.text


@pytest.fixture
def parameters() -> Parameters:
    return Parameters()


@pytest.fixture
def store(parameters: Parameters) -> SecretStore:
    environ = {"LEADKEEPER_SECRETS": PARAMETER, "TILDA_TOKEN": "from the environment", "OTHER": "o"}
    return SecretStore(environ, parameters.read, parameters.clock)


@pytest.fixture
def queue() -> list[Envelope]:
    return []


@pytest.fixture
def door(store: SecretStore, queue: list[Envelope]) -> Doorkeeper:
    def sources(environment: Mapping[str, str]) -> Mapping[str, Source]:
        tokens = [environment["TILDA_TOKEN"], environment.get("TILDA_NEXT_TOKEN", "")]
        return {"tilda": Source("tilda", "tilda", {"token": tokens})}

    return Doorkeeper(store, sources, queue.append)


@pytest.fixture
def stub() -> Iterator[AwsStub]:
    # A gate is never closed, so its connections must not outlive a test.
    with running_stub(keeps_alive=False) as stub:
        yield stub


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.toml"
    path.write_text(SHOP, encoding="utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)


def a_lead(token: str) -> Webhook:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Webhook("tilda", "POST", (token,), {}, headers, b"tranid=1:2&Phone=79161234567", NOW)


# The secrets


def test_secrets_join_the_environment_and_win_over_it(store: SecretStore) -> None:
    current = store.current()
    assert (current["TILDA_TOKEN"], current["OTHER"]) == ("first", "o")


def test_without_a_parameter_the_environment_serves(parameters: Parameters) -> None:
    store = SecretStore({"TILDA_TOKEN": "t"}, parameters.read, parameters.clock)
    assert store.current() == {"TILDA_TOKEN": "t"}
    assert parameters.reads == 0


def test_secrets_are_read_once_in_their_lifetime(store: SecretStore, parameters: Parameters) -> None:
    for _ in range(3):
        store.current()
    parameters.now += LIFETIME - SECOND
    store.current()
    assert parameters.reads == 1
    parameters.now += SECOND
    store.current()
    assert parameters.reads == 2


def test_unchanged_secrets_stay_the_same_object(store: SecretStore, parameters: Parameters) -> None:
    before = store.current()
    parameters.now += LIFETIME
    assert store.current() is before
    parameters.text = '{"TILDA_TOKEN": "second"}'
    parameters.now += LIFETIME
    assert store.current() is not before


@pytest.mark.parametrize(
    "text", ["", "top-secret", '["top-secret"]', '{"TOKEN": ["top-secret"]}', '{"TOKEN": 5}', '"top-secret"']
)
def test_a_parameter_of_another_form_is_named_and_not_repeated(
    store: SecretStore, parameters: Parameters, text: str
) -> None:
    parameters.text = text
    with pytest.raises(ConfigurationError) as caught:
        store.current()
    assert caught.value.key == PARAMETER
    assert "top-secret" not in str(caught.value)


# Rotation


def test_a_rotated_secret_is_valid_within_its_lifetime_without_redeploy(
    door: Doorkeeper, parameters: Parameters, queue: list[Envelope]
) -> None:
    assert door.receive(a_lead("first")).status == 200
    parameters.text = '{"TILDA_TOKEN": "second"}'
    assert door.receive(a_lead("second")).status == 403
    parameters.now += LIFETIME
    assert door.receive(a_lead("second")).status == 200
    assert door.receive(a_lead("first")).status == 403
    assert len(queue) == 2
    assert door.counters == {("tilda", "accepted"): 2, ("tilda", "wrong-token"): 2}


def test_while_both_are_stored_both_are_valid(door: Doorkeeper, parameters: Parameters) -> None:
    parameters.text = '{"TILDA_TOKEN": "first", "TILDA_NEXT_TOKEN": "second"}'
    assert {door.receive(a_lead(token)).status for token in ("first", "second")} == {200}


@pytest.mark.parametrize("text", ["", '{"TILDA_TOKEN": 5}', None])
def test_secrets_that_cannot_be_read_anew_serve_on(
    door: Doorkeeper, parameters: Parameters, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    door.receive(a_lead("first"))
    parameters.is_down = text is None
    parameters.text = text or ""
    parameters.now += LIFETIME
    for _ in range(3):
        assert door.receive(a_lead("first")).status == 200
    assert parameters.reads == 2
    assert caplog.text.count("could not be read anew") == 1
    parameters.is_down, parameters.text = False, '{"TILDA_TOKEN": "second"}'
    parameters.now += RETRY_AFTER
    assert door.receive(a_lead("second")).status == 200


def test_until_the_secrets_were_read_once_the_sender_shall_come_again(
    door: Doorkeeper, parameters: Parameters, caplog: pytest.LogCaptureFixture
) -> None:
    parameters.is_down = True
    assert door.receive(a_lead("first")) == Reply(503, "try again later")
    assert door.counters == {("?", "not-ready"): 1}
    assert "the gate cannot open" in caplog.text
    parameters.is_down = False
    assert door.receive(a_lead("first")).status == 200


def test_sources_are_made_anew_only_when_a_secret_changed(
    store: SecretStore, parameters: Parameters, queue: list[Envelope]
) -> None:
    made = []

    def sources(environment: Mapping[str, str]) -> Mapping[str, Source]:
        made.append(environment["TILDA_TOKEN"])
        return {}

    door = Doorkeeper(store, sources, queue.append)
    for text in ('{"TILDA_TOKEN": "first"}', '{"TILDA_TOKEN": "first"}', '{"TILDA_TOKEN": "second"}'):
        parameters.text = text
        parameters.now += LIFETIME
        for _ in range(2):
            door.receive(a_lead("any"))
    assert made == ["first", "second"]


# The whole gate


def test_the_gate_reads_its_parameter_and_sends_to_its_queue(stub: AwsStub, shop: str) -> None:
    environ = {**lambda_environment(stub), "LEADKEEPER_SHOP": shop}
    stub.parameters[PARAMETER] = '{"TILDA_TOKEN": "t"}'
    door = wiring.on_aws(environ, lambda: NOW)
    assert door.receive(a_lead("t")).status == 200
    assert door.receive(a_lead("t")).status == 200
    assert [asked.operation for asked in stub.asked] == ["GetParameter", "SendMessage", "SendMessage"]


def test_what_the_queue_does_not_take_is_not_acknowledged(stub: AwsStub, shop: str) -> None:
    environ = {**lambda_environment(stub), "LEADKEEPER_SHOP": shop}
    stub.parameters[PARAMETER] = '{"TILDA_TOKEN": "t"}'
    door = wiring.on_aws(environ, lambda: NOW)
    stub.answers.extend([Answer(), Answer.error(400, "QueueDoesNotExist")])
    assert door.receive(a_lead("t")).status == 503
    assert door.counters == {("tilda", "queue-failed"): 1}


def test_a_source_without_its_secrets_is_told_in_the_log(
    stub: AwsStub, shop: str, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {**lambda_environment(stub), "LEADKEEPER_SHOP": shop}
    door = wiring.on_aws(environ, lambda: NOW)
    assert door.receive(a_lead("")).status == 401
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (record.message, vars(record)["source"]) == ("secrets are missing", "tilda")
    assert vars(record)["settings"] == "token"


@pytest.fixture
def _fresh_gate() -> Iterator[None]:
    wiring.gate.cache_clear()
    yield
    wiring.gate.cache_clear()


@pytest.mark.usefixtures("_fresh_gate")
def test_a_queue_in_the_environment_makes_it_the_gate_on_aws(
    monkeypatch: pytest.MonkeyPatch, stub: AwsStub
) -> None:
    for name, value in lambda_environment(stub).items():
        monkeypatch.setenv(name, value)
    assert isinstance(wiring.gate(), Doorkeeper)
    assert stub.asked == []


@pytest.mark.usefixtures("_fresh_gate")
def test_a_function_without_a_queue_does_not_start_an_engine_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "leadkeeper-test")
    monkeypatch.delenv(wiring.QUEUE_URL, raising=False)
    with pytest.raises(ConfigurationError) as caught:
        wiring.gate()
    assert caught.value.key == wiring.QUEUE_URL


# The shop file on Lambda


def test_the_packaged_shop_file_serves(tmp_path: Path, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopfile, "PACKAGED", Path(shop))
    environ = {"AWS_LAMBDA_FUNCTION_NAME": "leadkeeper-test"}
    assert shopfile.load(environ).path == Path(shop)
    own = tmp_path / "own.toml"
    own.write_text(SHOP, encoding="utf-8")
    assert shopfile.load({**environ, "LEADKEEPER_SHOP": str(own)}).path == own
    Path("shop.toml").write_text(SHOP, encoding="utf-8")
    assert shopfile.load({}).path == Path("shop.toml")


def test_the_example_does_not_serve_on_lambda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopfile, "PACKAGED", tmp_path / "nowhere.toml")
    assert shopfile.load({}).path.name == shopfile.EXAMPLE
    with pytest.raises(ConfigurationError) as caught:
        shopfile.load({"AWS_LAMBDA_FUNCTION_NAME": "leadkeeper-test"})
    assert caught.value.key == "shop.toml"
    assert "chalicelib/shop.toml" in caught.value.fix


@pytest.mark.parametrize(
    ("where", "status"), [("http://127.0.0.1:9", 403), ("https://queue.example", 503), (None, 503)]
)
def test_published_secrets_open_no_door_but_one_on_this_machine(where: str | None, status: int) -> None:
    environ = {
        **AwsStub().environment(),
        wiring.QUEUE_URL: "q",
        "LEADKEEPER_SHOP": str(Path(shopfile.__file__).parent.parent / shopfile.EXAMPLE),
        "AWS_ENDPOINT_URL": where or "",
    }
    assert wiring.on_aws(environ, lambda: NOW).receive(a_lead("wrong")).status == status


# A cold start

FIRST_WEBHOOK = """
import json, sys
import app
reply = app.app(json.load(sys.stdin), None)
print(json.dumps([reply["statusCode"], reply["body"], sorted(sys.modules)]))
"""


def test_a_fresh_function_takes_its_first_webhook_without_heavy_modules(stub: AwsStub, shop: str) -> None:
    environ = {**lambda_environment(stub), "LEADKEEPER_SHOP": shop, "PATH": os.environ["PATH"]}
    shown = subprocess.run(
        [sys.executable, "-c", FIRST_WEBHOOK],
        input=json.dumps(signed_event()),
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    status, body, modules = json.loads(shown.stdout)
    assert (status, body) == (200, "ok")
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    assert "chalicelib.bootstrap" not in modules
    (message,) = stub.sent
    accepted = [line for line in map(json.loads, shown.stderr.splitlines()) if line["message"] == "accepted"]
    assert [line["entry"] for line in accepted] == [Envelope.from_json(message["MessageBody"]).id]
