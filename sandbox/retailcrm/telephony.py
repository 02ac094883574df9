"""Telephony, and the integration modules that switch it on."""

from sandbox.documents import Document, merged, without_empty
from sandbox.exchange import Response, json_response
from sandbox.phones import normalised
from sandbox.retailcrm.books import Books, as_id
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.errors import BLANK, FORMAT, NO_CHOICE, CrmError, not_found
from sandbox.retailcrm.history import is_date_time

MAX_BATCH = 50
EVENT_TYPES = frozenset({"in", "out", "hangup"})
HANGUP_STATUSES = frozenset({"answered", "busy", "cancel", "failed", "no answered"})
CALL_TYPES = frozenset({"in", "out"})
CALL_RESULTS = frozenset({"answered", "busy", "failed", "no answer", "not allowed", "unknown"})


class Telephony:
    """Takes call events and call logs; says who is responsible for a caller."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._books = books

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/integration-modules/{code}", self._module),
            CrmRoute("POST", "/integration-modules/{code}/edit", self._edit_module),
            CrmRoute("POST", "/telephony/call/event", self._event),
            CrmRoute("POST", "/telephony/calls/upload", self._upload),
            CrmRoute("GET", "/telephony/manager", self._manager),
        ]

    def _module(self, call: Call) -> Response:
        found = self._books.modules.found("code", call.names["code"])
        if not found:
            raise not_found()
        return json_response(200, {"success": True, "integrationModule": _shown_module(found[0])})

    def _edit_module(self, call: Call) -> Response:
        code, given = call.names["code"], call.entity("integrationModule")
        if not code.startswith(str(given.get("integrationCode") or code)):
            raise CrmError(400, FORMAT, {"code": "Code prefix must match integrationCode"})
        found = self._books.modules.found("code", code)
        if found:
            self._books.modules.change(
                found[0]["id"], {**merged(found[0], given), "id": found[0]["id"]}, call.now
            )
        else:
            fields = {name: value for name, value in given.items() if name != "id"}
            self._books.modules.add({"active": True, **fields, "code": code}, call.now)
        return json_response(200 if found else 201, {"success": True, "info": []})

    def _event(self, call: Call) -> Response:
        self._require_module("Telephony not enabled")
        event = call.entity("event")
        errors: dict[str, str] = {}
        _require(event, errors, "phone")
        _one_of(event, errors, "type", EVENT_TYPES)
        if event.get("type") == "hangup" and event.get("hangupStatus"):
            _one_of(event, errors, "hangupStatus", HANGUP_STATUSES)
        if not event.get("codes") and not event.get("userIds"):
            errors["codes"] = BLANK
        if errors:
            raise CrmError(400, FORMAT, errors)
        codes, users = event.get("codes") or [], event.get("userIds") or []
        known = {str(each["code"]): each for each in self._extensions()}
        self._books.call_events.add({**event, "createdAt": self._books.local(call.now)}, call.now)
        content = {
            "success": True,
            "notExistCodes": [code for code in codes if str(code) not in known],
            "notExistUsers": [user for user in users if as_id(user) not in self._books.users],
        }
        return json_response(200, content)

    def _upload(self, call: Call) -> Response:
        self._require_module("Telephony not enabled or not supports calls upload")
        duplicates: list[Document] = []
        processed = 0
        rows = call.entities("calls", MAX_BATCH)
        errors = [text for position, row in enumerate(rows) for text in _row_errors(position, row)]
        if errors:
            raise CrmError(400, FORMAT, errors)
        for row in rows:
            if self._books.calls.found("externalId", str(row["externalId"])):
                duplicates.append(row)
                continue
            self._books.calls.add(row, call.now)
            processed += 1
        content = {"success": True, "processedCallsCount": processed, "duplicateCalls": duplicates}
        return json_response(200, content)

    def _manager(self, call: Call) -> Response:
        phone = call.text("phone")
        if phone is None:
            raise CrmError(400, "Parameter 'phone' is missing")
        customers = self._books.customers.found("client", normalised(phone))
        content: Document = {"success": True}
        if customers:
            customer = customers[0]
            orders = self._books.orders.found("customer", str(customer["id"]))
            managers = [order.get("managerId") for order in reversed(orders)]
            responsible = next((each for each in (*managers, customer.get("managerId")) if each), None)
            user = self._books.users.get(as_id(responsible))
            content["manager"] = self._shown_manager(user) if user and user["active"] else None
            if call.text("details") == "1":
                names = ("id", "externalId", "firstName", "lastName", "patronymic", "email", "phones")
                content["customer"] = {name: customer[name] for name in names if name in customer}
                content["links"] = {"customerLink": f"https://sandbox.example/customers/{customer['id']}"}
        return json_response(200, without_empty(content))

    def _shown_manager(self, user: Document) -> Document:
        names = ("id", "firstName", "lastName", "patronymic", "email")
        code = next(
            (each["code"] for each in self._extensions() if as_id(each.get("userId")) == user["id"]), None
        )
        return without_empty({**{name: user.get(name) for name in names}, "code": code})

    def _extensions(self) -> list[Document]:
        return [
            extension
            for module in self._books.modules.all()
            for extension in module.get("integrations", {}).get("telephony", {}).get("additionalCodes", [])
        ]

    def _require_module(self, message: str) -> None:
        modules = self._books.modules.all()
        if not any(
            module.get("active") and module.get("integrations", {}).get("telephony") for module in modules
        ):
            raise CrmError(400, message)


def _shown_module(module: Document) -> Document:
    return {name: value for name, value in module.items() if name != "id"}


def _row_errors(position: int, row: Document) -> list[str]:
    errors: dict[str, str] = {}
    _require(row, errors, "phone")
    _require(row, errors, "externalId")
    _one_of(row, errors, "type", CALL_TYPES)
    _one_of(row, errors, "result", CALL_RESULTS)
    if not is_date_time(row.get("date")):
        errors["date"] = "This value is not valid."
    return [f"calls[{position}].{name}: {text}" for name, text in errors.items()]


def _require(given: Document, errors: dict[str, str], name: str) -> None:
    if not given.get(name):
        errors[name] = BLANK


def _one_of(given: Document, errors: dict[str, str], name: str, choices: frozenset[str]) -> None:
    if given.get(name) not in choices:
        errors[name] = NO_CHOICE
