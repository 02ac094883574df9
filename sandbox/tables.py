"""Objects by id, with the memory that a lagging search needs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.documents import Document
from sandbox.storage import Store

REMEMBERED = timedelta(minutes=10)
"""How long earlier states are kept for a lagging search."""

KeysOf = Callable[[Document], Iterable[str]]


@dataclass(slots=True)
class Record:
    """One object and its earlier states."""

    data: Document
    changed: datetime
    made: datetime
    earlier: list[tuple[datetime, Document]] = field(default_factory=list)

    def seen(self, horizon: datetime | None) -> Document | None:
        """What a search sees that knows nothing later than ``horizon``; None if it was not there yet."""
        if horizon is None or self.changed <= horizon:
            return self.data
        states = (data for changed, data in reversed(self.earlier) if changed <= horizon)
        return next(states, None)

    def change(self, data: Document, now: datetime) -> None:
        """Take a new state and forget those that no search can see any more."""
        self.earlier.append((self.changed, self.data))
        while len(self.earlier) > 1 and self.earlier[1][0] <= now - REMEMBERED:
            del self.earlier[0]
        self.data, self.changed = data, now


class Table:
    """All objects of one kind. States are never changed in place: a change is a new state.

    An index also keeps the keys of earlier states: a lagging search may ask for them. What it
    finds are candidates, to be compared again.
    """

    def __init__(
        self,
        kind: str,
        indexes: Mapping[str, KeysOf] | None = None,
        first_id: int = 1,
        store: Store | None = None,
    ) -> None:
        """Make a table; with a store it begins with what the store has."""
        self._kind = kind
        self._keys_of = dict(indexes or {})
        self._indexes: dict[str, dict[str, dict[int, None]]] = {
            name: defaultdict(dict) for name in self._keys_of
        }
        self._records: dict[int, Record] = {}
        self._store = store
        self._next_id = first_id
        for key, kept in store.load(kind) if store else ():
            changed = datetime.fromisoformat(kept["changed"])
            self._put(key, Record(kept["data"], changed, made=changed))

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: int) -> bool:
        return key in self._records

    @property
    def next_id(self) -> int:
        """The id of the next object."""
        return self._next_id

    def add(self, data: Document, now: datetime) -> int:
        """Keep a new object under the next id, which it gets as its field ``id``."""
        key = self._next_id
        made = now.astimezone(UTC)
        self._put(key, Record({"id": key, **data}, made, made))
        self._save(key)
        return key

    def change(self, key: int, data: Document, now: datetime) -> None:
        """Give an object a new state."""
        self._records[key].change(data, now.astimezone(UTC))
        self._index(key, data)
        self._save(key)

    def remove(self, key: int) -> None:
        """Take an object out, also for a search that lags."""
        del self._records[key]
        if self._store:
            self._store.remove(self._kind, key)

    def get(self, key: int) -> Document | None:
        """The present state of an object."""
        record = self._records.get(key)
        return record.data if record else None

    def made_at(self, key: int) -> datetime:
        """When an object was made; after a restart, when it was changed last before."""
        return self._records[key].made

    def found(self, index: str, key: str) -> list[Document]:
        """The objects whose present state has this key, oldest first."""
        known = self._indexes[index].get(key, ())
        documents = (self._records[each].data for each in known if each in self._records)
        return [data for data in documents if key in self._keys_of[index](data)]

    def candidates(self, index: str, keys: Iterable[str]) -> set[int]:
        """The ids of all objects that ever had one of these keys."""
        return {each for key in keys for each in self._indexes[index].get(key, ())}

    def newest_first(
        self, horizon: datetime | None = None, ids: Iterable[int] | None = None
    ) -> Iterator[Document]:
        """The states that a search sees, the newest object first; of all objects or of some."""
        chosen = reversed(self._records) if ids is None else sorted(ids, reverse=True)
        for key in chosen:
            record = self._records.get(key)
            data = record.seen(horizon) if record else None
            if data is not None:
                yield data

    def all(self) -> Iterator[Document]:
        """The present states, oldest first."""
        return (record.data for record in self._records.values())

    def after(self, key: int) -> Iterator[Document]:
        """The present states of what was made after the object with this id, oldest first."""
        first = max(key + 1, next(iter(self._records), 0))
        ids = range(first, self._next_id)
        return (self._records[each].data for each in ids if each in self._records)

    def _put(self, key: int, record: Record) -> None:
        self._records[key] = record
        self._next_id = max(self._next_id, key + 1)
        self._index(key, record.data)

    def _index(self, key: int, data: Document) -> None:
        for name, keys_of in self._keys_of.items():
            for each in keys_of(data):
                self._indexes[name][each][key] = None

    def _save(self, key: int) -> None:
        if self._store:
            record = self._records[key]
            self._store.save(self._kind, key, {"data": record.data, "changed": record.changed.isoformat()})
