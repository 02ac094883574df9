"""What an account can be asked to name: its dictionaries and custom fields, each a set of entries by code."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from sandbox.documents import Document, merged
from sandbox.retailcrm import defaults
from sandbox.storage import Store
from sandbox.tables import Table


class Dictionaries:
    """What the account began with, and on top of it what was made or changed since."""

    def __init__(self, store: Store | None, is_new_account: Callable[[], bool]) -> None:
        """Open the changes; with a store they begin with what it has."""
        self._changes = Table(
            "dictionary",
            {
                "dictionary": lambda change: [change["dictionary"]],
                "entry": lambda change: [_key(change["dictionary"], change["entry"]["code"])],
            },
            store=store,
        )
        self._is_new_account = is_new_account

    def entries(self, dictionary: str) -> dict[str, Document]:
        """The entries by code, in the order in which they were made."""
        begun = defaults.entries(new_account=self._is_new_account()).get(dictionary, {})
        changed = (change["entry"] for change in self._changes.found("dictionary", dictionary))
        return {**begun, **{entry["code"]: entry for entry in changed}}

    def codes(self, dictionary: str) -> Collection[str]:
        """The codes as they are whenever this is looked at."""
        return _Codes(lambda: self.entries(dictionary))

    def active_codes(self, dictionary: str) -> Collection[str]:
        """Likewise those alone that can still be chosen."""
        return _Codes(
            lambda: {
                code: entry for code, entry in self.entries(dictionary).items() if entry.get("active", True)
            }
        )

    def put(self, dictionary: str, code: str, fields: Document, now: datetime) -> None:
        """Make an entry, or change some of its fields."""
        entry = {**merged(self.entries(dictionary).get(code, {"active": True}), fields), "code": code}
        change = {"dictionary": dictionary, "entry": entry}
        earlier = self._changes.found("entry", _key(dictionary, code))
        if earlier:
            key = earlier[0]["id"]
            self._changes.change(key, {"id": key, **change}, now)
        else:
            self._changes.add(change, now)

    def changes(self) -> list[Document]:
        """What was made or changed, in this order."""
        return list(self._changes.all())


class _Codes(Collection[str]):
    """A set of codes that is found anew each time."""

    def __init__(self, entries: Callable[[], dict[str, Document]]) -> None:
        self._entries = entries

    def __contains__(self, code: object) -> bool:
        return code in self._entries()

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries())

    def __len__(self) -> int:
        return len(self._entries())


def _key(dictionary: str, code: str) -> str:
    return f"{dictionary}/{code}"
