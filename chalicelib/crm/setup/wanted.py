"""What a shop's settings need of its CRM account."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from chalicelib.crm.setup.names import METHODS, PRODUCTION_FIELDS, VISITOR_FIELDS
from chalicelib.crm.setup.needs import (
    Need,
    NeededField,
    NeededMethod,
    NeededStatus,
    NeededUser,
    Wanted,
)
from chalicelib.mistakes.settings import FIELD
from chalicelib.scenario.settings import Scenario
from chalicelib.settings import Shop

LINE = ("string", "text")
LONG_TEXT = ("text", "string")
PRODUCTION_TYPES = {
    "question_field": LONG_TEXT,
    "answer_field": LONG_TEXT,
    "promised_field": ("date", "datetime", "string"),
}
"""The types of fields that will do, the one to make first."""

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
    for key, code in (*shop.production.statuses, *(shop.profit.statuses if shop.profit else ())):
        yield NeededStatus(code=code, keys=(key,))


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
            types=LONG_TEXT if key in LONG_FIELDS else LINE,
        )
    yield from _production_fields(shop)
    if shop.scenario is not None:
        yield from _scenario_fields(shop.scenario)


def _production_fields(shop: Shop) -> Iterator[NeededField]:
    for key, names in PRODUCTION_FIELDS.items():
        if code := getattr(shop.production, key):
            yield NeededField(
                code=code,
                keys=(f"production.{key}",),
                name=names[shop.shop.language],
                types=PRODUCTION_TYPES[key],
            )


def _scenario_fields(scenario: Scenario) -> Iterator[NeededField]:
    """Of which type they are is the shop's own business."""
    if scenario.rules.reason_field:
        yield NeededField(code=scenario.rules.reason_field, keys=("scenario.toml: rules.reason_field",))
    for code, status in scenario.statuses.items():
        for rule in status.requires:
            if rule.startswith(FIELD):
                key = f"scenario.toml: statuses.{code}.requires"
                yield NeededField(code=rule.removeprefix(FIELD), keys=(key,))


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
