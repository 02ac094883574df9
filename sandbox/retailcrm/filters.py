"""Conditions of lists. Each list has a table: the name of a filter → how to read and compare it."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.documents import Document
from sandbox.parameters import Node, strings
from sandbox.phones import digits, looks_like_phone

Value = str | Node
Predicate = Callable[[Document], bool]
Reader = Callable[[Document], Any]


class BadValue(ValueError):
    """A filter value that the CRM refuses."""

    def __init__(self, message: str = "This value is not valid.") -> None:
        """Keep the text for the answer."""
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a list.

    Attributes:
        read: makes the condition from the value that was sent; raises BadValue.
        index: the table's index that finds candidates.
        keys: the keys to ask the index for; None when it cannot help with this value.
    """

    read: Callable[[Value], Predicate]
    index: str = ""
    keys: Callable[[Value], Collection[str] | None] = lambda _value: None


Filters = Mapping[str, Filter]


def path(dotted: str) -> Reader:
    """Reads ``customer.id`` out of an object; None where there is nothing."""
    names = dotted.split(".")

    def read(document: Document) -> Any:  # noqa: ANN401 -- JSON of any kind
        value: Any = document
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return read


def scalar(value: Value) -> str:
    """The text of a filter that is no list."""
    if not isinstance(value, str):
        raise BadValue
    return value


def listed(value: Value) -> list[str]:
    """The texts of a filter that is a list."""
    if not isinstance(value, dict) or len(found := strings(value)) != len(value):
        raise BadValue
    return found


def among(field: str, choices: Collection[str] | None = None, index: str = "") -> Filter:
    """A list of which one must be equal."""
    read_field = path(field)

    def read(value: Value) -> Predicate:
        wanted = frozenset(listed(value))
        if choices is not None and not wanted <= frozenset(choices):
            raise BadValue("The value you selected is not a valid choice.")
        return lambda document: str(read_field(document)) in wanted

    return Filter(read, index, listed) if index else Filter(read)


def equal(field: str, index: str = "") -> Filter:
    """One value that must be equal, whatever its case."""
    read_field = path(field)

    def read(value: Value) -> Predicate:
        wanted = scalar(value).casefold()
        return lambda document: str(read_field(document) or "").casefold() == wanted

    return Filter(read, index, lambda value: [scalar(value).casefold()]) if index else Filter(read)


def containing(*fields: str) -> Filter:
    """A text that one of these fields must contain, whatever its case."""
    readers = [path(field) for field in fields]

    def read(value: Value) -> Predicate:
        wanted = scalar(value).casefold()
        return lambda document: any(wanted in str(each(document) or "").casefold() for each in readers)

    return Filter(read)


def flag(field: str) -> Filter:
    """``1`` or ``0``."""
    read_field = path(field)

    def read(value: Value) -> Predicate:
        if value not in {"0", "1"}:
            raise BadValue
        wanted = value == "1"
        return lambda document: bool(read_field(document)) == wanted

    return Filter(read)


def day_from(field: str) -> Filter:
    """A first day, itself included."""
    return _day(field, lambda found, wanted: found >= wanted)


def day_to(field: str) -> Filter:
    """A last day, itself included."""
    return _day(field, lambda found, wanted: found <= wanted)


def number_from(field: str) -> Filter:
    """A least number."""
    return _number(field, lambda found, wanted: found >= wanted)


def number_to(field: str) -> Filter:
    """A greatest number."""
    return _number(field, lambda found, wanted: found <= wanted)


def person(names: Reader, phones: Callable[[Document], Iterable[object]], index: str = "") -> Filter:
    """A part of a name or of a phone number; of a phone only the digits count."""

    def read(value: Value) -> Predicate:
        text = scalar(value).strip()
        if looks_like_phone(text):
            wanted = digits(text)
            return lambda document: any(wanted in digits(phone) for phone in phones(document))
        sought = text.casefold()
        return lambda document: sought in str(names(document)).casefold()

    def keys(value: Value) -> list[str] | None:
        text = scalar(value)
        wanted = digits(text)[:10]
        return [wanted] if len(wanted) == 10 and looks_like_phone(text) else None  # noqa: PLR2004 -- see phones.windows

    return Filter(read, index, keys) if index else Filter(read)


def full_name(document: Document) -> str:
    """The names in both customary orders."""
    first, last, patronymic = (
        str(document.get(name) or "") for name in ("firstName", "lastName", "patronymic")
    )
    return " ".join(part for part in (last, first, patronymic, last) if part)


def _day(field: str, holds: Callable[[str, str], bool]) -> Filter:
    read_field = path(field)

    def read(value: Value) -> Predicate:
        wanted = scalar(value)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", wanted):
            raise BadValue
        try:
            # Only whether there is such a day matters, so the zone does not.
            datetime.strptime(wanted, "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            raise BadValue from None

        def predicate(document: Document) -> bool:
            found = read_field(document)
            return bool(found) and holds(str(found)[:10], wanted)

        return predicate

    return Filter(read)


def _number(field: str, holds: Callable[[float, float], bool]) -> Filter:
    read_field = path(field)

    def read(value: Value) -> Predicate:
        try:
            wanted = float(scalar(value))
        except ValueError:
            raise BadValue from None

        def predicate(document: Document) -> bool:
            return holds(float(read_field(document) or 0), wanted)

        return predicate

    return Filter(read)
