"""From events to a decision whose claims are written."""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.assignment.choosing import turns_now
from chalicelib.clock import Clock
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Document, Engine, VersionConflict
from chalicelib.entry import Entry
from chalicelib.errors import Postponed
from chalicelib.events import (
    OWN_TROUBLE,
    AnyEvent,
    CallBackDue,
    CallLogDue,
    CallMissedDue,
    CallRecorded,
    FileDue,
    FollowingBegun,
    LeadsAnswered,
    LostInCrm,
    MessageAnswered,
    MistakesMade,
    OrderEnded,
    OrderMovedOn,
    ProductionAnswerDue,
    ProductionAnswered,
    ProductionPromiseDue,
    ProductionTaskCompleted,
    ReplyDue,
    RequestDated,
    SmsDelivered,
    SmsDeliveryDue,
    SmsDue,
    SmsReceipt,
    SmsReportDue,
    SmsUndelivered,
    StockTold,
    SubscriptionRenewed,
)
from chalicelib.pauses import CONFLICT_DELAY
from chalicelib.playbook import decide
from chalicelib.playbook.desk import Decision, Desk, DocumentReader, ZoneGuesser, joined
from chalicelib.settings import Shop
from chalicelib.texts import Texts

MAX_DECISIONS = 5
OF_A_SOURCE = (
    SmsDue,
    SmsDeliveryDue,
    SmsUndelivered,
    SmsDelivered,
    CallMissedDue,
    CallBackDue,
    CallLogDue,
    ReplyDue,
    FileDue,
    RequestDated,
    ProductionPromiseDue,
    ProductionAnswerDue,
    StockTold,
    LostInCrm,
)
"""What we tell ourselves of what a source told: its mode counts."""

NOT_OUTSIDE = (FollowingBegun, LeadsAnswered, MistakesMade, ProductionAnswered, SmsReceipt)
"""What is for our own reports, memory and journal alone."""


class _Claimed:
    """Our memory as it will be once everything is written that was claimed so far.

    Attributes:
        documents: what was claimed, by key, with the versions that are stored.
    """

    def __init__(self, stored: DocumentReader) -> None:
        """Begin with what is stored."""
        self._stored = stored
        self.documents: dict[str, Document] = {}

    def get(self, key: str) -> Document:
        """The document as it was claimed, else as it is stored."""
        return self.documents.get(key) or self._stored.get(key)

    def claim(self, documents: Iterable[Document]) -> None:
        """From now on they are seen so."""
        self.documents.update((document.key, document) for document in documents)


class Decider:
    """Asks the playbook, and writes what its decision claims."""

    def __init__(
        self,
        *,
        engine: Engine,
        shop: Shop,
        crm: CrmReader,
        zones: ZoneGuesser,
        texts: Texts,
        clock: Clock,
    ) -> None:
        """Decide for this shop."""
        self._engine = engine
        self._shop = shop
        self._crm = crm
        self._zones = zones
        self._texts = texts
        self._clock = clock

    def claimed_decision(self, entry: Entry, events: tuple[AnyEvent, ...]) -> Decision:
        """Decide, and write what the decision claims; decide again with what somebody else wrote first.

        In observe mode nothing is claimed.

        Raises:
            LeadkeeperError: as the rules raise; ``Postponed`` if others write faster.
        """
        for _ in range(MAX_DECISIONS):
            decision = self.decision(entry, events)
            if self.observes(entry.source, events):
                return decision
            try:
                for document in decision.claims:
                    self._engine.documents.put(document)
            except VersionConflict:
                continue
            return decision
        raise Postponed("too-many-writers", CONFLICT_DELAY)

    def observes(self, source: str, events: tuple[AnyEvent, ...]) -> bool:
        """True if nothing may be written outside for these events."""
        return any(self._observes(source, event) for event in events)

    def _observes(self, source: str, event: AnyEvent) -> bool:
        if isinstance(event, (*OWN_TROUBLE, *NOT_OUTSIDE)):
            return False
        if isinstance(event, OF_A_SOURCE):
            return self._shop.observes(event.source, event.rule)
        if isinstance(event, CallRecorded):
            return self._shop.observes(source, "call-answered")
        if isinstance(event, MessageAnswered):
            return self._shop.observes(source, "message-received")
        if isinstance(event, OrderEnded):
            return self._shop.never_acts
        if isinstance(event, OrderMovedOn | SubscriptionRenewed | SmsReportDue | ProductionTaskCompleted):
            return self._shop.observes(source, event.rule)
        return self._shop.observes(source, event.kind)

    def decision(self, entry: Entry, events: tuple[AnyEvent, ...]) -> Decision:
        """Decide, and write nothing.

        Raises:
            LeadkeeperError: as the rules raise.
        """
        claimed = _Claimed(self._engine.documents)
        now = self._clock()
        turns = turns_now(self._shop, self._crm, self._engine.documents.get, now)
        desk = Desk(
            shop=self._shop,
            crm=self._crm,
            documents=claimed,
            journal=self._engine.journal,
            zones=self._zones,
            texts=self._texts,
            now=now,
            entry=entry,
            turns=turns,
        )
        decisions = []
        for event in events:
            # Two events of one webhook may be about the same client: each knows what was decided before it.
            decisions.append(decide(event, desk))
            claimed.claim(decisions[-1].claims)
        said = joined(decisions)
        return replace(said, claims=(*claimed.documents.values(), *turns.claims(said.actions)))
