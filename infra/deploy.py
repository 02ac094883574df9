"""``python -m infra.deploy``: bring Leadkeeper to AWS, and take it away again.

In this order: ``stack`` (queues, table, alarms), ``configure``, then package and ``app`` (API, functions).
"""

import argparse
import hashlib
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.extras import CONSOLE_URL
from infra.names import CONFIG, TEMPLATES, Problem, app_stack, build_folder, infra_stack, say, stage
from infra.stacks import Stack

CONFIGURED = {
    "LEADKEEPER_WORK_QUEUE_URL": "WorkQueueUrl",
    "LEADKEEPER_NOTIFY_QUEUE_URL": "NotifyQueueUrl",
    "LEADKEEPER_TABLE": "TableName",
}
"""Environment variable of the functions: output of the infra stack."""

METRICS_STAGE = "LEADKEEPER_STAGE"
CLOSED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
FREE_REGION = "us-east-1"
"""The one region whose name S3 refuses as a location."""


@dataclass(frozen=True, slots=True)
class Aws:
    """The account and region that the environment points at."""

    session: boto3.Session

    def client(self, service: str) -> Any:  # noqa: ANN401 -- boto3 makes its clients as it runs
        """A client of one service."""
        return self.session.client(service, region_name=self.region)

    def stack(self, name: str) -> Stack:
        """A stack by name."""
        return Stack(self.client("cloudformation"), name)

    @property
    def region(self) -> str:
        """Where everything is made.

        Raises:
            Problem: the environment names none.
        """
        if not self.session.region_name:
            raise Problem("no region: set AWS_DEFAULT_REGION, such as eu-central-1")
        return str(self.session.region_name)


def deploy_stack(aws: Aws, name: str, email: str | None, checks: str | None, *, adopt: bool) -> None:
    """Create or update queues, table, alarms."""
    given = {"AlarmEmail": email, "Checks": checks}
    parameters = {"Stage": name, **{key: value for key, value in given.items() if value}}
    stack = aws.stack(infra_stack(name))
    stack.apply(_read(TEMPLATES / "stack.json"), parameters, adopt=adopt)
    for key, value in stack.outputs().items():
        say(f"{key:16} {value}")


def configure(aws: Aws, name: str) -> None:
    """Write into ``.chalice/config.json`` where queues and table of this stage are."""
    config = _read(CONFIG)
    variables = _stage_of(config, name)["environment_variables"]
    outputs = aws.stack(infra_stack(name)).outputs()
    variables.update({variable: outputs[output] for variable, output in CONFIGURED.items()})
    CONFIG.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", "utf-8")
    say(f"{CONFIG}: stage {name} is configured")


def deploy_app(aws: Aws, name: str, bucket: str | None) -> None:
    """Upload the package and create or update API and functions."""
    packaged = build_folder(name) / "out"
    if not (packaged / "sam.json").is_file():
        raise Problem(f"nothing is packaged: make package STAGE={name}")
    template = _read(packaged / "sam.json")
    _require_configured(template)
    place = _upload(aws, packaged / "deployment.zip", bucket or _own_bucket(aws, name))
    stack = aws.stack(app_stack(name))
    stack.apply(with_code(template, place), {"Stage": name, "AccessLog": "yes" if _may_log(aws) else "no"})
    outputs = stack.outputs()
    say(f"API: {outputs['EndpointURL']}")
    if CONSOLE_URL in outputs:
        say(f"Console: {outputs[CONSOLE_URL]}")


def show_environment(name: str) -> None:
    """Print what lets ``leadkeeper`` look into this stage: ``eval "$(make -s env STAGE=dev)"``."""
    stage_config = _stage_of(_read(CONFIG), name)
    console = stage_config["lambda_functions"]["console"]["environment_variables"]
    variables: dict[str, str] = {**stage_config["environment_variables"], **console}
    # With it the commands would print metrics, which only a function's log may hold.
    variables.pop(METRICS_STAGE)
    for variable, value in variables.items():
        say(f"export {variable}={shlex.quote(value)}")


def delete(aws: Aws, name: str, *, infra: bool) -> None:
    """Delete API and functions, and on request queues and alarms; never the table."""
    for stack in (app_stack(name), *([infra_stack(name)] if infra else [])):
        if stack == infra_stack(name):
            _require_empty_queues(aws, stack)
        say(f"{stack}: {'deleted' if aws.stack(stack).delete() else 'there is none'}")
    kept = f"the table {app_stack(name)}, the packages in the bucket, the secrets in SSM"
    say(f"kept: {kept if infra else f'queues, alarms, {kept}'}")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _stage_of(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    if name not in config["stages"]:
        raise Problem(f"{CONFIG} has no stage {name}: copy one of its stages and its policy files")
    stage_config: dict[str, Any] = config["stages"][name]
    return stage_config


def _require_configured(template: Mapping[str, Any]) -> None:
    """A function without its queue would only fail at its first webhook."""
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    missing = [name for name in CONFIGURED if not variables.get(name)]
    if missing:
        raise Problem(f"{', '.join(missing)} not set: make infra, then make package again")


def _own_bucket(aws: Aws, name: str) -> str:
    """The stage's bucket for packages, made if there is none."""
    account = aws.client("sts").get_caller_identity()["Account"]
    bucket = f"{app_stack(name)}-{account}-{aws.region}"
    s3 = aws.client("s3")
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        elsewhere = aws.region != FREE_REGION
        place = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}} if elsewhere else {}
        s3.create_bucket(Bucket=bucket, **place)
        say(f"made the bucket {bucket}")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=CLOSED)
    return bucket


def _upload(aws: Aws, archive: Path, bucket: str) -> dict[str, str]:
    """Upload under the content's own name, so that an unchanged package is no change."""
    content = archive.read_bytes()
    key = f"{hashlib.sha256(content).hexdigest()}.zip"
    say(f"uploading {len(content) / 1e6:.1f} MB to {bucket}/{key[:12]}….zip")
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return {"Bucket": bucket, "Key": key}


def with_code(template: dict[str, Any], place: Mapping[str, str]) -> dict[str, Any]:
    """The template with the place in S3 where its functions' code is."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = place
    return template


def _may_log(aws: Aws) -> bool:
    """Whether this account lets API Gateway write logs. Without that, a stage with a log is refused."""
    if aws.client("apigateway").get_account().get("cloudwatchRoleArn"):
        return True
    say("NOTE: API Gateway may not write logs in this account, so there is no access log: see docs/aws.md")
    return False


def _require_empty_queues(aws: Aws, stack: str) -> None:
    """Webhooks that wait were answered with 200: nobody will send them again."""
    try:
        outputs = aws.stack(stack).outputs()
    except Problem:
        return
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for key in ("WorkQueueUrl", "NotifyQueueUrl", "DeadQueueUrl"):
        queue = aws.client("sqs").get_queue_attributes(QueueUrl=outputs[key], AttributeNames=names)
        if any(int(count) for count in queue["Attributes"].values()):
            raise Problem(f"{outputs[key]} is not empty: let it drain, or purge it, then try again")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (
        ("stack", deploy_stack.__doc__),
        ("configure", configure.__doc__),
        ("app", deploy_app.__doc__),
        ("env", show_environment.__doc__),
        ("delete", delete.__doc__),
    ):
        sub = commands.add_parser(command, help=text)
        sub.add_argument("stage", type=stage, help="such as dev or prod")
        if command == "stack":
            sub.add_argument("--alarm-email", help="who gets the alarms; kept as it is if not given")
            sub.add_argument("--checks", help="what must run every hour, by commas; likewise")
            sub.add_argument("--adopt", action="store_true", help="take over the table of an earlier stack")
        if command == "app":
            sub.add_argument("--bucket", help="for the package; default leadkeeper-STAGE-ACCOUNT-REGION")
        if command == "delete":
            sub.add_argument("--infra", action="store_true", help="queues and alarms too")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Carry out one command."""
    options = _options(arguments)
    aws = Aws(boto3.Session())
    try:
        match options.command:
            case "stack":
                deploy_stack(aws, options.stage, options.alarm_email, options.checks, adopt=options.adopt)
            case "configure":
                configure(aws, options.stage)
            case "app":
                deploy_app(aws, options.stage, options.bucket)
            case "env":
                show_environment(options.stage)
            case "delete":
                delete(aws, options.stage, infra=options.infra)
    except (Problem, BotoCoreError, ClientError) as problem:
        sys.exit(f"infra.deploy: {problem}")


if __name__ == "__main__":
    main()
