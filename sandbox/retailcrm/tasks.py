"""The methods ``/tasks…``."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sandbox.documents import Document, merged, without_empty
from sandbox.exchange import Response, json_response
from sandbox.parameters import Node
from sandbox.retailcrm.books import Books, as_id
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.customer_writer import short_customer
from sandbox.retailcrm.errors import BLANK, CrmError, not_found
from sandbox.retailcrm.filters import (
    BadValue,
    Filter,
    Filters,
    Predicate,
    among,
    containing,
    day_from,
    day_to,
    equal,
    full_name,
    person,
    scalar,
)
from sandbox.retailcrm.forms import BadField, Check, boolean, due_time, json_object, read_form, text
from sandbox.retailcrm.history import Change
from sandbox.retailcrm.listing import answer_list, page_content, page_limits
from sandbox.retailcrm.order_form import known_user

NOT_LOADED = "Task is not loaded"
_REQUIRED = ("text", "performerId")


class Tasks:
    """Reads, creates and changes tasks."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._books = books
        self._filters = _filters(books)
        self._fields: Mapping[str, Check] = {
            **dict.fromkeys(("text", "commentary", "phone", "phoneSite"), text),
            "datetime": due_time,
            "performerId": known_user(books),
            "complete": boolean,
            **dict.fromkeys(("order", "customer"), json_object),
        }

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/tasks", self._list),
            CrmRoute("GET", "/tasks/history", self._history),
            CrmRoute("POST", "/tasks/create", self._create),
            CrmRoute("GET", "/tasks/{id}", self._get),
            CrmRoute("POST", "/tasks/{id}/edit", self._edit),
            CrmRoute("GET", "/tasks/{id}/comments", self._comments),
        ]

    def comment(self, task_id: int, creator: int, comment: str, now: datetime) -> None:
        """Add a user's comment; the real API has no method for it."""
        local_now = self._books.local(now)
        self._books.comments.add(
            {
                "task": task_id,
                "creator": creator,
                "text": comment,
                "createdAt": local_now,
                "updatedAt": local_now,
            },
            now,
        )

    def _list(self, call: Call) -> Response:
        return answer_list(call, self._books.tasks, self._filters, "tasks", lambda task: task)

    def _get(self, call: Call) -> Response:
        return json_response(200, {"success": True, "task": self._found(call)})

    def _create(self, call: Call) -> Response:
        fields = without_empty(self._read(call, creating=True))
        local_now = self._books.local(call.now)
        complete = fields.get("complete", False)
        task = {
            "createdAt": local_now,
            "complete": complete,
            "performer": fields.pop("performerId"),
            "performerType": "user",
            **({"completedAt": local_now} if complete else {}),
            **fields,
        }
        key = self._books.tasks.add(task, call.now)
        created = self._books.tasks.get(key) or {}
        self._books.task_history.created(call, local_now, Change("id", None, key), created)
        return json_response(201, {"success": True, "id": key})

    def _edit(self, call: Call) -> Response:
        fields = self._read(call, creating=False)
        task = self._found(call)
        if "performerId" in fields:
            fields["performer"] = fields.pop("performerId")
        edited = {
            **merged(task, fields),
            **{name: fields[name] for name in ("order", "customer") if fields.get(name)},
        }
        local_now = self._books.local(call.now)
        if edited["complete"] != task["complete"]:
            edited = merged(edited, {"completedAt": local_now if edited["complete"] else None})
        if edited != task:
            self._books.tasks.change(task["id"], edited, call.now)
            self._books.task_history.changed(call, local_now, _changes(task, edited), {"id": task["id"]})
        return json_response(200, {"success": True})

    def _history(self, call: Call) -> Response:
        return self._books.task_history.answer(call, self._books.local(call.now))

    def _comments(self, call: Call) -> Response:
        task = self._found(call)
        limit, page = page_limits(call)
        comments = self._books.comments.found("task", str(task["id"]))
        return json_response(200, page_content(comments, limit, page, "comments", _shown_comment))

    def _read(self, call: Call, *, creating: bool) -> Document:
        given = call.entity("task")
        given.pop("id", None)
        errors: dict[str, str] = {}
        fields: Document = {}
        try:
            fields = read_form(given, self._fields)
        except BadField as bad:
            errors.update(bad.errors)
        for name in _REQUIRED:
            if (creating and name not in given) or (name in given and given[name] in (None, "")):
                errors[name] = BLANK
        fields.update(self._references(call, fields, errors))
        if errors:
            raise CrmError(400, NOT_LOADED, errors)
        return fields

    def _references(self, call: Call, fields: Document, errors: dict[str, str]) -> Document:
        """What the task shows of its order and its customer."""
        found: Document = {}
        if fields.get("order"):
            order = self._books.order_of({"site": call.site, **fields["order"]})
            if order is None:
                errors["order"] = "Order not found."
            else:
                names = ("id", "number", "externalId", "site")
                found["order"] = {name: order[name] for name in names if name in order}
        if fields.get("customer"):
            customer = self._books.customer_of({"site": call.site, **fields["customer"]})
            if customer is None:
                errors["customer"] = "Customer not found."
            else:
                found["customer"] = short_customer(customer)
        return found

    def _found(self, call: Call) -> Document:
        task = self._books.tasks.get(call.number())
        if task is None:
            raise not_found()
        return task


def _shown_comment(comment: Document) -> Document:
    return {name: value for name, value in comment.items() if name != "task"}


def _changes(old: Document, new: Document) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Change("completed_at" if name == "completedAt" else name, old.get(name), new.get(name))


def _filters(books: Books) -> Filters:
    def names(task: Document) -> str:
        customer = books.customers.get(as_id(task.get("customer", {}).get("id")))
        return full_name(customer) if customer else ""

    def phones(task: Document) -> list[object]:
        return [task.get("phone")]

    return {
        "ids": among("id", index="id"),
        "orderNumber": equal("order.number", index="number"),
        "customer": person(names, phones),
        "performers": among("performer"),
        "creators": among("creator"),
        "status": _status(),
        "text": containing("text"),
        "dateFrom": day_from("datetime"),
        "dateTo": day_to("datetime"),
        "createdAtFrom": day_from("createdAt"),
        "createdAtTo": day_to("createdAt"),
        "completedAtFrom": day_from("completedAt"),
        "completedAtTo": day_to("completedAt"),
    }


def _status() -> Filter:
    def read(value: str | Node) -> Predicate:
        if scalar(value) not in {"performing", "completed"}:
            raise BadValue("The value you selected is not a valid choice.")
        complete = value == "completed"
        return lambda task: task["complete"] == complete

    return Filter(read)
