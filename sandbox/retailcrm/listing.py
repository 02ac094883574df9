"""Lists: filters, the search lag and pages."""

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm.call import Call
from sandbox.retailcrm.errors import EXTRA, INPUT, CrmError, bad_parameter
from sandbox.retailcrm.filters import BadValue, Filters, Predicate
from sandbox.tables import Table

LIMITS = (20, 50, 100)


def answer_list(
    call: Call, table: Table, filters: Filters, key: str, show: Callable[[Document], Document]
) -> Response:
    """One page of a list, the newest first."""
    limit, page = page_limits(call)
    predicates, ids = _conditions(call, table, filters)
    matching = [
        document
        for document in table.newest_first(call.horizon, ids)
        if all(predicate(document) for predicate in predicates)
    ]
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


def _conditions(call: Call, table: Table, filters: Filters) -> tuple[list[Predicate], set[int] | None]:
    predicates: list[Predicate] = []
    ids: set[int] | None = None
    errors: dict[str, str] = {}
    for name, value in call.filters.items():
        filter_ = filters.get(name)
        if filter_ is None:
            errors[f"children[{name}]"] = EXTRA
            continue
        try:
            predicates.append(filter_.read(value))
        except BadValue as bad:
            errors[f"children[{name}]"] = str(bad)
            continue
        keys = filter_.keys(value) if filter_.index else None
        if keys is not None:
            found = table.candidates(filter_.index, keys)
            ids = found if ids is None else ids & found
    if errors:
        raise CrmError(400, INPUT, errors)
    return predicates, ids
