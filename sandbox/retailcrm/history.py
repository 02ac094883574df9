"""What changed when: the methods ``/…/history``."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm.call import Call
from sandbox.retailcrm.errors import CrmError, bad_parameter
from sandbox.retailcrm.listing import page_limits
from sandbox.storage import Store
from sandbox.tables import Table

DATE_TIME = "%Y-%m-%d %H:%M:%S"
DEFAULT_LIMIT = 100
OWNER = "owner"
"""The index of records by the id of what they are about."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field, in the CRM's history words."""

    field: str
    old: Any
    new: Any
    extra: Mapping[str, Any] | None = None


class History:
    """The history of one kind of entity.

    Attributes:
        table: the records, oldest first.
    """

    def __init__(self, kind: str, entity: str, owner_filters: Mapping[str, str], store: Store | None) -> None:
        """Keep records about ``entity`` (``order``); owner filters: filter name → field of the entity."""
        self.table = Table(kind, {OWNER: lambda record: [str(record[entity]["id"])]}, store=store)
        self._entity = entity
        self._owner_filters = owner_filters

    def created(self, call: Call, local_now: str, change: Change, snapshot: Document) -> None:
        """Record a creation, with the whole entity."""
        self._add(call, local_now, change, snapshot, {"created": True})

    def changed(self, call: Call, local_now: str, changes: Iterator[Change], short: Document) -> bool:
        """Record changes, with the short form of the entity; whether there were any."""
        count = 0
        for change in changes:
            self._add(call, local_now, change, short, {})
            count += 1
        return bool(count)

    def removed(self, call: Call, local_now: str, short: Document, into: Document | None) -> None:
        """Record that an entity is gone, with the one that it was merged into, if it was."""
        more = {"deleted": True, **({"combinedTo": into} if into else {})}
        self._add(call, local_now, Change("id", short["id"], None), short, more)

    def answer(self, call: Call, local_now: str) -> Response:
        """The records after ``sinceId``, or those of one page."""
        limit, page = page_limits(call, DEFAULT_LIMIT)
        if "sinceId" in call.filters and call.text("page"):
            raise CrmError(400, "The 'page' parameter cannot be used together with 'sinceId'")
        matches = self._matches(call)
        found = [record for record in self._candidates(call) if matches(record)]
        shown = islice(found, (page - 1) * limit, page * limit)
        content = {
            "success": True,
            "generatedAt": local_now,
            "history": [self._show(record, call.key) for record in shown],
            "pagination": {
                "limit": limit,
                "totalCount": len(found),
                "currentPage": page,
                "totalPageCount": -(-len(found) // limit),
            },
        }
        return json_response(200, content)

    def _add(self, call: Call, local_now: str, change: Change, entity: Document, more: Document) -> None:
        by_program = {"source": "api", "apiKey": call.key}
        by_hand = {"source": "user", "user": {"id": call.user_id}}
        record = {
            "createdAt": local_now,
            **more,
            **(by_program if call.user_id is None else by_hand),
            "field": change.field,
            "oldValue": change.old,
            "newValue": change.new,
            self._entity: entity,
            **(change.extra or {}),
        }
        self.table.add(record, call.now)

    def _show(self, record: Document, key: str) -> Document:
        if "apiKey" not in record:
            return record
        return {**record, "apiKey": {"current": record["apiKey"] == key}}

    def _candidates(self, call: Call) -> Iterator[Document]:
        """The records that may match, oldest first: a month of a shop has hundreds of thousands."""
        filters = call.filters
        for name, field in self._owner_filters.items():
            owner = filters.get(name)
            if field == "id" and isinstance(owner, str):
                return iter(self.table.found(OWNER, owner))
        since = filters.get("sinceId")
        return self.table.after(int(since) if isinstance(since, str) and since.isdecimal() else 0)

    def _matches(self, call: Call) -> Callable[[Document], bool]:
        conditions: list[Callable[[Document], bool]] = []
        for name, value in call.filters.items():
            if not isinstance(value, str):
                raise bad_parameter(name)
            conditions.append(self._condition(name, value))
        return lambda record: all(condition(record) for condition in conditions)

    def _condition(self, name: str, value: str) -> Callable[[Document], bool]:
        if name in self._owner_filters:
            field = self._owner_filters[name]
            return lambda record: str(record[self._entity].get(field)) == value
        if name == "sinceId" and value.isdecimal():
            since = int(value)
            return lambda record: int(record["id"]) > since
        if name in {"startDate", "endDate"} and is_date_time(value):
            if name == "startDate":
                return lambda record: str(record["createdAt"]) >= value
            return lambda record: str(record["createdAt"]) <= value
        raise bad_parameter(name)


def is_date_time(value: object) -> bool:
    """Whether it is a ``Y-m-d H:i:s``."""
    return _has_format(value, DATE_TIME)


def is_due_time(value: object) -> bool:
    """Whether it is a ``Y-m-d H:i``, as tasks have it."""
    return _has_format(value, "%Y-%m-%d %H:%M")


def is_day(value: object) -> bool:
    """Whether it is a ``Y-m-d``."""
    return _has_format(value, "%Y-%m-%d")


def _has_format(value: object, pattern: str) -> bool:
    try:
        # Only the form matters here, so the zone does not.
        datetime.strptime(str(value), pattern)  # noqa: DTZ007
    except ValueError:
        return False
    return True
