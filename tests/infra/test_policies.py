"""Each function may do exactly what it does: its policy and its AWS calls, compared in both directions.

The functions run in this process against the emulator and the sandbox, and each of their calls is recorded.
What Lambda itself does with a function's role is listed by hand, from AWS's documentation.
"""

import gc
import importlib
import json
import os
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from chalicelib import bootstrap
from chalicelib.clock import system_clock
from chalicelib.console.pages import MENU
from chalicelib.engine.aws.queue import SqsQueue
from chalicelib.engine.port import Timer
from chalicelib.events import SourceAccepts
from chalicelib.gate import wiring
from chalicelib.gate.aws import AwsClient
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.gate.webhook import Webhook
from chalicelib.messages import enclose
from chalicelib.retention import Retention
from infra.grants import channel_statements
from standalone.workers import sqs_event
from tests.infra.processes import REGION, ROOT, Emulator, SandboxProgram, wait_for
from tests.infra.project import Project, put_secrets
from tests.infra.visitor import Visitor
from tests.infra.webhooks import CALLS, FORM, JSON, PARCELS, call, parcel

STAGE = "dev"
FUNCTIONS = ("gate", "worker", "notifier", "console", "checks", "self-check")
SECRETS = {
    "gate": "gate",
    "worker": "worker",
    "notifier": "worker",
    "console": "console",
    "checks": "worker",
}
LOG_SUFFIX = {"gate": ""} | {name: f"-{name}" for name in FUNCTIONS[1:]}
SCHEDULED = {
    "version": "0",
    "id": "1",
    "account": "000000000000",
    "region": REGION,
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "time": "2026-11-20T04:00:00Z",
    "resources": [],
    "detail": {},
}
"""As EventBridge sends it."""

WATCHED = """
[[subscriptions]]
name = "retailCRM"
expires = 2026-01-01

[[endpoints]]
name = "Site"
url = "{}/"
"""
"""What has expired long ago, and a page that there is not."""

ENTRY = re.compile(r'<th scope="row"><a href="/console/journal/([0-9a-f]+)"')
INCIDENT = re.compile(r'name="key" value="([^"]+)"')
QUEUES = {"worker": "work", "notifier": "notify"}
ENTRY = re.compile(r"/console/journal/[0-9a-f]{12}")

Call = tuple[str, str]
"""An action, and the ARN of what it is done to."""


class Recorder:
    """The AWS calls of each function."""

    def __init__(self) -> None:
        self.calls: dict[str, set[Call]] = {name: set() for name in FUNCTIONS}
        self._function = ""

    @contextmanager
    def function(self, name: str) -> Iterator[None]:
        self._function = name
        yield
        self._function = ""

    def add(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._function:
            self.calls[self._function].add((f"{service}:{operation}", arn(service, parameters)))


def arn(service: str, parameters: Mapping[str, Any]) -> str:
    match service:
        case "sqs":
            resource = parameters["QueueUrl"].rpartition("/")[2]
        case "ssm":
            resource = f"parameter{parameters['Name']}"
        case _:
            index = parameters.get("IndexName")
            [table] = [parameters["TableName"]] if "TableName" in parameters else parameters["RequestItems"]
            resource = f"table/{table}" + (f"/index/{index}" if index else "")
    return f"arn:aws:{service}:{REGION}:000000000000:{resource}"


@pytest.fixture(scope="module")
def calls(emulator: Emulator, sandbox: SandboxProgram, folder: Path) -> dict[str, set[Call]]:
    """What each function called while a little of everything happened."""
    project = Project(folder / "project", emulator.environment)
    project.run("infra.deploy", "stack", STAGE)
    project.run("infra.deploy", "configure", STAGE)
    put_secrets(emulator, sandbox, STAGE)
    config = json.loads((project.folder / ".chalice" / "config.json").read_text("utf-8"))
    variables: dict[str, str] = config["stages"][STAGE]["environment_variables"]
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**emulator.environment, **variables}.items():
            patch.setenv(name, value)
        patch.setenv("AWS_REGION", REGION)
        patch.setenv("LEADKEEPER_SHOP", str(_shop_file(folder, sandbox)))
        _record(patch, recorder)
        shop = Shop(patch, emulator, variables, recorder)
        shop.webhook(CALLS, call("policy-1"), FORM)
        with fault(sandbox, "retailcrm", "503"):
            shop.work_now("worker")
        shop.webhook(PARCELS, parcel("ACCEPTED_AT_PICK_UP_POINT"), JSON)
        shop.webhook(PARCELS, b"{broken", JSON)
        wait_for("the end of the work", lambda: shop.finished("worker"))
        shop.set_timer()
        shop.call("checks", SCHEDULED)
        wait_for("the end of what they found", lambda: shop.finished("worker"))
        with fault(sandbox, "twilio", "503"):
            shop.work_now("notifier")
        with fault(sandbox, "twilio", "400"):
            wait_for("the end of the messages", lambda: shop.finished("notifier"))
        shop.call("console", {})
        shop.look_at_the_console()
        shop.call("self-check", SCHEDULED)
    return recorder.calls


class Shop:
    """The functions in this process, and what Lambda does for them."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        emulator: Emulator,
        variables: Mapping[str, str],
        recorder: Recorder,
    ) -> None:
        self._patch = patch
        self._recorder = recorder
        sqs = emulator.client("sqs")
        self._queues = {
            name: SqsQueue(sqs, variables[f"LEADKEEPER_{queue.upper()}_QUEUE_URL"], bootstrap.AWS_VISIBILITY)
            for name, queue in QUEUES.items()
        }

    def webhook(self, path: str, body: bytes, content_type: str) -> None:
        _, source, *rest = path.split("/")
        webhook = Webhook(
            source=source,
            method="POST",
            path=tuple(rest),
            query={},
            headers={"content-type": content_type},
            body=body,
            received_at=system_clock(),
        )
        with self._as("gate") as environment:
            assert wiring.on_aws(environment, system_clock).receive(webhook).status == 200

    def set_timer(self) -> None:
        """Something has waited for its time, and it has come."""
        engine = bootstrap.aws_engine_of(os.environ, Retention())
        due = SourceAccepts(source="mango", noticed_at=system_clock())
        engine.timers.set(Timer(system_clock(), "work", enclose(due, "policy", "", system_clock())))

    def work_now(self, name: str) -> None:
        """Hand what is there to a worker, as Lambda does."""
        queue = self._queues[name]
        while (message := queue.receive()) is not None:
            if self.call(name, sqs_event(message)):
                queue.done(message.receipt)

    def finished(self, name: str) -> bool:
        """Work; True if nothing is left for later either."""
        self.work_now(name)
        return self._queues[name].depth().messages == 0

    def call(self, name: str, event: Mapping[str, Any]) -> bool:
        functions = importlib.import_module("chalicelib.functions")
        handler: Callable[[Mapping[str, Any], object], object] = getattr(functions, name.replace("-", "_"))
        with self._as(name):
            try:
                handler(event, None)
            except functions.TryAgain:
                return False
        return True

    def look_at_the_console(self) -> None:
        """Somebody opens each page, and presses each kind of button."""
        functions = importlib.import_module("chalicelib.functions")
        with self._as("console"):
            visitor = Visitor(lambda event: functions.console(event, None))
            assert visitor.sign_in()["statusCode"] == 303
            for page in MENU:
                assert visitor.get(f"/console/{'' if page == 'today' else page}")["statusCode"] == 200, page
            # A webhook that nobody could read, and an SMS that the gateway refused.
            for state, source in (("quarantined", "cdek"), ("parked", OWN_SOURCE)):
                listed = visitor.get(f"/console/journal?state={state}&source={source}")["body"]
                entry = ENTRY.search(listed)
                assert entry, listed
                for what in ("discard", "replay"):
                    assert visitor.get(f"{entry[0]}/{what}")["statusCode"] == 200
                    assert visitor.post(f"{entry[0]}/{what}")["statusCode"] == 303
            assert visitor.get("/console/journal?q=4567")["statusCode"] == 200
            [incident, *_] = INCIDENT.findall(visitor.get("/console/services/incidents")["body"])
            seen_at = system_clock().isoformat()
            assert visitor.press("/console/services/incidents/acknowledge", key=incident, seen_at=seen_at)

    @contextmanager
    def _as(self, name: str) -> Iterator[dict[str, str]]:
        """As in a process of its own: whose connections end with it."""
        if name in SECRETS:
            self._patch.setenv("LEADKEEPER_SECRETS", f"/leadkeeper/{STAGE}/{SECRETS[name]}")
        else:
            self._patch.delenv("LEADKEEPER_SECRETS", raising=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            with self._recorder.function(name):
                yield dict(os.environ)
            # Made for a process of its own.
            bootstrap._aws_host.cache_clear()  # noqa: SLF001
            bootstrap._aws_engine.cache_clear()  # noqa: SLF001
            gc.collect()


@contextmanager
def fault(sandbox: SandboxProgram, target: str, kind: str) -> Iterator[None]:
    """Something is broken outside."""
    url = f"{sandbox.url}/sandbox/faults"
    httpx.post(url, json={"target": target, "kind": kind}, trust_env=False).raise_for_status()
    yield
    httpx.delete(url, trust_env=False).raise_for_status()


def _shop_file(folder: Path, sandbox: SandboxProgram) -> Path:
    """The example, with something to find for those checks that need not wait for days."""
    text = (ROOT / "shop.example.toml").read_text("utf-8")
    source = 'provider = "cdek"\n'
    assert source in text
    path = folder / "shop.toml"
    path.write_text(
        text.replace(source, f'{source}expect_every = "8h"\n') + WATCHED.format(sandbox.url), "utf-8"
    )
    return path


def _record(patch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    make, call = boto3.client, AwsClient.call

    def recording_client(service: str) -> Any:
        client = make(service)
        client.meta.events.register(
            "provide-client-params.*.*",
            lambda params, model, **_: recorder.add(service, model.name, params),
        )
        return client

    def recording_call(self: AwsClient, operation: str, request: Mapping[str, object]) -> dict[str, Any]:
        recorder.add(self._service.name, operation, request)
        return call(self, operation, request)

    patch.setattr(boto3, "client", recording_client)
    patch.setattr(AwsClient, "call", recording_call)


def by_lambda(name: str) -> set[Call]:
    """What Lambda, SSM and KMS do with the function's role."""
    group = f"arn:aws:logs:{REGION}:000000000000:log-group:/aws/lambda/leadkeeper-{STAGE}{LOG_SUFFIX[name]}"
    stream = f"{group}:log-stream:2026/11/22/[$LATEST]0"
    own = {
        ("logs:CreateLogStream", stream),
        ("logs:PutLogEvents", stream),
    }
    if name in SECRETS:
        own.add(("kms:Decrypt", f"arn:aws:kms:{REGION}:000000000000:key/0"))
    if name not in QUEUES:
        return own
    queue = f"arn:aws:sqs:{REGION}:000000000000:leadkeeper-{STAGE}-{QUEUES[name]}.fifo"
    return own | {
        (f"sqs:{action}", queue) for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    }


def statements(name: str, stage: str = STAGE) -> list[dict[str, Any]]:
    policy = json.loads((ROOT / ".chalice" / f"policy-{stage}-{name}.json").read_text("utf-8"))
    found: list[dict[str, Any]] = policy["Statement"]
    assert all(statement["Effect"] == "Allow" for statement in found)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_what_it_does(name: str, calls: dict[str, set[Call]]) -> None:
    allowed = [
        (action, resource)
        for statement in statements(name)
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]
    missing = {
        (action, arn)
        for action, arn in calls[name] | by_lambda(name)
        if not any(action == can and fnmatchcase(arn, where) for can, where in allowed)
    }
    assert not missing


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_nothing_else(name: str, calls: dict[str, set[Call]]) -> None:
    done = calls[name] | by_lambda(name)
    unused = {
        (action, resource)
        for statement in statements(name)
        for action in statement["Action"]
        for resource in statement["Resource"]
        if not any(action == did and fnmatchcase(arn, resource) for did, arn in done)
    }
    assert not unused


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_stages_may_do_the_same_each_with_its_own(name: str) -> None:
    dev = json.dumps(statements(name))
    assert json.loads(dev.replace("leadkeeper-dev", "leadkeeper-prod").replace("/dev/", "/prod/")) == (
        statements(name, "prod")
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_resources_are_named(name: str) -> None:
    for statement in statements(name):
        for resource in statement["Resource"]:
            service, _, _, what = resource.removeprefix("arn:aws:").split(":", 3)
            if service == "kms":
                # The default key's id is known to nobody before: the parameter binds it instead.
                own = f"arn:aws:ssm:*:*:parameter/leadkeeper/{STAGE}/{SECRETS[name]}"
                assert statement["Condition"]["StringLike"] == {
                    "kms:ViaService": "ssm.*.amazonaws.com",
                    "kms:EncryptionContext:PARAMETER_ARN": own,
                }
            else:
                assert "*" not in what.removesuffix(":*")


def test_without_a_channel_on_aws_the_notifier_may_use_none() -> None:
    example = tomllib.loads((ROOT / "shop.example.toml").read_text("utf-8"))
    assert [*channel_statements(example)] == []


def test_the_notifier_may_use_the_channels_that_the_shop_has_and_nothing_else_of_theirs() -> None:
    topic = f"arn:aws:sns:{REGION}:000000000000:alerts"
    alerts = {"ses": {"sender": "alerts@shop.example", "region": REGION}, "sns": {"topic": topic}}
    email, publish = channel_statements({"alerts": alerts})
    assert email["Action"] == ["ses:SendEmail", "ses:SendRawEmail"]
    assert email["Resource"] == [
        f"arn:aws:ses:{REGION}:*:identity/alerts@shop.example",
        f"arn:aws:ses:{REGION}:*:identity/shop.example",
    ]
    assert email["Condition"] == {"StringEquals": {"ses:FromAddress": "alerts@shop.example"}}
    assert (publish["Action"], publish["Resource"]) == (["sns:Publish"], [topic])


def test_what_the_shop_file_does_not_tell_is_not_granted_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert [*channel_statements({"alerts": {"sns": {"topic": "env:TOPIC"}}})] == []
    assert "NOTE: alerts.sns.topic" in capsys.readouterr().out
