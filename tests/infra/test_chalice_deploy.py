"""The other way to deploy: Chalice's own commands, over the same infra stack and from the same folder."""

import json
import re
from typing import Any

import httpx
import pytest

from chalicelib import __version__
from tests.infra.processes import ROOT, Emulator, SandboxProgram, wait_for
from tests.infra.project import Project, put_secrets
from tests.infra.webhooks import CALLS, FORM, call

STAGE = "dev"


class Chalice:
    """A checkout whose stage was deployed by ``chalice deploy``."""

    def __init__(self, emulator: Emulator, project: Project) -> None:
        self.emulator = emulator
        self.project = project
        project.run("infra.deploy", "stack", STAGE)
        project.run("infra.deploy", "configure", STAGE)
        self.deploy()

    def deploy(self) -> None:
        self.project.run("infra.package", STAGE)
        self.run("deploy")

    def run(self, command: str) -> str:
        script = str(ROOT / "tests" / "infra" / "chalice_cli.py")
        return self.project.python(script, "--project-dir", f"build/{STAGE}", command, "--stage", STAGE)

    @property
    def deployed(self) -> dict[str, Any]:
        """What Chalice remembers."""
        path = self.project.folder / ".chalice" / "deployed" / f"{STAGE}.json"
        resources = json.loads(path.read_text())["resources"]
        return {resource["name"]: resource for resource in resources}

    @property
    def url(self) -> str:
        api = self.deployed["rest_api"]["rest_api_id"]
        return f"{self.emulator.url}/restapis/{api}/{STAGE}/_user_request_"


@pytest.fixture(scope="module")
def chalice(emulator: Emulator, sandbox: SandboxProgram, packaged: Project, tmp_path_factory: Any) -> Chalice:
    project = Project(tmp_path_factory.mktemp("chalice") / "project", emulator.environment)
    project.take_dependencies(packaged, STAGE)
    put_secrets(emulator, sandbox, STAGE)
    return Chalice(emulator, project)


# In this order.


def test_a_missed_call_becomes_one_order(chalice: Chalice, sandbox: SandboxProgram) -> None:
    answer = httpx.post(
        f"{chalice.url}/{CALLS}",
        content=call("chalice-1"),
        headers={"content-type": FORM},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    wait_for("an order", lambda: [o for o in sandbox.state["orders"] if o["number"] != "1001A"])


def test_each_function_has_its_own_policy(chalice: Chalice) -> None:
    iam = chalice.emulator.client("iam")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    assert sorted(roles) == [
        "leadkeeper-dev-api_handler",
        "leadkeeper-dev-checks",
        "leadkeeper-dev-console",
        "leadkeeper-dev-notifier",
        "leadkeeper-dev-self-check",
        "leadkeeper-dev-worker",
    ]
    [name] = iam.list_role_policies(RoleName="leadkeeper-dev-api_handler")["PolicyNames"]
    policy = iam.get_role_policy(RoleName="leadkeeper-dev-api_handler", PolicyName=name)["PolicyDocument"]
    own = json.loads((ROOT / ".chalice" / "policy-dev-gate.json").read_text())
    assert policy["Statement"] == own["Statement"]


def test_the_functions_bear_the_names_that_the_alarms_watch(chalice: Chalice) -> None:
    functions = chalice.emulator.client("lambda").list_functions()["Functions"]
    names = {function["FunctionName"] for function in functions}
    suffixes = ("", "-worker", "-notifier", "-console", "-checks", "-self-check")
    assert names == {f"leadkeeper-dev{suffix}" for suffix in suffixes}


def test_new_code_takes_the_place_of_the_old(chalice: Chalice) -> None:
    before = chalice.deployed["rest_api"]["rest_api_id"]
    chalice.project.edit("chalicelib/__init__.py", __version__, "99.9.9")
    chalice.deploy()
    assert chalice.deployed["rest_api"]["rest_api_id"] == before
    assert httpx.get(f"{chalice.url}/health", trust_env=False).json()["version"] == "99.9.9"
    mappings = chalice.emulator.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert len(mappings) == 2


def test_delete_leaves_the_infra_stack(chalice: Chalice) -> None:
    printed = chalice.run("delete")
    assert re.search("Deleting", printed)
    assert chalice.emulator.client("lambda").list_functions()["Functions"] == []
    assert chalice.emulator.client("events").list_rules()["Rules"] == []
    assert chalice.emulator.client("iam").list_roles()["Roles"] == []
    assert len(chalice.emulator.client("sqs").list_queues()["QueueUrls"]) == 3
