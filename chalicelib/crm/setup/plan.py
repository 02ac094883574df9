"""What is to be done so that an account has what a shop needs.

What is there belongs to the people who set it up: it is never renamed, moved to another group, switched on
or off. Only what is missing altogether is made; our own telephony entry is kept up to date.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from chalicelib.crm.account import (
    Account,
    MakeField,
    MakeMethod,
    MakeStatus,
    RegisterTelephony,
    Step,
)
from chalicelib.crm.setup.missing import missing
from chalicelib.crm.setup.needs import Wanted
from chalicelib.crm.setup.troubles import Trouble, troubles

ORDERING_STEP = 10


class Plan(BaseModel):
    """What is to be done.

    Attributes:
        steps: by us, in this order.
        troubles: by a person.
        remarks: what differs, and may well be meant so.
    """

    model_config = ConfigDict(frozen=True)

    steps: tuple[Step, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[str, ...] = ()


def plan(wanted: Wanted, account: Account) -> Plan:
    """What this account lacks of what is wanted."""
    steps = tuple(_steps(wanted, account))
    ours = tuple(step for step in steps if account.allows(write_scope(step)))
    refused = tuple(_by_hand(step) for step in steps if step not in ours)
    return Plan(
        steps=ours,
        troubles=(*troubles(wanted, account), *refused),
        remarks=tuple(_regrouped(wanted, account)),
    )


def write_scope(step: Step) -> str:
    """What the key needs for a step."""
    if isinstance(step, MakeField):
        return "custom_fields_write"
    return "integration_write" if isinstance(step, RegisterTelephony) else "reference_write"


def described(step: Step) -> str:
    """A step in a line for people."""
    match step:
        case MakeMethod():
            return f"order method {step.code}: “{step.name}”"
        case MakeStatus():
            return f"status {step.code}: “{step.name}”, in the group {step.group}"
        case MakeField():
            return f"order field {step.code}: “{step.name}”, of the type {step.type}"
        case RegisterTelephony():
            what = "telephony" if step.is_new else "telephony, with its extensions as they are now"
            extensions = ", ".join(f"{code} for user {user}" for code, user in step.extensions.items())
            return f"{what}: {extensions or 'no extensions'}"


def _steps(wanted: Wanted, account: Account) -> Iterator[Step]:
    yield from _statuses(wanted, account)
    for method in missing(wanted.methods, account.methods):
        yield MakeMethod(code=method.code, name=method.name)
    for field in missing(wanted.fields, account.fields):
        if field.types:
            yield MakeField(code=field.code, name=field.name, type=field.types[0])
    yield from _telephony(wanted, account)


def _statuses(wanted: Wanted, account: Account) -> Iterator[MakeStatus]:
    """Each at the end of its group. A group that is not there cannot be made by the CRM's API."""
    last: dict[str, int] = {}
    for status in account.statuses or ():
        last[status.group] = max(last.get(status.group, 0), status.ordering)
    for need in missing(wanted.statuses, account.statuses):
        if need.group in (account.groups or ()):
            last[need.group] = last.get(need.group, 0) + ORDERING_STEP
            yield MakeStatus(code=need.code, name=need.name, group=need.group, ordering=last[need.group])


def _telephony(wanted: Wanted, account: Account) -> Iterator[RegisterTelephony]:
    """A person may have switched our entry off: then it stays so."""
    if wanted.extensions is None or account.modules is None:
        return
    if not account.modules:
        yield RegisterTelephony(extensions=wanted.extensions, is_new=True)
    elif account.modules[0].is_active and account.modules[0].extensions != wanted.extensions:
        yield RegisterTelephony(extensions=wanted.extensions, is_new=False)


def _by_hand(step: Step) -> Trouble:
    return Trouble(
        what=f"missing in the CRM: {described(step)}",
        fix=f"Give the key the right {write_scope(step)} and run `leadkeeper crm setup`, or make it by hand",
    )


def _regrouped(wanted: Wanted, account: Account) -> Iterator[str]:
    groups = {status.code: status.group for status in account.statuses or ()}
    for need in wanted.statuses:
        group = groups.get(need.code)
        if need.group and group is not None and group != need.group:
            yield f"status {need.code} is in the group {group}; scenario.toml says {need.group}"
