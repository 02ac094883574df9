"""How journal entries and timers stand in the DynamoDB table."""

import lzma
from datetime import UTC, datetime
from typing import cast

from chalicelib.engine.aws.table import Value

PARTITION_DIGITS = 12
"""An item's partition: so many first hex digits of the entry's id."""


def packed(text: str) -> bytes:
    """Events and plan repeat the texts of the content, and an item is charged by the KiB."""
    return lzma.compress(text.encode(), preset=0)


def unpacked(value: Value) -> str:
    """The text again."""
    return lzma.decompress(cast("bytes", value)).decode()


def sortable(moment: datetime) -> str:
    """So that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
