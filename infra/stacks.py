"""Stacks of CloudFormation, changed through change sets only, so that what happens is shown."""

import json
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.names import Problem, say

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 30 * 60
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_TO_DO = ("didn't contain changes", "no updates are to be performed", "no changes")
Template = Mapping[str, Any]


class Stack:
    """One stack, by name."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 -- boto3 makes its clients as it runs
        """Look at nothing yet."""
        self._client = client
        self.name = name
        self._seen: set[str] = set()

    def apply(self, template: Template, parameters: Mapping[str, str], *, adopt: bool = False) -> bool:
        """Create or update the stack, and wait; False if there was nothing to change.

        Args:
            template: what it should be.
            parameters: the template's parameters; what is left out stays as it was.
            adopt: take over what has one of the template's names already, with its data.

        Raises:
            Problem: the stack cannot be changed as it is, or the change failed and was rolled back.
        """
        status = self._status()
        if status == "ROLLBACK_COMPLETE":
            raise Problem(f"{self.name} is left of a failed creation: delete the stack, then try again")
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise Problem(f"{self.name} is being changed by somebody else ({status}): wait for its end")
        is_new = status in ("", "REVIEW_IN_PROGRESS")
        self._skip_old_events()
        change_set = self._change_set(template, parameters, is_new=is_new, adopt=adopt)
        if change_set is None:
            say(f"{self.name}: no changes")
            return False
        self._client.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        end = self._follow()
        if end not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise Problem(f"{self.name} ended as {end}: the reasons stand above")
        return True

    def delete(self) -> bool:
        """Delete the stack, and wait; False if there is none.

        Raises:
            Problem: something could not be deleted.
        """
        stack_id = self._describe().get("StackId")
        if stack_id is None:
            return False
        self._skip_old_events()
        self._client.delete_stack(StackName=self.name)
        end = self._follow(str(stack_id))
        if end not in ("DELETE_COMPLETE", ""):
            raise Problem(f"{self.name} ended as {end}: the reasons stand above")
        return True

    def outputs(self) -> dict[str, str]:
        """What the stack tells of itself.

        Raises:
            Problem: there is no such stack.
        """
        stack = self._describe()
        if not stack:
            raise Problem(f"there is no stack {self.name}")
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def _change_set(
        self, template: Template, parameters: Mapping[str, str], *, is_new: bool, adopt: bool
    ) -> str | None:
        made = self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"{self.name}-{time.time_ns()}",
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateBody=json.dumps(template, separators=(",", ":"), ensure_ascii=False),
            Parameters=self._parameters(template, parameters),
            Capabilities=CAPABILITIES,
            ImportExistingResources=adopt,
        )["Id"]
        described = self._wait_for_change_set(made)
        if described["Status"] == "CREATE_COMPLETE":
            for change in described["Changes"]:
                resource = change["ResourceChange"]
                say(f"  {resource['Action']:7}{resource['LogicalResourceId']}")
            return str(made)
        reason = described.get("StatusReason", "")
        self._client.delete_change_set(StackName=self.name, ChangeSetName=made)
        if any(words in reason.lower() for words in NOTHING_TO_DO):
            return None
        raise Problem(f"{self.name} cannot be changed so: {reason}")

    def _parameters(self, template: Template, given: Mapping[str, str]) -> list[dict[str, object]]:
        """What is given, and what was given before."""
        before = {parameter["ParameterKey"] for parameter in self._describe().get("Parameters", [])}
        kept = (before & set(template["Parameters"])) - set(given)
        return [
            *({"ParameterKey": name, "ParameterValue": value} for name, value in given.items()),
            *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)),
        ]

    def _wait_for_change_set(self, change_set: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            described: Mapping[str, Any] = self._client.describe_change_set(
                StackName=self.name, ChangeSetName=change_set
            )
            if described["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return described
            time.sleep(POLL_SECONDS)
        raise Problem(f"{self.name}: the change set is not ready after {PATIENCE_SECONDS // 60} minutes")

    def _follow(self, stack_id: str = "") -> str:
        """Print what happens until it ends; return the stack's last status, empty if it is gone."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            # In this order, so that no event is missed at the end.
            status = self._status(stack_id)
            self._print_events(stack_id)
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(POLL_SECONDS)
        raise Problem(f"{self.name} is still at work after {PATIENCE_SECONDS // 60} minutes")

    def _status(self, stack_id: str = "") -> str:
        return str(self._describe(stack_id).get("StackStatus", ""))

    def _describe(self, stack_id: str = "") -> Mapping[str, Any]:
        try:
            stacks = self._client.describe_stacks(StackName=stack_id or self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return {}
            raise
        stack: Mapping[str, Any] = stacks[0] if stacks else {}
        return {} if stack.get("StackStatus") == "DELETE_COMPLETE" and not stack_id else stack

    def _events(self, stack_id: str = "") -> list[Mapping[str, Any]]:
        try:
            answer = self._client.describe_stack_events(StackName=stack_id or self.name)
        except ClientError as error:
            if "does not exist" in str(error):
                return []
            raise
        events: list[Mapping[str, Any]] = answer["StackEvents"]
        return events

    def _skip_old_events(self) -> None:
        self._seen = {event["EventId"] for event in self._events()}

    def _print_events(self, stack_id: str) -> None:
        for event in reversed(self._events(stack_id)):
            status = event.get("ResourceStatus", "")
            if event["EventId"] not in self._seen and not status.endswith("IN_PROGRESS"):
                reason = event.get("ResourceStatusReason", "") if "FAILED" in status else ""
                say(f"  {status:16} {event['LogicalResourceId']} {reason}".rstrip())
            self._seen.add(event["EventId"])
