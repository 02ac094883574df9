"""The templates, as linters and we ourselves read them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.checks.turn import LONGEST
from infra.deploy import with_code
from infra.extras import extras_for
from tests.infra.processes import EMULATOR, ROOT
from tests.infra.project import Project

INFRA = ROOT / "infra" / "stack.json"
QUEUES = {"WorkQueue": "WorkerWorkerSqsEventSource", "NotifyQueue": "NotifierNotifierSqsEventSource"}
FUNCTIONS = {
    "APIHandler": "",
    "Worker": "-worker",
    "Notifier": "-notifier",
    "Console": "-console",
    "Checks": "-checks",
    "SelfCheck": "-self-check",
}
CHANNELS = """
[alerts.ses]
sender = "alerts@shop.example"

[alerts.sns]
topic = "arn:aws:sns:eu-central-1:000000000000:alerts"
"""
CODE = {"Bucket": "packages", "Key": "code.zip"}


@pytest.fixture(scope="module")
def sam(packaged: Project) -> Path:
    return packaged.folder / "build" / "dev" / "out" / "sam.json"


@pytest.fixture(scope="module")
def plain(sam: Path, folder: Path) -> Path:
    """The packaged template as CloudFormation sees it in the end."""
    if not EMULATOR.is_file():
        pytest.fail("no translator of SAM: make .venv/emulator/installed")
    done = subprocess.run(
        [str(EMULATOR.with_name("python")), str(Path(__file__).with_name("translate.py"))],
        input=json.dumps(with_code(_read(sam), CODE)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    target = folder / "plain.json"
    target.write_text(done.stdout)
    return target


@pytest.fixture(scope="module")
def resources(plain: Path) -> dict[str, Any]:
    found: dict[str, Any] = _read(plain)["Resources"]
    return found


@pytest.fixture(scope="module")
def infra() -> dict[str, Any]:
    found: dict[str, Any] = _read(INFRA)["Resources"]
    return found


def test_the_infra_stack_is_clean() -> None:
    _lint(INFRA)


def test_the_packaged_template_is_clean(sam: Path) -> None:
    _lint(sam)


def test_its_translation_is_clean(plain: Path) -> None:
    _lint(plain)


def test_a_message_outlasts_its_worker_six_times(infra: dict[str, Any], resources: dict[str, Any]) -> None:
    for queue, name in zip(QUEUES, ("Worker", "Notifier"), strict=True):
        visibility = infra[queue]["Properties"]["VisibilityTimeout"]
        assert visibility >= 6 * resources[name]["Properties"]["Timeout"]
        assert visibility == bootstrap.AWS_VISIBILITY.total_seconds()


def test_a_turn_at_the_checks_lasts_as_long_as_the_function_may(resources: dict[str, Any]) -> None:
    assert resources["Checks"]["Properties"]["Timeout"] == LONGEST.total_seconds()


def test_nothing_is_given_up_before_it_is_parked(infra: dict[str, Any]) -> None:
    for queue in QUEUES:
        settings = infra[queue]["Properties"]
        assert settings["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert settings["RedrivePolicy"]["maxReceiveCount"] == 1000
        assert settings["SqsManagedSseEnabled"]
    assert infra["DeadQueue"]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_data_survives_whatever_happens_to_the_stack(infra: dict[str, Any]) -> None:
    table = infra["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    settings = table["Properties"]
    assert settings["DeletionProtectionEnabled"]
    assert settings["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert settings["SSESpecification"]["SSEEnabled"]
    assert settings["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_each_worker_takes_one_message_at_a_time(resources: dict[str, Any]) -> None:
    for mapping, workers in zip(QUEUES.values(), (4, 2), strict=True):
        settings = resources[mapping]["Properties"]
        assert settings["BatchSize"] == 1
        assert settings["ScalingConfig"] == {"MaximumConcurrency": workers}
        assert "FunctionResponseTypes" not in settings


def test_the_functions_bear_the_names_that_the_alarms_watch(
    infra: dict[str, Any], resources: dict[str, Any]
) -> None:
    for name, suffix in FUNCTIONS.items():
        assert resources[name]["Properties"]["FunctionName"] == {"Fn::Sub": f"leadkeeper-${{Stage}}{suffix}"}
    watched = _read(INFRA)["Mappings"]["Functions"]
    assert sorted(function["Suffix"] for function in watched.values()) == sorted(FUNCTIONS.values())
    assert set(infra["Fn::ForEach::Functions"][1]) == set(watched)


def test_each_function_has_a_role_of_its_own(resources: dict[str, Any]) -> None:
    roles = {resources[name]["Properties"]["Role"]["Fn::GetAtt"][0] for name in FUNCTIONS}
    assert len(roles) == len(FUNCTIONS)
    for role in roles:
        [policy] = resources[role]["Properties"]["Policies"]
        actions = [action for part in policy["PolicyDocument"]["Statement"] for action in part["Action"]]
        assert {"logs:CreateLogStream", "logs:PutLogEvents"} <= set(actions)
        assert not any("*" in action for action in actions)
        assert "ManagedPolicyArns" not in resources[role]["Properties"]


def test_a_shop_with_channels_on_aws_lets_the_notifier_use_them(packaged: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", packaged.environment)
    project.take_dependencies(packaged, "dev")
    example = (project.folder / "shop.example.toml").read_text("utf-8").partition("[demo]")[0]
    (project.folder / "shop.toml").write_text(example + CHANNELS, "utf-8")
    project.run("infra.package", "dev")
    found = _read(project.folder / "build" / "dev" / "out" / "sam.json")["Resources"]
    actions = {
        name: {
            action
            for policy in role["Properties"]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            for action in statement["Action"]
        }
        for name, role in found.items()
        if role["Type"] == "AWS::IAM::Role"
    }
    channels = {"ses:SendEmail", "ses:SendRawEmail", "sns:Publish"}
    assert {name for name, each in actions.items() if each & channels} == {"NotifierRole"}
    assert actions["NotifierRole"] > channels
    as_checked_out = (project.folder / ".chalice" / "policy-dev-notifier.json").read_text("utf-8")
    assert "sns:Publish" not in as_checked_out


def test_the_console_has_a_url_of_its_own_where_people_sign_in(resources: dict[str, Any]) -> None:
    url = resources["ConsoleUrl"]["Properties"]
    assert (url["AuthType"], url["TargetFunctionArn"]) == ("NONE", {"Ref": "Console"})


def test_a_shop_without_a_console_gives_the_function_no_url() -> None:
    extras = extras_for({"shop": {}})
    assert extras["Resources"]["Console"]["Properties"].keys() == {"FunctionName"}
    assert "Outputs" not in extras


def test_the_api_hands_over_each_body_as_it_came(resources: dict[str, Any]) -> None:
    body = resources["RestAPI"]["Properties"]["Body"]
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    assert resources["RestAPI"]["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert resources["RestAPI"]["Properties"]["MinimumCompressionSize"] == 1024


def test_the_api_is_throttled_and_logs_no_path(resources: dict[str, Any]) -> None:
    stage = resources["RestAPIdevStage"]["Properties"]
    [settings] = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == 50
    assert settings["LoggingLevel"] == "OFF"
    assert settings["DataTraceEnabled"] is False
    assert stage["TracingEnabled"] is False
    _, on, off = stage["AccessLogSetting"]["Fn::If"]
    assert off == {"Ref": "AWS::NoValue"}
    line = json.loads(on["Format"])
    assert line["resource"] == "$context.resourcePath"
    assert "$context.path" not in line.values()
    assert not any("querystring" in value or "header" in value for value in line.values())


def test_each_alarm_tells_somebody(infra: dict[str, Any]) -> None:
    loops = [content for name, (_, _, content) in _loops(infra) if name]
    alarms = [
        resource
        for resource in [*infra.values(), *(each for loop in loops for each in loop.values())]
        if isinstance(resource, dict) and resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert len(alarms) == 8
    assert all(alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms)
    silent = [alarm for alarm in alarms if alarm["Properties"]["TreatMissingData"] == "breaching"]
    assert [alarm["Properties"]["MetricName"] for alarm in silent] == ["CheckRan"]


def test_only_known_things_are_wildcards(resources: dict[str, Any]) -> None:
    roles = [resource for resource in resources.values() if resource["Type"] == "AWS::IAM::Role"]
    statements = [
        statement
        for role in roles
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    everything = [statement for statement in statements if {"*", "arn:aws:*"} & set(statement["Resource"])]
    assert everything == []


def _loops(infra: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in infra.items() if name.startswith("Fn::ForEach::")]


def _lint(template: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), str(template)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
