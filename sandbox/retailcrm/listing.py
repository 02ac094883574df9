"""Lists: filters, the search lag and pages."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm.call import Call
from sandbox.retailcrm.errors import EXTRA, INPUT, CrmError, bad_parameter
from sandbox.retailcrm.filters import BadValue, Filters, Predicate
from sandbox.tables import Table

LIMITS = (20, 50, 100)


@dataclass(frozen=True, slots=True)
class _Condition:
    """One filter of a call.

    Attributes:
        keys: what to ask the table's index of this name for; None if it cannot help.
    """

    holds: Predicate
    index: str
    keys: Collection[str] | None


def answer_list(
    call: Call, table: Table, filters: Filters, key: str, show: Callable[[Document], Document]
) -> Response:
    """One page of a list, the newest first."""
    limit, page = page_limits(call)
    conditions = _conditions(call, filters)
    matching = [
        document
        for document in table.newest_first(call.horizon, _candidates(table, conditions))
        if all(each.holds(document) for each in conditions)
    ]
    return json_response(200, page_content(matching, limit, page, key, show))


def answer_entries(
    call: Call,
    entries: Iterable[Document],
    filters: Filters,
    key: str,
    show: Callable[[Document], Document],
) -> Response:
    """One page of a list that no search lag hides, in its own order."""
    limit, page = page_limits(call)
    conditions = _conditions(call, filters)
    matching = [entry for entry in entries if all(each.holds(entry) for each in conditions)]
    return json_response(200, page_content(matching, limit, page, key, show))


def page_content(
    matching: Collection[Document], limit: int, page: int, key: str, show: Callable[[Document], Document]
) -> Document:
    """The content of one page out of all that matches."""
    shown: Iterator[Document] = islice(matching, (page - 1) * limit, page * limit)
    return {
        "success": True,
        "pagination": {
            "limit": limit,
            "totalCount": len(matching),
            "currentPage": page,
            "totalPageCount": -(-len(matching) // limit),
        },
        key: [show(document) for document in shown],
    }


def page_limits(call: Call, default: int = LIMITS[0]) -> tuple[int, int]:
    """The limit and the page of a call."""
    limit, page = call.text("limit") or str(default), call.text("page") or "1"
    if limit not in map(str, LIMITS):
        raise bad_parameter("limit", "The value you selected is not a valid choice.")
    if not page.isdecimal() or int(page) < 1:
        raise bad_parameter("page")
    return int(limit), int(page)


def _conditions(call: Call, filters: Filters) -> list[_Condition]:
    conditions: list[_Condition] = []
    errors: dict[str, str] = {}
    for name, value in call.filters.items():
        filter_ = filters.get(name)
        if filter_ is None:
            errors[f"children[{name}]"] = EXTRA
            continue
        try:
            predicate = filter_.read(value)
        except BadValue as bad:
            errors[f"children[{name}]"] = str(bad)
            continue
        keys = filter_.keys(value) if filter_.index else None
        conditions.append(_Condition(predicate, filter_.index, keys))
    if errors:
        raise CrmError(400, INPUT, errors)
    return conditions


def _candidates(table: Table, conditions: Iterable[_Condition]) -> set[int] | None:
    """The ids among which everything is that matches; None for all."""
    ids: set[int] | None = None
    for condition in conditions:
        if condition.keys is not None:
            found = table.candidates(condition.index, condition.keys)
            ids = found if ids is None else ids & found
    return ids
