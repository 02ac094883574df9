"""What a shop's settings need of its CRM account."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.crm.setup.names import METHODS, VISITOR_FIELDS
from chalicelib.mistakes.settings import FIELD
from chalicelib.settings import Shop

LONG_FIELDS = frozenset({"landing_page", "referrer"})
"""What is known of a visit and may be longer than the CRM's fields of one line."""

ALWAYS = {
    "order_read": "to find orders",
    "order_write": "to make and change orders",
    "customer_read": "to recognise clients",
    "customer_write": "to write notes to clients",
    "task_read": "to look after our tasks",
    "task_write": "to make tasks",
    "user_read": "to see who can get tasks",
    "reference_read": "to read statuses",
}
"""What the key may not do without, and what for."""


class Need(BaseModel):
    """Something that the shop names by its code.

    Attributes:
        keys: where: the keys of the shop file, or of ``scenario.toml``.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    keys: tuple[str, ...]


class NeededStatus(Need):
    """A status; without a group nobody told us enough to make it."""

    name: str = ""
    group: str = ""


class NeededMethod(Need):
    """An order method."""

    name: str


class NeededField(Need):
    """A field of orders.

    Attributes:
        types: the types that will do, the one to make first; empty if any will, and none is to be made.
    """

    name: str = ""
    types: tuple[str, ...] = ()


class NeededUser(BaseModel):
    """Somebody of ``[[people]]`` who gets tasks."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str


class Wanted(BaseModel):
    """All that the shop needs.

    Attributes:
        site: the code of the shop in the account; empty if the account has only one.
        extensions: of our telephony in the CRM; None if we are none.
        scopes: what the key must be allowed, and what for.
    """

    model_config = ConfigDict(frozen=True)

    statuses: tuple[NeededStatus, ...] = ()
    groups: tuple[Need, ...] = ()
    methods: tuple[NeededMethod, ...] = ()
    fields: tuple[NeededField, ...] = ()
    stores: tuple[Need, ...] = ()
    delivery_types: tuple[Need, ...] = ()
    users: tuple[NeededUser, ...] = ()
    site: str = ""
    timezone: str = ""
    extensions: Mapping[str, int] | None = None
    scopes: Mapping[str, str] = Field(default_factory=dict)


def wanted(shop: Shop) -> Wanted:
    """What this shop needs."""
    return Wanted(
        statuses=tuple(_merged(_statuses(shop))),
        groups=tuple(_merged(_groups(shop))),
        methods=tuple(_merged(_methods(shop))),
        fields=tuple(_merged(_fields(shop))),
        stores=tuple(Need(code=store.code, keys=("stock.stores",)) for store in shop.stock.stores)
        if shop.stock
        else (),
        delivery_types=tuple(_merged(_delivery_types(shop))),
        users=tuple(
            NeededUser(id=person.crm_user, name=person.name)
            for person in shop.people
            if person.crm_user is not None
        ),
        site=shop.shop.site,
        timezone=shop.crm.timezone.key,
        extensions=extensions_of(shop) if shop.telephony.calls == "module" else None,
        scopes=_scopes(shop),
    )


def extensions_of(shop: Shop) -> dict[str, int]:
    """The CRM's id of who is called at each extension."""
    return {
        person.extension: person.crm_user
        for person in shop.people
        if person.extension and person.crm_user is not None
    }


def _statuses(shop: Shop) -> Iterator[NeededStatus]:
    if shop.scenario is not None:
        for code, status in shop.scenario.statuses.items():
            key = f"scenario.toml: statuses.{code}"
            yield NeededStatus(code=code, keys=(key,), name=status.name or code, group=status.group)
    yield NeededStatus(code=shop.crm.codes.new, keys=("crm.codes.new",))
    for code in sorted(shop.crm.codes.unprocessed):
        yield NeededStatus(code=code, keys=("crm.codes.unprocessed",))
    for parcel_status, code in shop.crm.parcel_statuses.items():
        yield NeededStatus(code=code, keys=(f"crm.parcel_statuses.{parcel_status}",))
    for code in shop.messages.order_statuses:
        yield NeededStatus(code=code, keys=(f"messages.order_statuses.{code}",))


def _groups(shop: Shop) -> Iterator[Need]:
    for code in sorted(shop.crm.finished_groups):
        yield Need(code=code, keys=("crm.finished_groups",))
    for code, status in (shop.scenario.statuses if shop.scenario else {}).items():
        if status.group:
            yield Need(code=status.group, keys=(f"scenario.toml: statuses.{code}.group",))


def _methods(shop: Shop) -> Iterator[NeededMethod]:
    for key, names in METHODS.items():
        code = getattr(shop.crm.codes, key)
        yield NeededMethod(code=code, keys=(f"crm.codes.{key}",), name=names[shop.shop.language])


def _fields(shop: Shop) -> Iterator[NeededField]:
    for key, code in shop.crm.visitor_fields.items():
        yield NeededField(
            code=code,
            keys=(f"crm.visitor_fields.{key}",),
            name=VISITOR_FIELDS[key][shop.shop.language],
            types=("text", "string") if key in LONG_FIELDS else ("string", "text"),
        )
    if shop.scenario is None:
        return
    if shop.scenario.rules.reason_field:
        yield NeededField(code=shop.scenario.rules.reason_field, keys=("scenario.toml: rules.reason_field",))
    for status_code, status in shop.scenario.statuses.items():
        for rule in status.requires:
            if rule.startswith(FIELD):
                place = f"scenario.toml: statuses.{status_code}.requires"
                yield NeededField(code=rule.removeprefix(FIELD), keys=(place,))


def _delivery_types(shop: Shop) -> Iterator[Need]:
    if shop.scenario is not None:
        for name in ("deliveries", "pickup_deliveries"):
            for code in sorted(getattr(shop.scenario.rules, name)):
                yield Need(code=code, keys=(f"scenario.toml: rules.{name}",))
    for source, settings in shop.sources.items():
        for name in type(settings).model_fields:
            # So the settings of each courier call the CRM's codes of its ways of delivery.
            if name.endswith("delivery_types"):
                for code in sorted(getattr(settings, name)):
                    yield Need(code=code, keys=(f"sources.{source}.{name}",))


def _scopes(shop: Shop) -> dict[str, str]:
    scopes = dict(ALWAYS)
    if shop.telephony.calls == "module":
        scopes["telephony_write"] = "to show calls"
    if shop.messengers.files:
        scopes["file_write"] = "to put files at orders"
    if shop.stock is not None:
        scopes |= {"store_read": "to compare stock", "store_write": "to write stock"}
    return scopes


NeedType = TypeVar("NeedType", bound=Need)


def _merged(needs: Iterable[NeedType]) -> Iterator[NeedType]:
    """Each code once, as it was named first, with all places that name it."""
    by_code: dict[str, list[NeedType]] = defaultdict(list)
    for need in needs:
        by_code[need.code].append(need)
    for same in by_code.values():
        keys = dict.fromkeys(key for need in same for key in need.keys)
        yield same[0].model_copy(update={"keys": tuple(keys)})
