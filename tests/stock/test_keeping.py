"""Two workers with the same offer at once, crashes at each step: the CRM and our memory agree in the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.actions import SetStock
from chalicelib.attempt import Attempt
from chalicelib.bootstrap import sqlite_engine
from chalicelib.engine.port import Document, Documents
from chalicelib.errors import Postponed
from chalicelib.events import OfferStock
from chalicelib.stock.keeping import MAX_TURNS, StockKeeper
from chalicelib.stock.memory import offers_of, page_key, page_number

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SKU = "tent"


class Crm:
    """A CRM with one offer. Of the port it has what the keeper writes with."""

    def __init__(self) -> None:
        self.quantities: dict[str, float] = {}
        self.writes = 0

    def set_stock(self, offers: Sequence[OfferStock], offer_id: str) -> frozenset[str]:
        del offer_id
        self.writes += 1
        for offer in offers:
            self.quantities.update(dict(offer.stores))
        return frozenset()


class Crash(Exception):
    """The worker is gone."""


class Interrupted:
    """Documents where something happens before the read or write with this number."""

    def __init__(self, inner: Documents, at: int, happens: object) -> None:
        self._inner = inner
        self._left = at
        self._happens = happens
        self.steps = 0

    def _step(self) -> None:
        self.steps += 1
        self._left -= 1
        if self._left == 0 and callable(self._happens):
            self._happens()

    def get(self, key: str) -> Document:
        self._step()
        return self._inner.get(key)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        self._step()
        return self._inner.get_many(keys)

    def put(self, document: Document) -> Document:
        self._step()
        stored = self._inner.put(document)
        self._step()
        return stored


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[Documents]:
    engine = sqlite_engine(tmp_path)
    yield engine.documents
    engine.close()


def figure(quantity: float, minutes: int) -> SetStock:
    offer = OfferStock(sku=SKU, stores=(("main", quantity),))
    return SetStock(source="s", offers=(offer,), at=NOON + timedelta(minutes=minutes))


def keep(crm: Any, documents: Documents, action: SetStock) -> None:
    keeper = StockKeeper(crm, documents, "xmlId")
    keeper.perform(action, Attempt(marker="lk", now=NOON, entry_id="entry"))


def remembered(documents: Documents) -> float:
    return offers_of(documents.get(page_key(page_number(SKU))).content)[SKU]["main"].quantity


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("first", [1, 2])
def test_two_workers_at_once(documents: Documents, at: int, first: int) -> None:
    """Whichever of two figures is interrupted by the other one, and wherever: the later one counts."""
    crm = Crm()
    figures = {1: figure(5, 1), 2: figure(3, 2)}
    keep(crm, documents, figure(9, 0))
    other = figures[3 - first]
    interrupted = Interrupted(documents, at, lambda: keep(crm, documents, other))
    keep(crm, interrupted, figures[first])
    keep(crm, documents, other)  # It came in any case.
    assert (crm.quantities["main"], remembered(documents)) == (3, 3)


@pytest.mark.parametrize("at", range(1, 6))
def test_a_crash_anywhere(documents: Documents, at: int) -> None:
    crm = Crm()

    def crash() -> None:
        raise Crash

    interrupted = Interrupted(documents, at, crash)
    try:
        keep(crm, interrupted, figure(5, 1))
    except Crash:
        keep(crm, documents, figure(5, 1))
    assert (crm.quantities["main"], remembered(documents)) == (5, 5)


def test_the_same_again_writes_nothing(documents: Documents) -> None:
    crm = Crm()
    for _ in range(3):
        keep(crm, documents, figure(5, 1))
    keep(crm, documents, figure(4, 0))
    assert (crm.writes, crm.quantities["main"]) == (1, 5)


def test_a_repair_writes_what_is_remembered(documents: Documents) -> None:
    crm = Crm()
    keep(crm, documents, figure(5, 1))
    crm.quantities["main"] = 77
    long_ago = figure(4, 0).model_copy(update={"is_repair": True})
    keep(crm, documents, long_ago)
    assert (crm.quantities["main"], remembered(documents)) == (5, 5)


def test_who_is_always_second_waits(documents: Documents) -> None:
    crm = Crm()

    class Busy(Interrupted):
        def put(self, document: Document) -> Document:
            stored = documents.get(document.key)
            documents.put(replace(stored, content={**stored.content, "turn": crm.writes}))
            return documents.put(document)

    with pytest.raises(Postponed):
        keep(crm, Busy(documents, 0, None), figure(5, 1))
    assert crm.writes == MAX_TURNS
