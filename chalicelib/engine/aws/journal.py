"""The journal in the DynamoDB table. Implements ``engine.port.Journal``."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from chalicelib.clock import Clock
from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.packing import PARTITION_DIGITS, packed, sortable, unpacked
from chalicelib.engine.aws.table import MAX_BATCH, Item, Key, Table, is_expired, key_of
from chalicelib.engine.port import Page, Place, VersionConflict
from chalicelib.entry import Entry, Status
from chalicelib.gate.envelope import Envelope
from chalicelib.retention import Retention

MAX_FOUND = 10
MOST_LOOKED_AT = 1000
"""Entries that a page of a source that few of them have is looked for among."""

MAX_INLINE_CONTENT = 16_000
"""In bytes, packed. Each save is charged for the whole item, and an item holds 400 KB."""


class DynamoJournal:
    """The journal of AWS."""

    def __init__(self, client: Client, table_name: str, retention: Retention, clock: Clock) -> None:
        """Keep the journal in this table."""
        self._table = Table(client, table_name)
        self._retention = retention
        self._clock = clock

    def open(self, envelope: Envelope, now: datetime) -> Entry:
        """See the port."""
        item = self._live(_entry_key(envelope.id))
        return self._make(envelope, now) if item is None else _entry(item)

    def save(self, entry: Entry) -> Entry:
        """See the port."""
        saved = entry.model_copy(update={"version": entry.version + 1})
        self._table.update_if(self._item(saved), entry.version, self._clock())
        return saved

    def get(self, entry_id: str) -> Entry | None:
        """See the port."""
        item = self._live(_entry_key(entry_id))
        if item is not None:
            return _entry(item)
        tombstone = self._live(_tombstone_key(entry_id))
        # Without an entry it may be the beginning of one that is just being made.
        return _expired(tombstone) if tombstone and self._is_over(tombstone) else None

    def known(self, entry_ids: Sequence[str]) -> frozenset[str]:
        """See the port. Costs one read call for each 100 ids."""
        now = self._clock()
        keys = [_tombstone_key(entry_id) for entry_id in dict.fromkeys(entry_ids)]
        items = (
            item
            for first in range(0, len(keys), MAX_BATCH)
            for item in self._table.get_many(keys[first : first + MAX_BATCH])
        )
        return frozenset(str(item["id"]) for item in items if not is_expired(item, now))

    def find(self, prefix: str) -> list[Entry]:
        """See the port. Finds nothing by less than 12 characters: they name the items' partition."""
        if len(prefix) < PARTITION_DIGITS:
            return []
        return [
            entry
            for tombstone in self._table.beginning(_tombstone_key(prefix), MAX_FOUND)
            if (entry := self.get(str(tombstone["id"])))
        ]

    def envelope(self, entry_id: str) -> Envelope | None:
        """See the port."""
        item = self._live(_entry_key(entry_id))
        if item is not None and "envelope" not in item:
            item = self._live(_content_key(entry_id, _entry(item).content_id))
        return None if item is None else Envelope.from_json(unpacked(item["envelope"]))

    def latest(
        self,
        statuses: Sequence[Status] = (),
        source: str = "",
        limit: int = 50,
        since: datetime | None = None,
    ) -> list[Entry]:
        """See the port. The newest changes of a status may be missing for a moment.

        A source that few entries have is searched for among all of them.
        """
        wanted = frozenset(statuses or Status)
        page = min(limit, MAX_BATCH)
        newest = heapq.merge(
            *(self._table.newest(status, page, sortable(since) if since else "") for status in wanted),
            key=lambda item: str(item["received_at"]),
            reverse=True,
        )
        found: dict[str, Entry] = {}
        while len(found) < limit and (keys := [key_of(item) for item in islice(newest, page)]):
            found.update(
                (entry.id, entry)
                for entry in self._live_entries(keys)
                if entry.status in wanted and source in {"", entry.source}
            )
        return list(found.values())[:limit]

    def page(
        self,
        statuses: Sequence[Status],
        source: str,
        since: datetime,
        before: Place,
        limit: int,
    ) -> Page:
        """See the port. The newest changes of a status may be missing for a moment."""
        wanted = frozenset(statuses or tuple(Status))
        end = f"{sortable(before.received_at)}#{before.entry_id}"
        if sortable(since) > end:  # which DynamoDB would refuse
            return Page([], None)
        size = min(limit + 1, MAX_BATCH)
        each = (self._table.before(status, sortable(since), end, size) for status in wanted)
        listed = heapq.merge(*each, key=lambda item: str(item["received_at"]), reverse=True)
        found: dict[str, Entry] = {}
        for _ in range(0, MOST_LOOKED_AT, size):
            items = list(islice(listed, size))
            found.update(
                (entry.id, entry)
                for entry in self._live_entries(map(key_of, items))
                if entry.status in wanted and source in {"", entry.source}
            )
            if len(found) > limit:
                shown = list(found.values())[:limit]
                return Page(shown, Place(shown[-1].received_at, shown[-1].id))
            if len(items) < size:
                return Page(list(found.values()), None)
        return Page(list(found.values()), _place(items[-1]))

    def entries(self, entry_ids: Sequence[str]) -> list[Entry]:
        """See the port. Costs one read call for each 100 ids."""
        keys = [_entry_key(entry_id) for entry_id in dict.fromkeys(entry_ids)]
        return [
            entry
            for first in range(0, len(keys), MAX_BATCH)
            for entry in self._live_entries(keys[first : first + MAX_BATCH])
        ]

    def received(
        self, status: Status, since: datetime, until: datetime, after_id: str = ""
    ) -> Iterator[Entry]:
        """See the port. Of the newest changes of a status some may be missing for a moment."""
        if since > until:  # which DynamoDB would refuse
            return
        first = f"{sortable(since)}#{after_id}"
        keys = map(key_of, self._table.between(status, first, sortable(until), MAX_BATCH))
        while page := list(islice(keys, MAX_BATCH)):
            now = self._clock()
            for item in self._table.get_many(page):
                entry = None if is_expired(item, now) else _entry(item)
                if entry is not None and entry.status is status:
                    yield entry

    def counts(self, statuses: Sequence[Status]) -> Mapping[Status, int]:
        """See the port."""
        return {status: self._table.count(status) for status in statuses}

    def _make(self, envelope: Envelope, now: datetime) -> Entry:
        """Write the tombstone first and the entry last: whatever crashes, no entry is without the others."""
        entry = Entry.opened(envelope, now)
        try:
            self._table.put_new(self._tombstone(entry), now)
        except VersionConflict:
            existing = self.get(entry.id)  # from a crash, or somebody else was faster, or it has expired
            if existing is not None:
                return existing
        item, content = self._item(entry), packed(envelope.to_json())
        if len(content) > MAX_INLINE_CONTENT:
            pk, sk = _content_key(entry.id, entry.content_id)
            expires_at = item["expires_at"]
            self._table.put({"pk": pk, "sk": sk, "envelope": content, "expires_at": expires_at})
        else:
            item = {**item, "envelope": content}
        try:
            self._table.put_new(item, now)
        except VersionConflict:
            existing = self.get(entry.id)
            if existing is None:
                raise
            return existing
        return entry

    def _live_entries(self, keys: Iterable[Key]) -> list[Entry]:
        """At most ``MAX_BATCH`` entries in this order, without those that have expired."""
        now = self._clock()
        items = self._table.get_many(list(dict.fromkeys(keys)))
        return [_entry(item) for item in items if not is_expired(item, now)]

    def _live(self, key: Key) -> Item | None:
        item = self._table.get(key)
        return None if item is None or is_expired(item, self._clock()) else item

    def _is_over(self, tombstone: Item) -> bool:
        return int(tombstone["entry_expires_at"]) <= self._clock().timestamp()

    def _item(self, entry: Entry) -> Item:
        pk, sk = _entry_key(entry.id)
        # One that is open has its time from its last beginning: nothing is lost that is worked on.
        begun_at = entry.opened_at if entry.is_open else entry.received_at
        return {
            "pk": pk,
            "sk": sk,
            "version": entry.version,
            "status": str(entry.status),
            "received_at": f"{sortable(entry.received_at)}#{entry.id}",
            "expires_at": _seconds(begun_at + self._retention.personal_data),
            "state": packed(entry.model_dump_json()),
        }

    def _tombstone(self, entry: Entry) -> Item:
        pk, sk = _tombstone_key(entry.id)
        return {
            "pk": pk,
            "sk": sk,
            "id": entry.id,
            "content_id": entry.content_id,
            "source": entry.source,
            "came_at": _seconds(entry.received_at),
            "entry_expires_at": _seconds(entry.received_at + self._retention.personal_data),
            "expires_at": _seconds(entry.received_at + self._retention.ids),
        }


def _entry(item: Item) -> Entry:
    return Entry.model_validate_json(unpacked(item["state"]))


def _expired(tombstone: Item) -> Entry:
    came_at = datetime.fromtimestamp(int(tombstone["came_at"]), UTC)
    return Entry.expired(
        str(tombstone["id"]), str(tombstone["source"]), str(tombstone["content_id"]), came_at
    )


def _place(item: Item) -> Place:
    moment, _, entry_id = str(item["received_at"]).partition("#")
    return Place(datetime.fromisoformat(moment), entry_id)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _entry_key(entry_id: str) -> Key:
    return entry_id[:PARTITION_DIGITS], f"entry#{entry_id}"


def _content_key(entry_id: str, content_id: str) -> Key:
    return entry_id[:PARTITION_DIGITS], f"content#{entry_id}#{content_id}"


def _tombstone_key(entry_id: str) -> Key:
    return entry_id[:PARTITION_DIGITS], f"tombstone#{entry_id}"
