"""What the pipeline needs of its host. One contract test-suite runs against each engine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from chalicelib.entry import Entry, Status
from chalicelib.gate.envelope import Envelope


class VersionConflict(Exception):
    """Somebody else wrote first. Read again and decide again."""


@dataclass(frozen=True, slots=True)
class Message:
    """An envelope that a queue has handed out.

    Attributes:
        receipt: what ``done`` and ``retry_after`` need; stale once it was handed out again.
        receive_count: how often it was handed out, this time included.
        sent_at: when it was put.
    """

    envelope: Envelope
    receipt: str
    receive_count: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in a queue, handed-out messages included.

    A repeat may count until somebody asks for messages or is done with one: some engines drop it only then.
    """

    messages: int
    oldest_at: datetime | None


QueueName = Literal["work", "notify"]


class Queue(Protocol):
    """First in, first out within a group, at least once, as SQS FIFO queues do it."""

    @property
    def visibility(self) -> timedelta:
        """How long nobody else gets a message that was handed out, or another one of its group."""
        ...

    def put(self, envelope: Envelope) -> None:
        """Make it durable. A repeat with the same deduplication id within 5 minutes is dropped, as a rule.

        What gets past, after a restart or because very many come, finds its entry in the journal.
        """
        ...

    def receive(self, wait: timedelta = timedelta()) -> Message | None:
        """The oldest visible message whose group is not held by another one; None after ``wait``."""
        ...

    def done(self, receipt: str) -> None:
        """Remove a message. Without effect if it was handed out again meanwhile."""
        ...

    def retry_after(self, receipt: str, delay: timedelta) -> None:
        """Show a message again after the delay; its group waits with it. The receipt is spent."""
        ...

    def depth(self) -> Depth:
        """How much waits."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands in a list: by the moment when it came in, and of one moment by its id."""

    received_at: datetime
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list of entries.

    Attributes:
        entries: newest first. They may be fewer than were asked for, though more follow.
        next: the page goes on before this place; None at the end.
    """

    entries: Sequence[Entry]
    next: Place | None


class Journal(Protocol):
    """One entry an envelope: dedup, audit trail and replay store at once.

    A closed entry expires with its content: then only its id and the status ``expired`` are left.
    """

    def open(self, envelope: Envelope, now: datetime) -> Entry:
        """The envelope's entry, made with its content if there is none yet, nor an expired one."""
        ...

    def save(self, entry: Entry) -> Entry:
        """Store a changed entry and return it with its new version.

        Raises:
            VersionConflict: it was saved by somebody else since it was read, or has expired.
        """
        ...

    def get(self, entry_id: str) -> Entry | None:
        """One entry."""
        ...

    def known(self, entry_ids: Sequence[str]) -> frozenset[str]:
        """Which of these ids ever came in, expired ones included."""
        ...

    def find(self, prefix: str) -> list[Entry]:
        """Entries whose id begins so, at most 10."""
        ...

    def envelope(self, entry_id: str) -> Envelope | None:
        """The content as it came; None once it has expired."""
        ...

    def latest(
        self,
        statuses: Sequence[Status] = (),
        source: str = "",
        limit: int = 50,
        since: datetime | None = None,
    ) -> list[Entry]:
        """Entries, newest first; without expired ones. Only those that came in later than ``since``."""
        ...

    def page(
        self,
        statuses: Sequence[Status],
        source: str,
        since: datetime,
        before: Place,
        limit: int,
    ) -> Page:
        """Entries for people to leaf through, newest first, without expired ones.

        A bounded number of entries is looked at, however few there are of such a source.

        Args:
            statuses: only these; empty for all.
            source: only this one; empty for all.
            since: none that came in before.
            before: only what stands after this place in the list: that is, before it in time.
            limit: how many at most.
        """
        ...

    def entries(self, entry_ids: Sequence[str]) -> list[Entry]:
        """The entries with these ids, in this order; without those that are not there, or have expired."""
        ...

    def received(
        self, status: Status, since: datetime, until: datetime, after_id: str = ""
    ) -> Iterator[Entry]:
        """Entries with this status that came in from one moment to another, oldest first.

        They are read a hundred at a time, as they are asked for. To go on later, name the moment and the id
        of the last one: of that very moment only those with a greater id are given.
        """
        ...

    def counts(self, statuses: Sequence[Status]) -> Mapping[Status, int]:
        """How many entries have each of these statuses. Cheap for those that few entries have."""
        ...


@dataclass(frozen=True, slots=True)
class Timer:
    """An envelope that waits outside of its queue, because a queue should not hold it for so long.

    Attributes:
        due_at: when it goes back.
        queue: where it came from.
        envelope: its entry stays open meanwhile.
    """

    due_at: datetime
    queue: QueueName
    envelope: Envelope


class Timers(Protocol):
    """What happens later than a queue can delay it. An entry has one timer at most."""

    def set(self, timer: Timer) -> None:
        """Make it durable, in the place of another one of this entry."""
        ...

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Those that are due by now, the first one first; of one moment, what came in first."""
        ...

    def remove(self, timer: Timer) -> None:
        """Remove it. Without effect if it is gone, or was set to another moment."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A small piece of our own memory. ``version`` is 0 for one that does not exist."""

    key: str
    content: Mapping[str, Any]
    version: int


class Documents(Protocol):
    """Small JSON documents with versions: claims and what we remember.

    Those about clients, parcels and orders go when nobody has changed them for as long as personal data is
    kept.
    """

    def get(self, key: str) -> Document:
        """The document, an empty one with version 0 if there is none."""
        ...

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        """The documents of all these keys, by key; as ``get`` gives them."""
        ...

    def put(self, document: Document) -> Document:
        """Store it if its version is still the stored one; return it with the new version.

        Raises:
            VersionConflict: somebody else wrote first.
        """
        ...


class NothingStored:
    """Documents for when nothing can be stored: there are none, and what is put is forgotten."""

    def get(self, key: str) -> Document:
        """An empty document."""
        return Document(key, {}, 0)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        """An empty document for each key."""
        return {key: self.get(key) for key in keys}

    def put(self, document: Document) -> Document:
        """Without effect."""
        return document


@dataclass(frozen=True, slots=True)
class Engine:
    """A host's queues and stores.

    Attributes:
        work: everything that comes in.
        notify: text messages and alerts, so that a dead gateway or a dead CRM does not hold up the other.
        timers: what waits for its time outside of them.
        expire: removes what has expired by a moment, and returns how many things that were. To be called
            now and then; without effect where the store does it by itself.
        trouble: tells why nothing can be stored just now; empty if all is well, or if we cannot know.
        close: ends its use: nothing is lost, and nobody may use it from now on.
        free_bytes: tells how much room there is on the disk; None where there is no disk of ours.
    """

    work: Queue
    notify: Queue
    timers: Timers
    journal: Journal
    documents: Documents
    expire: Callable[[datetime], int]
    trouble: Callable[[], str]
    close: Callable[[], None]
    free_bytes: Callable[[], int | None] = lambda: None

    def queue(self, name: QueueName) -> Queue:
        """The queue of this name."""
        return self.work if name == "work" else self.notify
