"""What we remember of the stock, in pages: a document holds some of the offers, never all of them.

An offer's page follows from its sku. With 20,000 offers in five stores a page has 80 of them and about 11 KB,
so that a single sale rewrites little; 400 KB, which DynamoDB takes, are reached at 600,000 offers.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32

from pydantic import AwareDatetime

from chalicelib.memory import Memory

PAGES = 256


class Told(NamedTuple):
    """How much there is of one offer in one store.

    Attributes:
        quantity: never negative.
        at: when that was true, in seconds since 1970: of two figures the later one counts.
    """

    quantity: float
    at: float


Shelves = dict[str, Told]
"""Of one offer, by the CRM's code of the store."""


def page_number(sku: str) -> int:
    """The page of an offer. It must not change: our memory is laid out by it."""
    return crc32(sku.encode("utf-8", "surrogatepass")) % PAGES


def page_key(number: int) -> str:
    """The document of a page."""
    return f"stock:{number}"


def offers_of(content: Mapping[str, Any]) -> dict[str, Shelves]:
    """A page's offers by sku."""
    return {
        sku: {store: Told(*told) for store, told in shelves.items()}
        for sku, shelves in content.get("offers", {}).items()
    }


def page_content(offers: Mapping[str, Shelves]) -> dict[str, Any]:
    """As a document's content."""
    return {
        "offers": {
            sku: {store: list(told) for store, told in shelves.items()} for sku, shelves in offers.items()
        }
    }


def seconds(moment: datetime) -> float:
    """A moment as pages have it, to a millisecond."""
    return round(moment.timestamp(), 3)


def written(quantity: float | None) -> str:
    """A quantity for people, without needless zeros; nothing is 0."""
    return f"{quantity or 0:.3f}".rstrip("0").rstrip(".")


class FullDocument(Memory):
    """The last full picture that a source has pushed, which may come in parts.

    Attributes:
        taken_at: when it was true; it is also its name.
        parts: how many there are.
        stores: the CRM's codes of those that it is about.
        pieces: what we have of it, by part: of how many pieces, and which ones.
        is_closed: True once what it does not name is seen to.
    """

    taken_at: AwareDatetime | None = None
    parts: int = 0
    stores: tuple[str, ...] = ()
    pieces: Mapping[str, tuple[int, tuple[int, ...]]] = {}
    is_closed: bool = False

    @property
    def is_complete(self) -> bool:
        """True if each piece of each part is in the CRM."""
        return self.parts > 0 and all(
            part in self.pieces and len(self.pieces[part][1]) == self.pieces[part][0]
            for part in map(str, range(1, self.parts + 1))
        )


def full_document_key(source: str) -> str:
    """The document of :class:`FullDocument`."""
    return f"stock-document:{source}"
