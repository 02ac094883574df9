"""How customers come to be and change."""

import re
from collections.abc import Callable, Iterator, Mapping

from sandbox.documents import Document, merged, without_empty
from sandbox.phones import normalised
from sandbox.retailcrm.books import Books, of_site
from sandbox.retailcrm.call import Call
from sandbox.retailcrm.codes import SITE
from sandbox.retailcrm.errors import INVALID
from sandbox.retailcrm.forms import (
    BadField,
    Check,
    boolean,
    choice,
    date_time,
    day,
    json_list,
    json_object,
    number,
    read_form,
    text,
)
from sandbox.retailcrm.history import Change
from sandbox.retailcrm.order_form import known_user

_PERSON = ("firstName", "lastName", "patronymic", "email")


class CustomerWriter:
    """Creates and changes customers, with history."""

    def __init__(self, books: Books, joins: Callable[[], bool]) -> None:
        """Work on these books; ``joins`` tells whether orders join the card with the same phone."""
        self._books = books
        self._joins = joins
        self._fields = _fields(books)

    def create(self, call: Call, given: Document, site: str | None) -> Document:
        """Keep a new customer.

        Raises:
            BadField: a field is refused.
        """
        fields = without_empty(read_form(given, self._fields))
        site = site or SITE
        self._refuse_taken(fields, site)
        return self._add(call, fields, site)

    def edit(self, call: Call, customer: Document, given: Document) -> Document:
        """Change a customer.

        Raises:
            BadField: a field is refused.
        """
        fields = read_form(given, self._fields)
        if fields.get("externalId") != customer.get("externalId"):
            self._refuse_taken(fields, customer["site"])
        tags = _tags(fields, customer.get("tags", []))
        if fields.get("phones", []) is None:
            fields["phones"] = []
        edited = {**merged(customer, fields), "tags": tags, "id": customer["id"]}
        if edited != customer:
            self._books.customers.change(customer["id"], edited, call.now)
            self._books.customer_history.changed(
                call, self._books.local(call.now), _changes(customer, edited), short_customer(edited)
            )
        return edited

    def of_order(self, call: Call, order: Document, site: str) -> Document:
        """The customer of an order: the named one, one with the same phone if orders join it, or a new one.

        Raises:
            BadField: the named one does not exist.
        """
        reference = order.get("customer") or {}
        for name in ("id", "externalId"):
            if name in reference:
                named = self._books.customer_of(reference)
                if named is None:
                    raise BadField({f"customer.{name}": f"Customer with {name}={reference[name]} not found."})
                return named
        phone = order.get("phone")
        is_asked = phone and self._joins()
        same = of_site(self._books.customers.found("client", normalised(phone)), site) if is_asked else None
        if same is not None:
            return same
        person = {name: order[name] for name in _PERSON if name in order}
        phones = [{"number": phone}] if phone else []
        return self._add(call, {**person, "phones": phones}, site)

    def _add(self, call: Call, fields: Document, site: str) -> Document:
        local_now = self._books.local(call.now)
        tags = _tags(fields, [])
        customer = {
            "isContact": False,
            "createdAt": local_now,
            "vip": False,
            "bad": False,
            "phones": [],
            "customFields": {},
            "site": site,
            **fields,
            "tags": tags,
        }
        key = self._books.customers.add(customer, call.now)
        created = self._books.customers.get(key) or {}
        snapshot = {**created, "customFields": created["customFields"] or []}
        self._books.customer_history.created(call, local_now, Change("id", None, key), snapshot)
        return created

    def _refuse_taken(self, fields: Document, site: str) -> None:
        external_id = fields.get("externalId")
        if external_id and of_site(self._books.customers.found("externalId", external_id), site):
            raise BadField({"externalId": f"Customer with externalId={external_id} already exists."})


def short_customer(customer: Document) -> Document:
    """What later history records and other entities show of a customer."""
    return {name: customer[name] for name in ("id", "externalId", "site") if name in customer}


def _fields(books: Books) -> Mapping[str, Check]:
    return {
        **dict.fromkeys(("firstName", "lastName", "patronymic", "email", "externalId", "browserId"), text),
        **dict.fromkeys(("discountCardNumber", "photoUrl"), text),
        **dict.fromkeys(("vip", "bad"), boolean),
        "phones": _phones,
        "birthday": day,
        "sex": choice(("male", "female")),
        "managerId": known_user(books),
        "createdAt": date_time,
        "personalDiscount": number,
        **dict.fromkeys(("address", "contragent", "source", "customFields"), json_object),
        **dict.fromkeys(("addTags", "removeTags"), json_list),
        "attachedTag": text,
    }


def _phones(value: object) -> list[Document]:
    phones = json_list(value)
    if not all(isinstance(phone, dict) and phone.get("number") for phone in phones):
        raise BadField(INVALID)
    return [{"number": text(phone["number"])} for phone in phones]


def _tags(fields: Document, before: list[Document]) -> list[Document]:
    """The tags after a write; takes the writing-only fields out of ``fields``."""
    added, removed = (fields.pop(name, None) or [] for name in ("addTags", "removeTags"))
    attached = fields.pop("attachedTag", None)
    names = dict.fromkeys(
        [*(tag["name"] for tag in before), *map(str, added), *([attached] if attached else [])]
    )
    return [{"name": name} for name in names if name not in removed]


def _changes(old: Document, new: Document) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            field = re.sub(r"([A-Z])", lambda found: "_" + found[0].lower(), name)
            yield Change(field, old.get(name), new.get(name))
