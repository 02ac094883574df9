"""The methods ``/users…`` and ``/user-groups``."""

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.parameters import Node
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.errors import INPUT, NO_CHOICE, CrmError, not_found
from sandbox.retailcrm.filters import (
    Filter,
    Filters,
    Predicate,
    among,
    containing,
    day_from,
    day_to,
    flag,
    listed,
)
from sandbox.retailcrm.listing import answer_list, page_content, page_limits

STATUSES = ("free", "busy", "dinner", "break")
GROUPS: tuple[Document, ...] = (
    {"id": 1, "code": "manager", "name": "Менеджеры", "isManager": True, "isPosManager": False},
    {"id": 2, "code": "director", "name": "Руководители", "isManager": True, "isPosManager": False},
)


class Users:
    """Reads users and sets their status."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._books = books

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/users", self._list),
            CrmRoute("GET", "/users/{id}", self._get),
            CrmRoute("POST", "/users/{id}/status", self._status),
            CrmRoute("GET", "/user-groups", self._groups),
        ]

    def _list(self, call: Call) -> Response:
        return answer_list(call, self._books.users, _FILTERS, "users", lambda user: user)

    def _get(self, call: Call) -> Response:
        return json_response(200, {"success": True, "user": self._found(call)})

    def _status(self, call: Call) -> Response:
        user, status = self._found(call), call.text("status")
        if status is None:
            raise CrmError(400, "Parameter 'status' is missing")
        if status not in STATUSES:
            raise CrmError(400, INPUT, {"status": NO_CHOICE})
        self._books.users.change(user["id"], {**user, "status": status}, call.now)
        return json_response(200, {"success": True})

    def _groups(self, call: Call) -> Response:
        limit, page = page_limits(call)
        return json_response(200, page_content(GROUPS, limit, page, "groups", lambda group: group))

    def _found(self, call: Call) -> Document:
        user = self._books.users.get(call.number())
        if user is None:
            raise not_found()
        return user


def _in_groups() -> Filter:
    def read(value: str | Node) -> Predicate:
        wanted = set(listed(value))
        return lambda user: any(group["code"] in wanted for group in user["groups"])

    return Filter(read)


_FILTERS: Filters = {
    "email": containing("email"),
    "status": among("status", STATUSES),
    "online": flag("online"),
    "active": flag("active"),
    "isManager": flag("isManager"),
    "isAdmin": flag("isAdmin"),
    "groups": _in_groups(),
    "createdAtFrom": day_from("createdAt"),
    "createdAtTo": day_to("createdAt"),
}
