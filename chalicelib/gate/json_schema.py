"""A small part of JSON Schema, in the standard library: at the door nothing else may be imported.

A schema's other keywords are left alone; ``KEYWORDS`` are those that are looked at.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

KEYWORDS = frozenset(
    {
        *("type", "enum", "anyOf", "minimum", "maximum", "pattern", "format", "maxLength"),
        *("required", "properties", "additionalProperties", "maxProperties", "items", "minItems", "maxItems"),
    }
)
CENTURY = range(2001, 2099)
"""Years. Without its first and last one no offset leads out of it."""

LONGEST_NAME = 80

TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


class Problem(NamedTuple):
    """Something in a content that its schema forbids.

    Attributes:
        path: where, such as ``data.items[0].price``; empty for the whole.
        text: what must be there instead. What is there is not repeated: it may be personal.
    """

    path: str
    text: str


def problems(value: object, schema: Mapping[str, Any], path: str = "") -> Iterator[Problem]:
    """Everything that is wrong with a JSON value, in the order of the schema."""
    types = _listed(schema.get("type", [*TYPES]))
    if not any(_is(value, name) for name in types):
        yield Problem(path, f"must be of type {' or '.join(types)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield Problem(path, f"must be one of: {', '.join(schema['enum'])}")
    if isinstance(value, str):
        yield from _of_text(value, schema, path)
    elif _is(value, "number"):
        yield from _of_number(value, schema, path)
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield Problem(path, f"must have {schema['minItems']} element at least")
        if len(value) > schema.get("maxItems", len(value)):
            yield Problem(path, f"must have {schema['maxItems']} elements at most")
        for number, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{path}[{number}]")
    elif isinstance(value, dict):
        yield from _of_object(value, schema, path)


def _of_text(value: str, schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield Problem(path, f"must match {schema['pattern']}")
    if len(value) > schema.get("maxLength", len(value)):
        yield Problem(path, f"must have {schema['maxLength']} characters at most")
    if schema.get("format") == "date-time" and not _is_moment(value):
        yield Problem(path, "must be a time of this century in ISO 8601 with its offset")
    if schema.get("format") == "date" and not _is_date(value):
        yield Problem(path, "must be a day of this century such as 2026-12-01")


def _of_number(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[Problem]:  # noqa: ANN401 -- int or float, and a NaN is beyond any limit
    if "minimum" in schema and not value >= schema["minimum"]:
        yield Problem(path, f"must be {schema['minimum']} at least")
    if "maximum" in schema and not value <= schema["maximum"]:
        yield Problem(path, f"must be {schema['maximum']} at most")


def _of_object(value: Mapping[str, object], schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    inside = f"{path}." if path else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem(f"{inside}{name}", "is missing")
    if len(value) > schema.get("maxProperties", len(value)):
        yield Problem(path, f"must have {schema['maxProperties']} fields at most")
    known = schema.get("properties", {})
    for name, content in value.items():
        rule = known.get(name, schema.get("additionalProperties", True))
        if rule is False:
            yield Problem(f"{inside}{name[:LONGEST_NAME]}", "is no field of this type")
        elif rule is not True:
            yield from problems(content, rule, f"{inside}{name[:LONGEST_NAME]}")
    ways = schema.get("anyOf", ())
    if ways and all(any(problems(value, way, path)) for way in ways):
        names = [name for way in ways for name in way["required"]]
        yield Problem(path, f"must have at least one of: {', '.join(names)}")


def _is(value: object, name: str) -> bool:
    # To Python, True is a number.
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment.year in CENTURY


def _is_date(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    # Python knows other ways to write a day, too.
    return day.year in CENTURY and day.isoformat() == text


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types
