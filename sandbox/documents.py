"""JSON objects, as the pretend services keep and answer them."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
"""One JSON object. Its shape is the business of the API that it belongs to."""


def without_empty(document: Mapping[str, Any]) -> Document:
    """The same object without fields that have no value."""
    return {name: value for name, value in document.items() if value is not None}


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> Document:
    """A copy of ``old`` with the fields of ``new``; objects are merged in depth, null takes a field away."""
    result = dict(old)
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, dict) else {}, value)
        else:
            result[name] = value
    return result


def money(amount: float) -> float:
    """An amount with kopecks at most; whole amounts as integers, as the CRM shows them."""
    rounded = round(amount, 2)
    return int(rounded) if rounded == int(rounded) else rounded
