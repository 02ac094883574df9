"""The account of retailCRM behind its port: dictionaries, custom fields, users, our integration module."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from chalicelib.crm.account import (
    Account,
    Entry,
    MakeField,
    MakeMethod,
    MakeStatus,
    Module,
    OrderField,
    RegisterTelephony,
    Status,
    Step,
)
from chalicelib.crm.port import NO_ACCESS, User
from chalicelib.crm.retailcrm import requests
from chalicelib.crm.retailcrm.account_models import (
    EntryAnswer,
    ExtensionAnswer,
    FieldAnswer,
    ModuleAnswer,
)
from chalicelib.crm.retailcrm.answers import page_count, parsed, parsed_list
from chalicelib.crm.retailcrm.client import NotFound, RetailCrmClient, path_segment
from chalicelib.crm.retailcrm.models import UserAnswer
from chalicelib.crm.retailcrm.rights import needs_right
from chalicelib.errors import Refused, Unreachable

MODULE = "leadkeeper"
"""The code of our integration module."""

PAGE = "100"
MAX_PAGES = 50
PartType = TypeVar("PartType")


class RetailCrmAccount:
    """Implements ``crm.account.CrmAccount``."""

    def __init__(self, client: RetailCrmClient, url: str, logo: str = "") -> None:
        """Look at the account at this base URL.

        Args:
            client: with the key.
            url: of the account: rights are told at an address without the version of the API.
            logo: the address of a picture in SVG for our integration module; empty for none.
        """
        self._client = client
        self._url = url
        self._logo = logo

    def read(self) -> Account:
        """See the port."""
        scopes, sites = self._credentials()
        statuses = self._readable(partial(self._entries, "statuses", "statuses"))
        return Account(
            scopes=scopes,
            sites=sites or self._codes("sites", "sites"),
            timezone=self._readable(self._timezone) or "",
            groups=self._codes("status-groups", "statusGroups"),
            statuses=None if statuses is None else tuple(map(_status, statuses)),
            methods=self._dictionary("order-methods", "orderMethods"),
            stores=self._dictionary("stores", "stores"),
            delivery_types=self._dictionary("delivery-types", "deliveryTypes"),
            fields=self._readable(self._fields),
            users=self._readable(self._users),
            modules=self._readable(self._modules),
        )

    def carry_out(self, step: Step) -> bool:
        """See the port. Between the plan and now a person may have made it: so we look once more."""
        match step:
            case MakeStatus():
                return self._make_entry("statuses", "statuses", "status", step)
            case MakeMethod():
                return self._make_entry("order-methods", "orderMethods", "orderMethod", step)
            case MakeField():
                return self._make_field(step)
            case RegisterTelephony():
                return self._register(step)

    def _make_entry(self, dictionary: str, key: str, field: str, step: MakeStatus | MakeMethod) -> bool:
        if any(entry.code == step.code for entry in self._entries(dictionary, key)):
            return False
        with needs_right("reference_write"):
            path = f"reference/{dictionary}/{path_segment(step.code)}/edit"
            self._client.post(path, {field: {**step.model_dump(), "active": True}})
        return True

    def _make_field(self, step: MakeField) -> bool:
        if self._has_field(step.code):
            return False
        try:
            with needs_right("custom_fields_write"):
                self._client.post("custom-fields/order/create", {"customField": step.model_dump()})
        except Refused:
            if not self._has_field(step.code):
                raise
            return False
        return True

    def _has_field(self, code: str) -> bool:
        return any(field.code == code for field in self._fields())

    def _register(self, step: RegisterTelephony) -> bool:
        before = self._modules()
        if before and (not before[0].is_active or before[0].extensions == step.extensions):
            return False
        module = requests.telephony_module(MODULE, step.extensions, self._logo)
        with needs_right("integration_write"):
            self._client.post(f"integration-modules/{MODULE}/edit", {"integrationModule": module})
        return True

    def _credentials(self) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """What the key may do, and the shops that it is limited to; None for what is not told."""
        answer = self._client.get(f"{self._url}/api/credentials")
        scopes, sites = answer.get("scopes"), answer.get("sitesAvailable")
        return frozenset(scopes or ()) or None, frozenset(sites or ()) or None

    def _timezone(self) -> str:
        settings = self._client.get("settings").get("settings") or {}
        return str((settings.get("timezone") or {}).get("value", ""))

    def _codes(self, dictionary: str, key: str) -> frozenset[str] | None:
        entries = self._readable(partial(self._entries, dictionary, key))
        return None if entries is None else frozenset(entry.code for entry in entries)

    def _dictionary(self, dictionary: str, key: str) -> tuple[Entry, ...] | None:
        entries = self._readable(partial(self._entries, dictionary, key))
        return None if entries is None else tuple(map(_entry, entries))

    def _entries(self, dictionary: str, key: str) -> list[EntryAnswer]:
        """Most dictionaries are objects by code, the rest are lists."""
        content = self._client.get(f"reference/{dictionary}").get(key)
        rows = list(content.values()) if isinstance(content, dict) else content
        return parsed_list(EntryAnswer, rows)

    def _fields(self) -> tuple[OrderField, ...]:
        rows = self._pages("custom-fields", "customFields", ("filter[entity]", "order"))
        fields = (parsed(FieldAnswer, row) for row in rows)
        return tuple(OrderField(code=field.code, name=field.name, type=field.type) for field in fields)

    def _users(self) -> tuple[User, ...]:
        users = (parsed(UserAnswer, row) for row in self._pages("users", "users"))
        return tuple(
            User(id=user.id, name=f"{user.first_name} {user.last_name}".strip(), is_active=user.active)
            for user in users
        )

    def _modules(self) -> tuple[Module, ...]:
        try:
            answer = self._client.get(f"integration-modules/{MODULE}")
        except NotFound:
            return ()
        content = answer.get("integrationModule") or {}
        telephony = (content.get("integrations") or {}).get("telephony") or {}
        extensions = parsed_list(ExtensionAnswer, telephony.get("additionalCodes"))
        is_active = parsed(ModuleAnswer, content).active
        return (Module(is_active=is_active, extensions={each.code: each.user_id for each in extensions}),)

    def _pages(self, path: str, key: str, *filters: tuple[str, str]) -> Iterator[Any]:
        for page in range(1, MAX_PAGES + 1):
            answer = self._client.get(path, [*filters, ("limit", PAGE), ("page", str(page))])
            yield from answer.get(key) or ()
            if page >= page_count(answer):
                return
        raise Refused("too-many", f"more than {MAX_PAGES} pages of {path}")

    def _readable(self, read: Callable[[], PartType]) -> PartType | None:
        """None for what the key may not read. A wrong key is told before, when its rights are asked for."""
        try:
            return read()
        except Unreachable as error:
            if error.reason != NO_ACCESS:
                raise
            return None


def _entry(answer: EntryAnswer) -> Entry:
    return Entry(code=answer.code, name=answer.name, is_active=answer.active)


def _status(answer: EntryAnswer) -> Status:
    return Status(
        code=answer.code,
        name=answer.name,
        is_active=answer.active,
        group=answer.group,
        ordering=answer.ordering,
    )
