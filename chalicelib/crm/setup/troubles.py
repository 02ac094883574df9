"""What only a person can put right: in the CRM, at its key, or in the shop file."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from chalicelib.crm.account import Account, Entry
from chalicelib.crm.setup.missing import missing
from chalicelib.crm.setup.needs import Need, Wanted

READ_SCOPES = {
    "groups": "reference_read",
    "statuses": "reference_read",
    "methods": "reference_read",
    "stores": "reference_read",
    "delivery_types": "reference_read",
    "sites": "reference_read",
    "fields": "custom_fields_read",
    "users": "user_read",
    "modules": "integration_read",
}
"""What the key needs to read each part of an account."""


class Trouble(BaseModel):
    """What is wrong, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    what: str
    fix: str


def troubles(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    """All that we cannot put right ourselves, whatever the key allows."""
    yield from _scopes(wanted, account)
    yield from _shop(wanted, account)
    yield from _codes(wanted, account)
    yield from _fields(wanted, account)
    yield from _telephony(wanted, account)
    yield from _people(wanted, account)


def _scopes(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    unread = {scope for part, scope in READ_SCOPES.items() if _unread(part, wanted, account)}
    reasons = {**dict.fromkeys(sorted(unread), "to look what is there"), **wanted.scopes}
    for scope, reason in reasons.items():
        if scope in unread or not account.allows(scope):
            yield Trouble(
                what=f"the key lacks the right {scope}, {reason}",
                fix="Give it to the key in the CRM's settings",
            )


def _unread(part: str, wanted: Wanted, account: Account) -> bool:
    """Whether something is wanted of a part that the key may not read."""
    if part == "modules":
        return wanted.extensions is not None and account.modules is None
    if part == "sites":
        return bool(wanted.site) and account.sites is None
    return bool(getattr(wanted, part)) and getattr(account, part) is None


def _shop(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    sites = account.sites
    known = ", ".join(sorted(sites or ()))
    if sites is not None and wanted.site and wanted.site not in sites:
        yield Trouble(
            what=f"the key sees no shop {wanted.site}; it sees: {known or 'none'}",
            fix="Correct shop.site, or let the key see this shop",
        )
    if sites is not None and not wanted.site and len(sites) > 1:
        yield Trouble(
            what=f"the key sees several shops: {known}", fix="Name the one that you mean as shop.site"
        )
    if account.timezone and account.timezone != wanted.timezone:
        yield Trouble(
            what=f"the account's time zone is {account.timezone}, crm.timezone is {wanted.timezone}:"
            " each time would be wrong",
            fix="Correct crm.timezone",
        )


def _codes(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    groups = account.groups
    for need in wanted.groups:
        if groups is not None and need.code not in groups:
            yield _absent("group of statuses", need, "Correct the code, or make the group in the CRM")
    for status in missing(wanted.statuses, account.statuses):
        if not status.group:
            fix = "Correct the code, or make the status in the CRM, or tell its group in scenario.toml"
            yield _absent("status", status, fix)
        elif status.group not in (groups or ()):
            yield _absent("status", status, f"Make its group {status.group} in the CRM first")
    for store in missing(wanted.stores, account.stores):
        yield _absent("store", store, "Correct the code, or make the store in the CRM")
    for delivery_type in missing(wanted.delivery_types, account.delivery_types):
        yield _absent("way of delivery", delivery_type, "Correct the code, or make it in the CRM")
    yield from _switched_off("status", wanted.statuses, account.statuses)
    yield from _switched_off("order method", wanted.methods, account.methods)
    yield from _switched_off("store", wanted.stores, account.stores)
    yield from _switched_off("way of delivery", wanted.delivery_types, account.delivery_types)


def _fields(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    for field in missing(wanted.fields, account.fields):
        if not field.types:
            yield _absent("order field", field, "Correct the code, or make the field in the CRM")
    types = {field.code: field.type for field in account.fields or ()}
    for field in wanted.fields:
        if field.types and types.get(field.code, field.types[0]) not in field.types:
            yield Trouble(
                what=f"order field {field.code} ({', '.join(field.keys)}) is of the type {types[field.code]},"
                f" and has to be {' or '.join(field.types)}",
                fix="Name another field",
            )


def _telephony(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    if wanted.extensions is not None and any(not module.is_active for module in account.modules or ()):
        yield Trouble(
            what="our telephony is switched off in the CRM: it refuses calls",
            fix='Switch the integration “Leadkeeper” on there, or set telephony.calls to "note" or "none"',
        )


def _people(wanted: Wanted, account: Account) -> Iterator[Trouble]:
    if account.users is None:
        return
    users = {user.id: user for user in account.users}
    for person in wanted.users:
        user = users.get(person.id)
        if user is None:
            yield Trouble(
                what=f"{person.name} is user {person.id}, whom the CRM does not have",
                fix="Correct crm_user in [[people]]",
            )
        elif not user.is_active:
            yield Trouble(
                what=f"{person.name} is user {person.id}, who may no longer log in to the CRM",
                fix="Take them out of [[people]], or let them in again",
            )


def _absent(kind: str, need: Need, fix: str) -> Trouble:
    return Trouble(what=f"{kind} {need.code} ({', '.join(need.keys)}) is not in the CRM", fix=fix)


def _switched_off(kind: str, needs: Sequence[Need], present: Sequence[Entry] | None) -> Iterator[Trouble]:
    off = {entry.code for entry in present or () if not entry.is_active}
    for need in needs:
        if need.code in off:
            yield Trouble(
                what=f"{kind} {need.code} ({', '.join(need.keys)}) is switched off in the CRM",
                fix="Switch it on there, or name another one",
            )
