"""How written entities are checked: a table of fields, each with its check."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sandbox.documents import Document
from sandbox.retailcrm.errors import BLANK, EXTRA, INVALID, NO_CHOICE
from sandbox.retailcrm.history import is_date_time, is_day, is_due_time

Check = Callable[[Any], Any]
"""Returns the value to keep; raises BadField."""


class BadField(ValueError):
    """Fields that the CRM refuses: messages by dotted path."""

    def __init__(self, errors: Mapping[str, str] | str) -> None:
        """Keep the messages; one text is for the field itself."""
        super().__init__(str(errors))
        self.errors: Mapping[str, str] = {"": errors} if isinstance(errors, str) else errors


def read_form(given: Document, checks: Mapping[str, Check]) -> Document:
    """The checked fields. Null stays null: it takes a field away.

    Raises:
        BadField: with all messages at once.
    """
    fields: Document = {}
    errors: dict[str, str] = {}
    for name, value in given.items():
        check = checks.get(name)
        if check is None:
            errors[name] = EXTRA
            continue
        try:
            fields[name] = None if value is None else check(value)
        except BadField as bad:
            errors.update({f"{name}.{below}".rstrip("."): text for below, text in bad.errors.items()})
    if errors:
        raise BadField(errors)
    return fields


def text(value: object) -> str:
    """A text; numbers are taken as such."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadField(INVALID)
    return str(value)


def filled(value: object) -> str:
    """A text that is not empty."""
    found = text(value)
    if not found.strip():
        raise BadField(BLANK)
    return found


def boolean(value: object) -> bool:
    """True or false; 1 or 0 as well."""
    if value not in (0, 1):
        raise BadField(INVALID)
    return bool(value)


def number(value: object) -> float:
    """A number, or the text of one."""
    if isinstance(value, bool):
        raise BadField(INVALID)
    try:
        found = float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        found = None
    if found is None:
        raise BadField(INVALID)
    return int(found) if found == int(found) else found


def positive(value: object) -> float:
    """A number above zero."""
    found = number(value)
    if found <= 0:
        raise BadField(INVALID)
    return found


def day(value: object) -> str:
    """``Y-m-d``."""
    return _formatted(value, is_day)


def date_time(value: object) -> str:
    """``Y-m-d H:i:s``."""
    return _formatted(value, is_date_time)


def due_time(value: object) -> str:
    """``Y-m-d H:i``."""
    return _formatted(value, is_due_time)


def anything(value: object) -> object:
    """Whatever was sent."""
    return value


def json_object(value: object) -> Document:
    """An object; an empty list as well, since PHP writes empty maps so."""
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise BadField(INVALID)
    return value


def json_list(value: object) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise BadField(INVALID)
    return value


def choice(codes: Collection[str]) -> Check:
    """One of these codes."""

    def check(value: object) -> object:
        if value not in codes:
            raise BadField(NO_CHOICE)
        return value

    return check


def form(checks: Mapping[str, Check]) -> Check:
    """An object with these fields."""
    return lambda value: read_form(json_object(value), checks)


def known_fields(checks: Mapping[str, Check]) -> Check:
    """An object of which only these fields are taken; the CRM passes over the rest."""

    def check(value: object) -> Document:
        given = json_object(value)
        return read_form({name: given[name] for name in given if name in checks}, checks)

    return check


def _formatted(value: object, has_format: Callable[[object], bool]) -> str:
    if not isinstance(value, str) or not has_format(value):
        raise BadField(INVALID)
    return value
