"""The journal in the DynamoDB table. Implements ``engine.port.Journal``."""

import heapq
import lzma
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from chalicelib.clock import Clock
from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.table import MAX_BATCH, Item, Key, Table, Value, key_of
from chalicelib.engine.port import VersionConflict
from chalicelib.entry import Entry, Status
from chalicelib.gate.envelope import Envelope

CONTENT_LIFETIME = timedelta(days=90)
ENTRY_LIFETIME = timedelta(days=400)
"""Both count from the moment when the webhook came in."""

PARTITION_DIGITS = 12
MAX_FOUND = 10
MAX_PLAIN_STATE = 100_000
"""In bytes. Events and plan may each repeat the texts of a large content, and an item holds 400 KB."""


class DynamoJournal:
    """The journal of AWS."""

    def __init__(self, client: Client, table_name: str, clock: Clock) -> None:
        """Keep the journal in this table."""
        self._table = Table(client, table_name)
        self._clock = clock

    def open(self, envelope: Envelope, now: datetime) -> Entry:
        """See the port."""
        return self.get(envelope.id) or self._make(envelope, now)

    def save(self, entry: Entry) -> Entry:
        """See the port."""
        saved = entry.model_copy(update={"version": entry.version + 1})
        self._table.put_if(_item(saved), stored_version=entry.version)
        return saved

    def get(self, entry_id: str) -> Entry | None:
        """See the port."""
        item = self._table.get(_entry_key(entry_id))
        return None if item is None else _entry(item)

    def find(self, prefix: str) -> list[Entry]:
        """See the port. Finds nothing by less than 12 characters: they name the items' partition."""
        if len(prefix) < PARTITION_DIGITS:
            return []
        return [_entry(item) for item in self._table.beginning(_entry_key(prefix), MAX_FOUND)]

    def envelope(self, entry_id: str) -> Envelope | None:
        """See the port."""
        entry = self.get(entry_id)
        item = None if entry is None else self._table.get(_content_key(entry.id, entry.content_id))
        # DynamoDB removes what has expired some time within the next days.
        if item is None or int(item["expires_at"]) <= self._clock().timestamp():
            return None
        return Envelope.from_json(str(item["envelope"]))

    def latest(self, statuses: Sequence[Status] = (), source: str = "", limit: int = 50) -> list[Entry]:
        """See the port. The newest changes of a status may be missing for a moment.

        A source that few entries have is searched for among all of them.
        """
        wanted = frozenset(statuses or Status)
        page = min(limit, MAX_BATCH)
        newest = heapq.merge(
            *(self._table.newest(status, page) for status in wanted),
            key=lambda item: str(item["received_at"]),
            reverse=True,
        )
        found: dict[str, Entry] = {}
        while len(found) < limit and (keys := [key_of(item) for item in islice(newest, page)]):
            entries = map(_entry, self._table.get_many(list(dict.fromkeys(keys))))
            found.update(
                (entry.id, entry)
                for entry in entries
                if entry.status in wanted and source in {"", entry.source}
            )
        return list(found.values())[:limit]

    def counts(self, statuses: Sequence[Status]) -> Mapping[Status, int]:
        """See the port."""
        return {status: self._table.count(status) for status in statuses}

    def _make(self, envelope: Envelope, now: datetime) -> Entry:
        """Write the content and then the entry: there is no entry without its content, even after a crash."""
        entry = Entry.opened(envelope, now)
        pk, sk = _content_key(entry.id, entry.content_id)
        expires_at = _expiry(entry, CONTENT_LIFETIME)
        self._table.put({"pk": pk, "sk": sk, "envelope": envelope.to_json(), "expires_at": expires_at})
        try:
            self._table.put_if(_item(entry), stored_version=0)
        except VersionConflict:
            existing = self.get(entry.id)  # somebody else was faster, or the answer to our own write was lost
            if existing is None:
                raise
            return existing
        return entry


def _item(entry: Entry) -> Item:
    pk, sk = _entry_key(entry.id)
    received_at = entry.received_at.astimezone(UTC).isoformat(timespec="microseconds")
    return {
        "pk": pk,
        "sk": sk,
        "version": entry.version,
        "status": str(entry.status),
        "received_at": f"{received_at}#{entry.id}",
        "expires_at": _expiry(entry, ENTRY_LIFETIME),
        "state": _packed(entry.model_dump_json()),
    }


def _entry(item: Item) -> Entry:
    state = item["state"]
    return Entry.model_validate_json(lzma.decompress(state) if isinstance(state, bytes) else str(state))


def _packed(state: str) -> Value:
    raw = state.encode()
    return state if len(raw) <= MAX_PLAIN_STATE else lzma.compress(raw, preset=1)


def _expiry(entry: Entry, lifetime: timedelta) -> int:
    return int((entry.received_at + lifetime).timestamp())


def _entry_key(entry_id: str) -> Key:
    return entry_id[:PARTITION_DIGITS], f"entry#{entry_id}"


def _content_key(entry_id: str, content_id: str) -> Key:
    return entry_id[:PARTITION_DIGITS], f"content#{entry_id}#{content_id}"
