"""``/custom-fields…``: fields that an account adds to its orders and customers, and their lists."""

from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.errors import BLANK, FORMAT, INVALID, NO_CHOICE, CrmError, not_found
from sandbox.retailcrm.filters import Filters, among, containing, equal
from sandbox.retailcrm.forms import (
    BadField,
    Check,
    boolean,
    choice,
    date_time,
    day,
    filled,
    json_list,
    json_object,
    number,
    read_form,
    text,
)
from sandbox.retailcrm.listing import answer_entries

ENTITIES = {"order": "order-fields", "customer": "customer-fields"}
"""The dictionary in which the fields of an entity are kept."""

LISTS = "custom-dictionaries"
TYPES = (
    *("boolean", "date", "datetime", "dictionary", "email"),
    *("integer", "multi-choice", "numeric", "string", "text"),
)
_CHOSEN_FROM_A_LIST = frozenset({"dictionary", "multi-choice"})
_FIELD: Mapping[str, Check] = {
    **dict.fromkeys(("name", "code"), filled),
    "type": choice(TYPES),
    **dict.fromkeys(("required", "inFilter", "inList", "inGroupActions"), boolean),
    "ordering": number,
    **dict.fromkeys(("displayArea", "viewMode", "dictionary", "default"), text),
}
_LIST: Mapping[str, Check] = {
    **dict.fromkeys(("name", "code"), filled),
    "elements": lambda value: [
        read_form(json_object(each), {"name": filled, "code": filled, "ordering": number})
        for each in json_list(value)
    ],
}
_FILTERS: Filters = {
    "entity": equal("entity"),
    "code": equal("code"),
    "name": containing("name"),
    **{name: among(name) for name in ("type", "viewMode", "displayArea")},
}
_NEW: Document = {
    "required": False,
    "inFilter": False,
    "inList": False,
    "inGroupActions": False,
    "ordering": 50,
    "displayArea": "customer",
    "viewMode": "editable",
}


class CustomFields:
    """Reads, makes and changes custom fields and their lists of choices."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._dictionaries = books.dictionaries

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/custom-fields", self._list),
            CrmRoute("POST", "/custom-fields/{entity}/create", self._create),
            CrmRoute("GET", "/custom-fields/{entity}/{code}", self._get),
            CrmRoute("POST", "/custom-fields/{entity}/{code}/edit", self._edit),
            CrmRoute("GET", "/custom-fields/dictionaries", self._lists),
            CrmRoute("POST", "/custom-fields/dictionaries/create", self._create_list),
            CrmRoute("GET", "/custom-fields/dictionaries/{code}", self._get_list),
            CrmRoute("POST", "/custom-fields/dictionaries/{code}/edit", self._edit_list),
        ]

    def _list(self, call: Call) -> Response:
        fields = [entry for name in ENTITIES.values() for entry in self._dictionaries.entries(name).values()]
        return answer_entries(call, fields, _FILTERS, "customFields", _shown)

    def _get(self, call: Call) -> Response:
        found = self._found(_kept_in(call), call.names["code"])
        return json_response(200, {"success": True, "customField": _shown(found)})

    def _create(self, call: Call) -> Response:
        kept_in = _kept_in(call)
        given = self._checked_field(call.entity("customField"), ("name", "code", "type"))
        return self._made(call, kept_in, {**_NEW, **given, "entity": call.names["entity"]})

    def _edit(self, call: Call) -> Response:
        kept_in, code = _kept_in(call), call.names["code"]
        before = self._found(kept_in, code)
        given = self._checked_field(call.entity("customField"), ())
        if given.get("type", before["type"]) != before["type"]:
            raise CrmError(400, FORMAT, {"type": INVALID})
        self._dictionaries.put(kept_in, code, given, call.now)
        return json_response(200, {"success": True, "code": code})

    def _lists(self, call: Call) -> Response:
        lists = list(self._dictionaries.entries(LISTS).values())
        filters = {name: _FILTERS[name] for name in ("code", "name")}
        return answer_entries(call, lists, filters, "customDictionaries", _shown)

    def _get_list(self, call: Call) -> Response:
        found = self._found(LISTS, call.names["code"])
        return json_response(200, {"success": True, "customDictionary": _shown(found)})

    def _create_list(self, call: Call) -> Response:
        given = _checked(call.entity("customDictionary"), _LIST, ("name", "code", "elements"))
        return self._made(call, LISTS, given)

    def _edit_list(self, call: Call) -> Response:
        code = call.names["code"]
        self._found(LISTS, code)
        given = _checked(call.entity("customDictionary"), _LIST, ())
        self._dictionaries.put(LISTS, code, given, call.now)
        return json_response(200, {"success": True, "code": code})

    def _made(self, call: Call, kept_in: str, given: Document) -> Response:
        code = given["code"]
        if code in self._dictionaries.codes(kept_in):
            raise CrmError(400, FORMAT, {"code": "This value is already used."})
        self._dictionaries.put(kept_in, code, given, call.now)
        return json_response(201, {"success": True, "code": code})

    def _checked_field(self, given: Document, needed: tuple[str, ...]) -> Document:
        fields = _checked(given, _FIELD, needed)
        if fields.get("type") in _CHOSEN_FROM_A_LIST and fields.get(
            "dictionary"
        ) not in self._dictionaries.codes(LISTS):
            raise CrmError(400, FORMAT, {"dictionary": NO_CHOICE})
        return fields

    def _found(self, kept_in: str, code: str) -> Document:
        found = self._dictionaries.entries(kept_in).get(code)
        if found is None:
            raise not_found()
        return found


def custom_fields_of_order(books: Books) -> Check:
    """An object with values of the fields that orders have at this moment."""

    def check(value: object) -> Document:
        fields = books.dictionaries.entries(ENTITIES["order"])
        checks = {code: _check_of(books, field) for code, field in fields.items()}
        return read_form(json_object(value), checks)

    return check


def _check_of(books: Books, field: Document) -> Check:
    if field["type"] in _CHOSEN_FROM_A_LIST:
        elements = books.dictionaries.entries(LISTS)[field["dictionary"]]["elements"]
        one = choice([element["code"] for element in elements])
        return one if field["type"] == "dictionary" else _several(one)
    checks: Mapping[str, Check] = {
        "boolean": boolean,
        "date": day,
        "datetime": date_time,
        "integer": _integer,
        "numeric": number,
    }
    return checks.get(field["type"], text)


def _several(one: Check) -> Check:
    return lambda value: [one(each) for each in json_list(value)]


def _integer(value: object) -> int:
    found = number(value)
    if found != int(found):
        raise BadField(INVALID)
    return int(found)


def _kept_in(call: Call) -> str:
    kept_in = ENTITIES.get(call.names["entity"])
    if kept_in is None:
        raise not_found()
    return kept_in


def _checked(given: Document, checks: Mapping[str, Check], needed: tuple[str, ...]) -> Document:
    missing = {name: BLANK for name in needed if not given.get(name)}
    if missing:
        raise CrmError(400, FORMAT, missing)
    try:
        return read_form(given, checks)
    except BadField as bad:
        raise CrmError(400, FORMAT, bad.errors) from None


def _shown(entry: Document) -> Document:
    return {name: value for name, value in entry.items() if name != "active"}
