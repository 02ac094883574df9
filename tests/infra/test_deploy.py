"""The command that deploys: what it asks of AWS, and what it says when it cannot go on."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from infra import deploy
from infra.names import Problem, infra_stack
from infra.stacks import Stack
from tests.infra.processes import ROOT, Emulator
from tests.infra.project import Project

STAGE = "dev"
IAM_NAMES = {
    "apigateway:GetAccount": "apigateway:GET",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "sts:GetCallerIdentity": None,  # everybody may
}
"""Operations whose permission has another name."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What is asked of AWS."""
    made: set[str] = set()
    call = BaseClient._make_api_call  # noqa: SLF001 -- where each call passes

    def recording(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        made.add(f"{self.meta.service_model.service_name}:{operation}")
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", recording)
    return made


@pytest.fixture
def checkout(
    emulator: Emulator, packaged: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A checkout to stand in, with the emulator as the account."""
    project = Project(tmp_path / "project", emulator.environment, packaged.folder)
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.chdir(project.folder)
    return project


def test_the_deployers_policy_names_each_call(checkout: Project, packaged: Project, calls: set[str]) -> None:
    checkout.take_dependencies(packaged, STAGE)
    deploy.main(["stack", STAGE, "--alarm-email", "lead@example.com"])
    deploy.main(["configure", STAGE])
    checkout.run("infra.package", STAGE)
    deploy.main(["app", STAGE])
    deploy.main(["app", STAGE])
    deploy.main(["delete", STAGE, "--infra"])
    policy = json.loads((ROOT / "infra" / "deployer-policy.json").read_text("utf-8"))
    allowed = [action for part in policy["Statement"] for action in part["Action"]]
    needed = {IAM_NAMES.get(call, call) for call in calls} - {None}
    assert {need for need in needed if not any(fnmatchcase(need or "", can) for can in allowed)} == set()


@pytest.mark.usefixtures("checkout")
def test_nothing_is_deployed_that_was_not_packaged() -> None:
    with pytest.raises(SystemExit, match="make package STAGE=prod"):
        deploy.main(["app", "prod"])


@pytest.mark.usefixtures("checkout")
def test_a_stage_is_configured_before_it_is_deployed(packaged: Project) -> None:
    out = Path("build") / STAGE / "out"
    out.mkdir(parents=True)
    for name in ("sam.json", "deployment.zip"):
        (out / name).write_bytes((packaged.folder / out / name).read_bytes())
    with pytest.raises(SystemExit, match=r"LEADKEEPER_WORK_QUEUE_URL.* not set: make infra"):
        deploy.main(["app", STAGE])


@pytest.mark.usefixtures("checkout")
def test_a_stage_needs_its_infra_stack_first() -> None:
    with pytest.raises(SystemExit, match="there is no stack leadkeeper-prod-infra"):
        deploy.main(["configure", "prod"])


@pytest.mark.usefixtures("checkout")
def test_an_unknown_stage_is_named() -> None:
    with pytest.raises(SystemExit, match="has no stage qa"):
        deploy.main(["configure", "qa"])


def test_what_is_no_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        deploy.main(["stack", "Dev-1"])
    assert "'Dev-1' is no stage" in capsys.readouterr().err


def test_a_region_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(SystemExit, match="no region: set AWS_DEFAULT_REGION"):
        deploy.main(["stack", STAGE])


@pytest.mark.usefixtures("checkout")
def test_queues_that_still_hold_webhooks_are_not_deleted(emulator: Emulator) -> None:
    deploy.main(["stack", STAGE])
    sqs = emulator.client("sqs")
    url = sqs.get_queue_url(QueueName=f"leadkeeper-{STAGE}-work.fifo")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="g", MessageDeduplicationId="d")
    with pytest.raises(SystemExit, match=r"leadkeeper-dev-work.fifo is not empty"):
        deploy.main(["delete", STAGE, "--infra"])
    sqs.purge_queue(QueueUrl=url)
    deploy.main(["delete", STAGE, "--infra"])


@pytest.mark.usefixtures("checkout")
def test_what_the_alarms_were_told_is_kept(emulator: Emulator) -> None:
    deploy.main(["stack", STAGE, "--alarm-email", "lead@example.com", "--checks", "self,endpoints"])
    deploy.main(["stack", STAGE])
    [stack] = emulator.client("cloudformation").describe_stacks(StackName=infra_stack(STAGE))["Stacks"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (values["AlarmEmail"], values["Checks"]) == ("lead@example.com", "self,endpoints")


@pytest.mark.usefixtures("checkout")
def test_the_environment_of_a_stage_can_be_taken_over(capsys: pytest.CaptureFixture[str]) -> None:
    deploy.main(["env", STAGE])
    printed = capsys.readouterr().out.splitlines()
    assert "export LEADKEEPER_TABLE=leadkeeper-dev" in printed
    assert "export LEADKEEPER_SECRETS=/leadkeeper/dev/console" in printed
    # The commands must not print metrics among what they say.
    assert not any("LEADKEEPER_STAGE" in line for line in printed)


def test_a_failed_change_says_why(emulator: Emulator) -> None:
    stack = Stack(emulator.client("cloudformation"), "leadkeeper-broken")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no-fifo", "FifoQueue": True}}
    template = {"Parameters": {}, "Resources": {"Queue": queue}}
    with pytest.raises(Problem, match="leadkeeper-broken"):
        stack.apply(template, {})
    with pytest.raises(Problem, match="left of a failed creation"):
        stack.apply(template, {})
    assert stack.delete()
    assert not stack.delete()
