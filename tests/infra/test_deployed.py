"""Leadkeeper, really deployed: packaged, brought up through CloudFormation, called, updated, taken away.

The account is an emulator on this machine. It runs the functions for real, in processes of their own, but
enforces no permissions (``test_policies`` looks after those) and no sizes.
"""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib import __version__
from tests.infra.processes import Emulator, SandboxProgram, wait_for
from tests.infra.project import Project, put_secrets
from tests.infra.visitor import Event, Visitor
from tests.infra.webhooks import CALLS, FORM, JSON, PARCELS, call, parcel
from tests.world import mango_body

STAGE = "dev"
CHECKS = {"self-check", "self", "endpoints", "silent-sources"}
"""What each stage's alarms wait for."""


class Deployment:
    """The deployed stage, and the outside world."""

    def __init__(self, emulator: Emulator, sandbox: SandboxProgram, project: Project) -> None:
        self.emulator = emulator
        self.sandbox = sandbox
        self.project = project
        put_secrets(emulator, sandbox, STAGE)
        # The fastest that a schedule can be, and the longest that a test should wait.
        minutes = '"LEADKEEPER_SELF_CHECK_MINUTES": "{}"'
        project.edit(".chalice/config.json", minutes.format(5), minutes.format(1))
        self.printed = [
            self.project.run("infra.deploy", "stack", STAGE),
            self.project.run("infra.deploy", "configure", STAGE),
            self.project.run("infra.package", STAGE),
            self.project.run("infra.deploy", "app", STAGE),
        ]
        self.api = self._api()

    def post(self, path: str, body: bytes, content_type: str) -> httpx.Response:
        return httpx.post(
            f"{self.api}/{path}",
            content=body,
            headers={"content-type": content_type},
            timeout=30,
            trust_env=False,
        )

    def browse(self, request: Event) -> Event:
        """What a browser gets at the console's URL for what the request asks."""
        found = re.search(r"Console: https://(\S+?)/console/", self.printed[-1])
        assert found, self.printed[-1]
        http = request["requestContext"]["http"]
        answer = httpx.request(
            http["method"],
            f"{self.emulator.url}{http['path']}",
            content=request["body"],
            headers={**request["headers"], "host": found[1], "cookie": "; ".join(request["cookies"])},
            timeout=30,
            trust_env=False,
        )
        return {
            "statusCode": answer.status_code,
            "cookies": answer.headers.get_list("set-cookie"),
            "body": answer.text,
        }

    def invoke(self, function: str) -> Any:
        answer = self.emulator.client("lambda").invoke(FunctionName=f"leadkeeper-{STAGE}-{function}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The items of one kind in the table."""
        pages = (
            self.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=f"leadkeeper-{STAGE}")
        )
        items = [item for page in pages for item in page["Items"]]
        return [item for item in items if item["sk"]["S"].startswith(kind)]

    def item(self, key: dict[str, Any]) -> dict[str, Any]:
        """An item as it is now."""
        answer = self.emulator.client("dynamodb").get_item(
            TableName=f"leadkeeper-{STAGE}", Key={name: key[name] for name in ("pk", "sk")}
        )
        item: dict[str, Any] = answer["Item"]
        return item

    def leadkeeper(self, *arguments: str, fails: bool = False, more: Mapping[str, str] | None = None) -> str:
        """What the command prints on a machine that looks into this stage."""
        exports = self.project.run("infra.deploy", "env", STAGE).split("export ")
        stage = dict(shlex.split(line)[0].split("=", 1) for line in exports if line.strip())
        return self.project.run("standalone.cli", *arguments, fails=fails, more={**stage, **(more or {})})

    def statuses(self) -> list[str]:
        return list(self.entries().values())

    def entries(self) -> dict[str, str]:
        """Each entry's status."""
        return {item["sk"]["S"]: item["status"]["S"] for item in self.items("entry#")}

    def at_rest(self) -> dict[str, Any]:
        """How it is when nothing waits."""
        return wait_for("empty queues", self._at_rest)

    def _at_rest(self) -> dict[str, Any]:
        health: dict[str, Any] = self.invoke("console")
        return {} if health["work"] + health["notify"] else health

    def is_told(self, text: str) -> bool:
        """True if an alert with these words has arrived."""
        return any(text in message["text"] for message in self.sandbox.state["telegram"])

    def checks_that_ran(self) -> set[str]:
        return {line["Check"] for line in self.metrics().get("CheckRan", []) if line["Stage"] == STAGE}

    def metrics(self) -> dict[str, list[dict[str, Any]]]:
        """The lines of metrics in the functions' logs, by metric."""
        found: dict[str, list[dict[str, Any]]] = {}
        for text in self.emulator.logs().splitlines():
            if text.startswith('{"_aws"'):
                line = json.loads(text)
                found.setdefault(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], []).append(line)
        return found

    def orders(self) -> list[dict[str, Any]]:
        return [order for order in self.sandbox.state["orders"] if order["number"] != "1001A"]

    def resources(self, stack: str) -> list[dict[str, Any]]:
        client = self.emulator.client("cloudformation")
        resources: list[dict[str, Any]] = client.describe_stack_resources(StackName=stack)["StackResources"]
        return resources

    def _api(self) -> str:
        found = re.search(r"API: https://(\w+)\.", self.printed[-1])
        assert found is not None
        return f"{self.emulator.url}/restapis/{found[1]}/{STAGE}/_user_request_"


@pytest.fixture(scope="module")
def deployment(emulator: Emulator, sandbox: SandboxProgram, folder: Path, packaged: Project) -> Deployment:
    project = Project(folder / "project", emulator.environment)
    project.take_dependencies(packaged, STAGE)
    return Deployment(emulator, sandbox, project)


# In this order: each test finds what the ones before it left.


def test_a_missed_call_becomes_one_order(deployment: Deployment) -> None:
    body = call("deployed-1")
    answer = deployment.post(CALLS, body, FORM)
    assert answer.status_code == 200, answer.text
    again = deployment.post(CALLS, body, FORM)
    assert again.status_code == 200
    orders = wait_for("an order", deployment.orders)
    wait_for("the end", lambda: deployment.statuses() == ["done"])
    assert [order["orderMethod"] for order in orders] == ["missed-call"]
    assert len(deployment.orders()) == 1


def test_the_functions_write_their_metrics(deployment: Deployment) -> None:
    for metric in ("Accepted", "CrmLatency", "Actions"):
        wait_for(metric, lambda metric=metric: metric in deployment.metrics())  # type: ignore[misc]


def test_a_forged_call_is_refused(deployment: Deployment) -> None:
    body = mango_body({"entry_id": "forged"}, salt="guessed")
    answer = deployment.post(CALLS, body, FORM)
    assert answer.status_code in {401, 403}
    assert len(deployment.items("entry#")) == 1


def test_a_waiting_parcel_becomes_a_text_message(deployment: Deployment) -> None:
    answer = deployment.post(PARCELS, parcel("ACCEPTED_AT_PICK_UP_POINT"), JSON)
    assert answer.status_code == 200, answer.text
    messages = wait_for("a text message", lambda: deployment.sandbox.state["messages"])
    assert len(messages) == 1


def test_what_is_authentic_but_unreadable_is_kept_and_told(deployment: Deployment) -> None:
    answer = deployment.post(PARCELS, b"{broken", JSON)
    assert answer.status_code == 200, answer.text
    wait_for("quarantine", lambda: "quarantined" in deployment.statuses())
    [entry] = [item for item in deployment.items("entry#") if item["status"]["S"] == "quarantined"]
    wait_for("an alert", lambda: deployment.is_told(f"leadkeeper replay {entry['pk']['S']}"))


def test_the_console_tells_how_it_is(deployment: Deployment) -> None:
    health = deployment.at_rest()
    assert health == {
        "version": __version__,
        "mode": "act",
        "work": 0,
        "notify": 0,
        "parked": 0,
        "quarantined": 1,
    }


def test_the_console_is_where_its_deployment_says(deployment: Deployment) -> None:
    visitor = Visitor(deployment.browse)
    assert visitor.get("/console/")["statusCode"] == 303
    assert visitor.sign_in()["statusCode"] == 303
    page = visitor.get("/console/")
    assert page["statusCode"] == 200
    assert "<h1" in page["body"]
    icon = visitor.get("/console/static/icon.svg")
    assert icon["body"].startswith("<svg")


def test_a_person_replays_from_their_own_machine(deployment: Deployment) -> None:
    [entry] = [item for item in deployment.items("entry#") if item["status"]["S"] == "quarantined"]
    printed = deployment.leadkeeper("replay", entry["pk"]["S"])
    assert "will be tried again" in printed
    wait_for("quarantine again", lambda: deployment.item(entry)["status"]["S"] == "quarantined")
    shown = json.loads(deployment.leadkeeper("journal", entry["pk"]["S"], "--json"))
    assert [each["what"] for each in shown["interventions"]] == ["replayed"]


def test_the_alarms_watch_what_is_deployed(deployment: Deployment) -> None:
    cloudwatch = deployment.emulator.client("cloudwatch")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    watched = {(alarm["MetricName"], alarm["Dimensions"][0]["Value"]) for alarm in alarms}
    suffixes = ("", "-worker", "-notifier", "-console", "-checks", "-self-check")
    functions = {f"leadkeeper-dev{suffix}" for suffix in suffixes}
    assert watched == {
        *((metric, name) for metric in ("Errors", "Throttles") for name in functions),
        ("ApproximateAgeOfOldestMessage", "leadkeeper-dev-work.fifo"),
        ("ApproximateAgeOfOldestMessage", "leadkeeper-dev-notify.fifo"),
        ("ApproximateNumberOfMessagesVisible", "leadkeeper-dev-dead.fifo"),
        ("5XXError", "leadkeeper"),
        *((metric, "dev") for metric in ("Parked", "Quarantined", "Rejected", "CheckRan")),
    }
    missed = {alarm["Dimensions"][1]["Value"] for alarm in alarms if alarm["MetricName"] == "CheckRan"}
    assert missed == CHECKS
    body = json.loads(cloudwatch.get_dashboard(DashboardName="leadkeeper-dev")["DashboardBody"])
    assert len(body["widgets"]) == 10
    assert "Fn::" not in json.dumps(body)


def test_deploying_the_same_again_changes_nothing(deployment: Deployment) -> None:
    for command in ("stack", "app"):
        assert "no changes" in deployment.project.run("infra.deploy", command, STAGE)


def test_new_code_keeps_the_data(deployment: Deployment) -> None:
    before = deployment.entries()
    deployment.project.edit("chalicelib/__init__.py", __version__, "99.9.9")
    deployment.project.run("infra.package", STAGE)
    deployment.project.run("infra.deploy", "app", STAGE)
    health = httpx.get(f"{deployment.api}/health", trust_env=False).json()
    assert health["version"] == "99.9.9"
    # The checks may have added some of their own.
    assert before.items() <= deployment.entries().items()
    assert deployment.post(CALLS, call("deployed-1"), FORM).status_code == 200
    deployment.at_rest()
    assert len(deployment.orders()) == 1


def test_the_schedules_fire(deployment: Deployment) -> None:
    rules = deployment.emulator.client("events").list_rules()["Rules"]
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(1 minute)"] * 2
    # Twice the rate: the emulator looks at its rules only now and then.
    wait_for("the checks", lambda: deployment.checks_that_ran() >= CHECKS, seconds=120)
    wait_for("an alert", lambda: deployment.is_told("есть непрочитанные события"))
    found = deployment.metrics()
    assert {line["Queue"] for line in found["Waiting"]} == {"work", "notify"}
    assert found["ParkedNow"][0]["ParkedNow"] == 0
    assert "QuarantinedNow" in found


def test_a_person_runs_a_check_from_their_own_machine(deployment: Deployment) -> None:
    assert "silent-sources, every 0:10:00" in deployment.leadkeeper("checks", "list")
    printed = deployment.leadkeeper("checks", "run", "silent-sources", "--dry-run")
    assert printed.startswith("silent-sources: found 0: 0 would be acted on")
    assert deployment.leadkeeper("checks", "run", "silent-sources").startswith("silent-sources: found 0")
    assert "self:quarantined" in deployment.leadkeeper("incidents")
    deployment.leadkeeper("incidents", "acknowledge", "self:quarantined", "--by", "Иван Петров")
    assert "Иван Петров" in deployment.leadkeeper("incidents")


def test_without_its_secrets_a_check_says_what_to_do(deployment: Deployment) -> None:
    nowhere = {"LEADKEEPER_SECRETS": "/leadkeeper/qa/console"}
    printed = deployment.leadkeeper("checks", "run", "self", fails=True, more=nowhere)
    assert printed == (
        "leadkeeper: /leadkeeper/qa/console: AmazonSSM.GetParameter: 400, ParameterNotFound."
        " Store it with leadkeeper secrets put; check credentials and region\n"
    )


def test_delete_keeps_what_is_marked_so(deployment: Deployment) -> None:
    before = deployment.entries()
    printed = deployment.project.run("infra.deploy", "delete", STAGE)
    assert "kept: queues" in printed
    printed = deployment.project.run("infra.deploy", "delete", STAGE, "--infra")
    assert "kept: the table" in printed
    emulator = deployment.emulator
    assert before.items() <= deployment.entries().items()
    assert emulator.client("lambda").list_functions()["Functions"] == []
    assert emulator.client("apigateway").get_rest_apis()["items"] == []
    assert emulator.client("sqs").list_queues().get("QueueUrls", []) == []
    assert emulator.client("sns").list_topics()["Topics"] == []
    assert emulator.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert emulator.client("events").list_rules()["Rules"] == []
    assert emulator.client("iam").list_roles()["Roles"] == []
    assert emulator.client("logs").describe_log_groups()["logGroups"] == []
