"""The daily look whether third parties, our memory and the CRM agree on the stock.

What differs is put right through the same queue as everything else, and people hear of it in one message;
until a person has accepted that, they hear what would be put right.
Between two looks it sees to full pictures that were pushed: what they do not name is gone.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.changing import change_document, replace_document
from chalicelib.checks.port import Finding
from chalicelib.checks.running import accepted_at
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Engine
from chalicelib.events import AlertRaised, StockTold
from chalicelib.memory import Memory
from chalicelib.messages import enclose
from chalicelib.providers.stock import StockReader
from chalicelib.settings import Shop
from chalicelib.stock.comparing import Comparison, Differences, Pictures
from chalicelib.stock.memory import (
    PAGES,
    FullDocument,
    Shelves,
    full_document_key,
    offers_of,
    page_key,
    seconds,
    written,
)
from chalicelib.stock.pieces import in_pieces
from chalicelib.stock.settings import StockSettings
from chalicelib.texts import Texts

DAILY = timedelta(hours=24)
SETTLES_WITHIN = timedelta(minutes=15)
"""So long news of a change may still be on their way to the CRM."""

PAGES_AT_ONCE = 32
MOST_GONE = 0.5
"""A picture that lacks more than half of what we know is taken for a mistake: nothing becomes zero by it."""

FEW = 20
"""Of so few offers half may well be sold."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Dates what we say again: whatever is remembered is newer, and so it is what counts."""

MEMORY_KEY = "stock-check"
GROUP = "stock"
RULE = "stock-told"

log = logging.getLogger(__name__)


class Looked(Memory):
    """When the daily look was done last; None before the first one."""

    at: AwareDatetime | None = None

    def is_before(self, moment: datetime) -> bool:
        """Whether nothing was compared since."""
        return self.at is None or self.at < moment


@dataclass(frozen=True, slots=True)
class Gone:
    """What a full picture does not name, and was there before.

    Attributes:
        offers: zero by store by sku.
        stood: how many figures above zero there were in the picture's stores.
    """

    offers: Mapping[str, Mapping[str, float]]
    stood: int

    @property
    def is_too_much(self) -> bool:
        """Whether the picture is rather a mistake."""
        return self.stood > FEW and sum(map(len, self.offers.values())) > self.stood * MOST_GONE


class StockCheck:
    """The check ``stock``. Implements ``checks.port.Watch``."""

    name = "stock"
    every = timedelta(minutes=10)
    has_baseline = True

    def __init__(
        self,
        shop: Shop,
        settings: StockSettings,
        crm: CrmReader,
        engine: Engine,
        texts: Texts,
        readers: Mapping[str, StockReader],
    ) -> None:
        """Compare this shop's stores; ``readers`` by the source's name."""
        self._shop = shop
        self._stores = [store.code for store in settings.stores]
        self._codes = settings.codes
        self._offer_id = settings.offer_id
        self._crm = crm
        self._engine = engine
        self._texts = texts
        self._readers = readers

    def find(self, now: datetime) -> Iterable[Finding]:
        """Put right what differs. In observe mode the CRM is not ours to look after.

        Raises:
            LeadkeeperError: the CRM or a third party does not answer.
        """
        if self._shop.observes("", RULE):
            return ()
        self._close_documents(now)
        looked = Looked.model_validate(self._engine.documents.get(MEMORY_KEY).content)
        accepted = accepted_at(self._engine.documents, self.name)
        is_just_accepted = accepted is not None and looked.is_before(accepted)
        if is_just_accepted or looked.is_before(now - DAILY + self.every / 2):
            differences = self._differences(now, is_accepted=accepted is not None)
            log.info(
                "stock was compared", extra={"differ": differences.offers, "unknown": differences.unknown}
            )
            if accepted is not None:
                self._put_right(differences, now)
            if differences.offers and not is_just_accepted:
                self._alert("stock-differs" if accepted else "stock-waits", self._words(differences), "", now)
            if differences.unknown_stores:
                self._alert("stock-stores-unknown", ", ".join(differences.unknown_stores), "", now)
            replace_document(self._engine.documents, MEMORY_KEY, Looked(at=now).content())
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """What differs now, also in observe mode.

        Raises:
            LeadkeeperError: as for ``find``.
        """
        is_accepted = accepted_at(self._engine.documents, self.name) is not None
        return self._words(self._differences(now, is_accepted=is_accepted)).splitlines()

    def _differences(self, now: datetime, *, is_accepted: bool) -> Differences:
        in_crm = self._crm.store_codes()
        stores = [store for store in self._stores if store in in_crm]
        codes = {name: store for name, store in self._codes.items() if store in in_crm}
        pictures = Pictures(stores)
        moving: set[str] = set()
        for reader in self._readers_that_count():
            moving.update(reader.moving(now - SETTLES_WITHIN))
            for picture in reader.pictures(list(codes)):
                if picture.quantities:
                    pictures.add(codes[picture.store], picture.quantities)
                else:
                    # A store that was archived, or a right that was taken away: nothing is sold out by it.
                    log.warning("a store tells of nothing", extra={"store": codes[picture.store]})
        settled_before = seconds(now - SETTLES_WITHIN)
        comparison = Comparison(stores, pictures, moving, settled_before, with_memory=is_accepted)
        for offers in self._pages():
            comparison.remembered(offers)
        comparison.nothing_more_remembered()
        for page in self._crm.stock(self._offer_id):
            comparison.in_crm(page)
        comparison.nothing_more_in_crm()
        comparison.differences.unknown_stores = [store for store in self._stores if store not in in_crm]
        return comparison.differences

    def _readers_that_count(self) -> Iterator[StockReader]:
        """Without what is only observed; where everything is, a dry run shows what all of them would do."""
        observes_all = self._shop.observes("", RULE)
        for source, reader in self._readers.items():
            if observes_all or not self._shop.observes(source, RULE):
                yield reader

    def _pages(self) -> Iterator[dict[str, Shelves]]:
        """Our memory, page by page."""
        for first in range(0, PAGES, PAGES_AT_ONCE):
            keys = [page_key(number) for number in range(first, min(first + PAGES_AT_ONCE, PAGES))]
            for document in self._engine.documents.get_many(keys).values():
                yield offers_of(document.content)

    def _put_right(self, differences: Differences, now: datetime) -> None:
        self._put(differences.missed, "missed", "", at=now, now=now, is_repair=True)
        self._put(differences.strayed, "strayed", "", at=LONG_AGO, now=now, is_repair=True)

    def _put(
        self,
        offers: Mapping[str, Mapping[str, float]],
        why: str,
        source: str,
        *,
        at: datetime,
        now: datetime,
        is_repair: bool,
    ) -> None:
        for number, piece in enumerate(in_pieces(offers)):
            event = StockTold(source=source, offers=piece, at=at, is_repair=is_repair)
            # What is closed is told by its own moment, so that a crash in between tells it once.
            moment = now if is_repair else at
            dedup_id = f"stock:{why}:{source}:{moment.isoformat()}:{number}"
            self._engine.work.put(enclose(event, dedup_id, GROUP, now))

    def _words(self, differences: Differences) -> str:
        return self._texts.render(
            "checks/stock",
            offers=differences.offers,
            unknown=differences.unknown,
            unknown_stores=differences.unknown_stores,
            examples=[
                {
                    "sku": each.sku,
                    "store": each.store,
                    "told": written(each.told),
                    "otherwise": written(each.remembered if each.in_crm is None else each.in_crm),
                    "is_crm": each.in_crm is not None,
                }
                for each in differences.examples
            ],
        )

    def _alert(self, reason: str, detail: str, source: str, now: datetime) -> None:
        alert = AlertRaised(reason=reason, source=source, entry_id="", detail=detail, raised_at=now)
        once = f"alert:{reason}:{source}:{now.date().isoformat()}"
        self._engine.notify.put(enclose(alert, once, "", now))

    def _close_documents(self, now: datetime) -> None:
        keys = {full_document_key(source): source for source in self._shop.sources}
        for key, document in self._engine.documents.get_many(list(keys)).items():
            memory = FullDocument.model_validate(document.content)
            if memory.taken_at is not None and memory.is_complete and not memory.is_closed:
                self._close(keys[key], memory, memory.taken_at, now)

    def _close(self, source: str, memory: FullDocument, taken_at: datetime, now: datetime) -> None:
        """What a complete picture does not name is gone. It is told again if a crash comes before the end."""
        gone = self._gone(seconds(taken_at), memory.stores)
        if gone.is_too_much:
            detail = self._texts.render(
                "checks/stock_gone", gone=sum(map(len, gone.offers.values())), stood=gone.stood
            )
            self._alert("stock-picture-too-small", detail, source, now)
        else:
            self._put(gone.offers, "gone", source, at=taken_at, now=now, is_repair=False)
        closed = memory.model_copy(update={"is_closed": True}).content()
        change_document(
            self._engine.documents,
            full_document_key(source),
            lambda content: closed if FullDocument.model_validate(content) == memory else content,
        )

    def _gone(self, taken_at: float, stores: Collection[str]) -> Gone:
        offers: dict[str, dict[str, float]] = {}
        stood = 0
        for page in self._pages():
            for sku, shelves in page.items():
                for store in stores:
                    shelf = shelves.get(store)
                    if shelf is None or shelf.quantity <= 0:
                        continue
                    stood += 1
                    if shelf.at < taken_at:
                        offers.setdefault(sku, {})[store] = 0.0
        return Gone(offers, stood)
