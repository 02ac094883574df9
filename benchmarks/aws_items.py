"""DynamoDB's rules: how large an item is, and how many units it costs to read or write it."""

import math
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""As DynamoDB's API has it: each value with its type."""

WRITE_CHUNK_BYTES = 1024
READ_CHUNK_BYTES = 4096
NUMBER_OVERHEAD_BYTES = 1
DIGITS_PER_BYTE = 2
BASE64_CHARACTERS, BASE64_BYTES = 4, 3
INDEX_KEYS = ("status", "received_at")
"""Of our one index. An item without them is not in it."""


def item_bytes(item: Item) -> int:
    """The size of an item: names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def read_units(size: int) -> int:
    """What a consistent read of so many bytes costs; one that finds nothing costs one, too."""
    return max(1, math.ceil(size / READ_CHUNK_BYTES))


def write_units(before: Item | None, after: Item) -> int:
    """What it costs to write an item in the place of another one or of none, in table and index.

    The larger one counts. The index holds the keys alone, at most a KiB: a new item costs one unit there,
    changed index keys cost two (one out, one in), and others none.
    """
    size = max(item_bytes(before or {}), item_bytes(after))
    return math.ceil(size / WRITE_CHUNK_BYTES) + _index_units(before, after)


def _index_units(before: Item | None, after: Item) -> int:
    keys_before, keys_after = _index_keys(before or {}), _index_keys(after)
    if keys_before == keys_after:
        return 0
    return bool(keys_before) + bool(keys_after)


def _index_keys(item: Item) -> tuple[Any, ...]:
    return tuple(item[name] for name in INDEX_KEYS if name in item)


def _value_bytes(value: Mapping[str, Any]) -> int:
    match value:
        case {"S": str(text)}:
            return len(text.encode())
        case {"N": str(number)}:
            return math.ceil(len(number.lstrip("-")) / DIGITS_PER_BYTE) + NUMBER_OVERHEAD_BYTES
        case {"B": bytes(raw)}:
            return len(raw)
        case {"B": str(text)}:
            return len(text) * BASE64_BYTES // BASE64_CHARACTERS
    raise ValueError(f"a value of a kind that we do not write: {sorted(value)}")
