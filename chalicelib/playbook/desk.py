"""What a rule has before it when it decides, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.actions import AnyAction
from chalicelib.assignment.turns import Turns
from chalicelib.client_time.zones import ClientZone
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Document
from chalicelib.entry import Entry
from chalicelib.settings import Shop
from chalicelib.texts import Texts


class DocumentReader(Protocol):
    """Our own memory, to read."""

    def get(self, key: str) -> Document:
        """A document, an empty one with version 0 if there is none."""
        ...


class EntryReader(Protocol):
    """The journal, to read."""

    def get(self, entry_id: str) -> Entry | None:
        """One entry."""
        ...

    def find(self, prefix: str) -> list[Entry]:
        """Entries whose id begins so; at least 12 characters."""
        ...


class ZoneGuesser(Protocol):
    """Where clients' clocks stand."""

    def zone_of(self, phone: str, city: str = "", region: str = "") -> ClientZone:
        """The best guess: by region or city of the order, else by phone, else the shop's own zone."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a rule may look at.

    Attributes:
        now: the present moment, UTC.
        entry: the journal entry that is decided.
        turns: who was chosen before, and in this decision.
    """

    shop: Shop
    crm: CrmReader
    documents: DocumentReader
    journal: EntryReader
    zones: ZoneGuesser
    texts: Texts
    now: datetime
    entry: Entry
    turns: Turns


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says.

    Attributes:
        actions: to be carried out one after another.
        claims: documents to be written before the plan is frozen. Each carries the version that the rule
            has seen: if one changed meanwhile, the rule decides again.
        note: why there is nothing to do, or why it is no news all the same: a short code such as
            ``own-number``.
    """

    actions: tuple[AnyAction, ...] = ()
    claims: tuple[Document, ...] = ()
    note: str = ""


def joined(decisions: Iterable[Decision]) -> Decision:
    """What several rules say of one event; each claims documents of its own."""
    every = list(decisions)
    return Decision(
        actions=tuple(action for decision in every for action in decision.actions),
        claims=tuple(claim for decision in every for claim in decision.claims),
        note=", ".join(decision.note for decision in every if decision.note),
    )
