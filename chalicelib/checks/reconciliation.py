"""Each night: what we accepted against what is in the CRM. One message, and repairs through the queue.

The comparing may take longer than one run has: then it goes on with the next one.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.changing import replace_document
from chalicelib.checks.port import Finding
from chalicelib.checks.running import accepted_at
from chalicelib.clock import Clock
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Engine
from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError
from chalicelib.events import CrmCompared, Difference, LostInCrm
from chalicelib.messages import enclose, own_entry_id
from chalicelib.reconciliation.memory import (
    MEMORY_KEY,
    MOST_KEPT,
    Outcome,
    Progress,
    ReconciliationMemory,
)
from chalicelib.reconciliation.steps import SETTLES_WITHIN, Comparing
from chalicelib.reconciliation.tracing import with_fate
from chalicelib.reconciliation.wording import in_lines, summary
from chalicelib.settings import Shop
from chalicelib.texts import Texts

LONGEST_RUN = timedelta(seconds=90)
"""Of a tick's five minutes, two of which may be over when it begins; and other checks wait."""

GOES_ON_FOR = timedelta(hours=12)
"""What was broken off longer ago is begun anew."""

MOST_REPAIRS = 50
"""A night: the rest comes with the next ones."""

MOST_TOLD = 20
"""Differences that a message names; the others are counted."""

RULE = "lost-in-crm"

log = logging.getLogger(__name__)


class ReconciliationCheck:
    """The check ``reconciliation``. Implements ``checks.port.Watch``."""

    name = "reconciliation"
    every = timedelta(minutes=10)
    has_baseline = True

    def __init__(self, shop: Shop, crm: CrmReader, engine: Engine, texts: Texts, clock: Clock) -> None:
        """Compare this shop's journal with this CRM."""
        self._shop = shop
        self._settings = shop.reconciliation
        self._engine = engine
        self._texts = texts
        self._clock = clock
        self._comparing = Comparing(shop, crm, engine)

    def find(self, now: datetime) -> Iterable[Finding]:
        """Compare, if it is time, as far as this run comes. At the end people hear, and repairs are queued.

        Raises:
            LeadkeeperError: the CRM does not answer. What was compared is remembered.
        """
        memory = self._memory()
        came = memory.progress
        if came is None or now - came.until > GOES_ON_FOR:
            if not self._is_due(memory, now):
                return ()
            came = self._begun(now, self._settings.days, memory.again)
        try:
            for progress in self._comparing.steps(came):
                came = progress
                if self._clock() - now >= LONGEST_RUN:
                    self._remember_progress(came)
                    return ()
        except LeadkeeperError:
            self._remember_progress(came)
            raise
        self._finish(came, now)
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """What differs now, and what would be put right.

        Raises:
            LeadkeeperError: the CRM does not answer.
        """
        *_, last = self.progress(now)
        differences = self.judged(last)
        return [summary(last, differences, self._texts), *in_lines(differences, self._texts)]

    def differences(self, now: datetime, days: int | None = None) -> Sequence[Difference]:
        """Everything that differs now, whatever people were told; changes nothing, and takes its time.

        Args:
            now: the present moment.
            days: how far back; None for as far as the shop file says.

        Raises:
            LeadkeeperError: the CRM does not answer.
        """
        *_, last = self.progress(now, days)
        return self.judged(last)

    def progress(
        self, now: datetime, days: int | None = None, *, is_sure: bool = False
    ) -> Iterator[Progress]:
        """The same step by step; the last one is for :meth:`judged`.

        Args:
            now: the present moment.
            days: as above.
            is_sure: whether a person says that it is the right CRM, however much is gone.
        """
        return self._comparing.steps(self._begun(now, days or self._settings.days, ()), is_sure=is_sure)

    def judged(self, progress: Progress, *, is_sure: bool = False) -> Sequence[Difference]:
        """What was found without what is put right already; and what of the rest may be put right now."""
        found = [each for each in map(self._after_repair, progress.differences.values()) if each is not None]
        may = self._settings.repair and self._is_accepted()
        sure = found if is_sure else self._sure(found)
        judged = [each if may and not self._observes(each) else _waiting(each) for each in sure]
        return _at_most(MOST_REPAIRS, judged)

    def repair(self, differences: Iterable[Difference], now: datetime) -> int:
        """Put on the queue what is to be put right; again is no harm. Returns how many these are."""
        lost = [each for each in differences if each.fate == "repair"]
        for difference in lost:
            event = LostInCrm(source=difference.source, difference=difference)
            # What is put right about one order waits for each other.
            group = f"lost:{difference.order_id or difference.about}"
            self._engine.work.put(enclose(event, _repair_id(difference), group, now))
        return len(lost)

    @property
    def must_accept(self) -> bool:
        """Whether what is lost waits for a person's word."""
        return self._settings.repair and not self._is_accepted()

    def last(self) -> Outcome | None:
        """How the last nightly comparing ended; None before the first."""
        return self._memory().last

    def _finish(self, progress: Progress, now: datetime) -> None:
        memory, differences = self._memory(), self.judged(progress)
        log.info("the crm was compared", extra={"differ": len(differences), **progress.looked.content()})
        told = frozenset(memory.told)
        news = [each for each in differences if each.word not in told and each.fate != "over"]
        if news:
            self._tell(news, sum(each.word in told for each in differences), memory.last, now)
        # Only now: what is put right when a crash comes before the end is no difference to the next run.
        self.repair(differences, now)
        again = [each for each in differences if each.kind == "unfinished" or each.fate == "later"]
        after = ReconciliationMemory(
            told=tuple(each.word for each in differences[:MOST_KEPT]),
            again=tuple(dict.fromkeys(each.entry_id for each in again))[:MOST_KEPT],
            last=Outcome(
                at=now,
                days=progress.days,
                looked=progress.looked,
                differences=tuple(
                    each.model_copy(update={"additions": ()}) for each in differences[:MOST_KEPT]
                ),
                total=len(differences),
            ),
        )
        replace_document(self._engine.documents, MEMORY_KEY, after.content())

    def _begun(self, now: datetime, days: int, late: tuple[str, ...]) -> Progress:
        return Progress.begun(now - SETTLES_WITHIN, days, late)

    def _tell(self, news: Sequence[Difference], standing: int, last: Outcome | None, now: datetime) -> None:
        event = CrmCompared(
            at=now,
            days=self._settings.days,
            news=tuple(news[:MOST_TOLD]),
            counts=Counter(f"{each.kind}:{each.fate}" for each in news),
            standing=standing,
            must_accept=self.must_accept,
        )
        # A crash before this one is remembered tells the same again: people hear it once.
        once = f"crm-compared:{last.at.isoformat() if last else ''}"
        self._engine.notify.put(enclose(event, once, "", now))

    def _sure(self, differences: Iterable[Difference]) -> list[Difference]:
        """Without a repair of what is doubted since an earlier night."""
        doubted = self._memory().doubted
        return [
            with_fate(each, "many") if each.fate == "repair" and each.kind in doubted else each
            for each in differences
        ]

    def _after_repair(self, difference: Difference) -> Difference | None:
        """As it stands if it was to be put right before; None if it was."""
        # A task whose place another one has taken is over by our memory.
        if difference.fate not in {"repair", "over"}:
            return difference
        entry = self._engine.journal.get(own_entry_id(_repair_id(difference)))
        if entry is not None and entry.status is Status.DONE:
            # The new task is looked at by itself.
            return None if difference.kind == "task-gone" else with_fate(difference, "again")
        if entry is not None and entry.status is Status.IGNORED and difference.fate == "repair":
            return with_fate(difference, "declined", reason=entry.reason)
        return difference

    def _is_due(self, memory: ReconciliationMemory, now: datetime) -> bool:
        due, last = self._settings.last_due(now, self._shop.shop.timezone), memory.last
        accepted = accepted_at(self._engine.documents, self.name)
        if due is None:
            return False
        return last is None or last.at < due or (accepted is not None and last.at < accepted)

    def _observes(self, difference: Difference) -> bool:
        return self._shop.observes(difference.source, RULE)

    def _is_accepted(self) -> bool:
        return accepted_at(self._engine.documents, self.name) is not None

    def _memory(self) -> ReconciliationMemory:
        return ReconciliationMemory.model_validate(self._engine.documents.get(MEMORY_KEY).content)

    def _remember_progress(self, progress: Progress) -> None:
        document = self._engine.documents.get(MEMORY_KEY)
        memory = ReconciliationMemory.model_validate(document.content)
        changed = memory.model_copy(update={"progress": progress.bounded()})
        self._engine.documents.put(replace(document, content=changed.content()))


def _repair_id(difference: Difference) -> str:
    return f"lost-in-crm:{difference.key}"


def _waiting(difference: Difference) -> Difference:
    return with_fate(difference, "waits") if difference.fate == "repair" else difference


def _at_most(most: int, differences: Iterable[Difference]) -> list[Difference]:
    """Only so many are put right at once, so that a night with much trouble floods nobody."""
    every = list(differences)
    chosen = {each.key for each in [each for each in every if each.fate == "repair"][:most]}
    return [
        with_fate(each, "later") if each.fate == "repair" and each.key not in chosen else each
        for each in every
    ]
