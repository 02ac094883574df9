"""What a rule has before it when it decides, and what it says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.actions import AnyAction
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Document
from chalicelib.settings import Shop
from chalicelib.texts import Texts


class DocumentReader(Protocol):
    """Our own memory, to read."""

    def get(self, key: str) -> Document:
        """A document, an empty one with version 0 if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a rule may look at.

    Attributes:
        now: the present moment, UTC.
        entry_id: the journal entry that is decided, to recognise our own claims after a retry.
        source: the name of the source that the event came from.
        received_at: when its webhook came in.
    """

    shop: Shop
    crm: CrmReader
    documents: DocumentReader
    texts: Texts
    now: datetime
    entry_id: str
    source: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says.

    Attributes:
        actions: to be carried out one after another.
        claims: documents to be written before the plan is frozen. Each carries the version that the rule
            has seen: if one changed meanwhile, the rule decides again.
        note: why there is nothing to do: a short code such as ``own-number``.
    """

    actions: tuple[AnyAction, ...] = ()
    claims: tuple[Document, ...] = ()
    note: str = ""
