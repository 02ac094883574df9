"""Write stock to the CRM and to our memory: only what changed, and of two figures the later one.

Figures may come in any order, and two workers may have some of the same offer at once. A page of our memory
is read before the CRM is written, and stored afterwards under the version that was read. Who comes second
finds another version, and writes to the CRM once more what is right by then. So the last to store a page has
written last to the CRM, and a crash in between repeats what changes nothing.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from chalicelib.actions import SetStock
from chalicelib.attempt import Attempt
from chalicelib.changing import Content, change_document
from chalicelib.crm.port import Crm
from chalicelib.engine.port import Document, Documents, VersionConflict
from chalicelib.entry import Result
from chalicelib.errors import Postponed
from chalicelib.events import OfferStock
from chalicelib.pauses import CONFLICT_DELAY
from chalicelib.stock.memory import (
    FullDocument,
    Shelves,
    Told,
    full_document_key,
    offers_of,
    page_content,
    page_key,
    page_number,
    seconds,
)

MAX_TURNS = 5


@dataclass(frozen=True, slots=True)
class _Page:
    """A page before and after.

    Attributes:
        document: as it was read.
        content: as it is to be stored.
        changed: what the CRM has to learn, by sku.
    """

    document: Document
    content: Content
    changed: Mapping[str, Shelves]


class StockKeeper:
    """Carries out ``SetStock``."""

    def __init__(self, crm: Crm, documents: Documents, offer_id: str) -> None:
        """Write offers by this id of the CRM's."""
        self._crm = crm
        self._documents = documents
        self._offer_id = offer_id

    def perform(self, action: SetStock, attempt: Attempt) -> Result:
        """Write what changed.

        Raises:
            LeadkeeperError: as the CRM raises; ``Postponed`` if others write faster.
        """
        waiting: dict[str, dict[str, OfferStock]] = {}
        for offer in action.offers:
            waiting.setdefault(page_key(page_number(offer.sku)), {})[offer.sku] = offer
        written, unknown = 0, frozenset[str]()
        must_write = action.is_repair
        for _ in range(MAX_TURNS):
            documents = self._documents.get_many(list(waiting))
            pages = [_page(documents[key], offers, action, must_write) for key, offers in waiting.items()]
            offers = [offer for page in pages for offer in _told(page.changed)]
            unknown |= self._crm.set_stock(offers, self._offer_id) if offers else frozenset()
            written += len(offers)
            waiting = {page.document.key: waiting[page.document.key] for page in pages if self._lost(page)}
            if not waiting:
                self._record_piece(action)
                note = f"{written} changed" + (f", {len(unknown)} not in the CRM" if unknown else "")
                return Result(
                    state="done", reference=f"{len(action.offers)} offers", note=note, at=attempt.now
                )
            must_write = True
        raise Postponed("too-many-writers", CONFLICT_DELAY)

    def _lost(self, page: _Page) -> bool:
        """Store a page; True if somebody else was faster."""
        if page.content == page.document.content:
            return False
        with suppress(VersionConflict):
            self._documents.put(replace(page.document, content=page.content))
            return False
        return True

    def _record_piece(self, action: SetStock) -> None:
        """Remember that a piece of a full picture is in the CRM."""
        if action.piece is not None:
            change_document(
                self._documents,
                full_document_key(action.source),
                lambda content: _with_piece(FullDocument.model_validate(content), action).content(),
            )


def _page(document: Document, told: Mapping[str, OfferStock], action: SetStock, must_write: bool) -> _Page:  # noqa: FBT001 -- a plain fact, passed on
    offers, changed = offers_of(document.content), dict[str, Shelves]()
    at = seconds(action.at)
    for sku, offer in told.items():
        before = offers.get(sku, {})
        newer = {
            store: Told(quantity, at)
            for store, quantity in offer.stores
            if store not in before or before[store].at <= at
        }
        after = {**before, **newer}
        if must_write:
            changed[sku] = {store: after[store] for store, _ in offer.stores}
        elif different := {
            store: figure
            for store, figure in newer.items()
            if store not in before or before[store].quantity != figure.quantity
        }:
            changed[sku] = different
        offers[sku] = after
    return _Page(document, page_content(offers), changed)


def _told(changed: Mapping[str, Shelves]) -> list[OfferStock]:
    return [
        OfferStock(sku=sku, stores=tuple((store, figure.quantity) for store, figure in shelves.items()))
        for sku, shelves in changed.items()
    ]


def _with_piece(memory: FullDocument, action: SetStock) -> FullDocument:
    """With this piece; unchanged if a later picture has begun."""
    piece = action.piece
    if piece is None or (memory.taken_at is not None and memory.taken_at > action.at):
        return memory
    if memory.taken_at != action.at:
        memory = FullDocument(taken_at=action.at, parts=piece.parts)
    _, have = memory.pieces.get(str(piece.part), (0, ()))
    pieces = {**memory.pieces, str(piece.part): (piece.pieces, tuple(sorted({*have, piece.piece})))}
    stores = tuple(sorted({*memory.stores, *piece.stores}))
    return memory.model_copy(update={"pieces": pieces, "stores": stores})
