"""Who did what in the console.

A day, by UTC, is one document; what no longer fits into it goes into parts of their own. Names of staff are
personal data: a day goes as all of it does (``[retention]``).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.clock import Clock
from chalicelib.engine.port import Document, Documents, VersionConflict
from chalicelib.memory import Memory

MOST_IN_A_PART = 200
"""With the bounds below a part stays under 200 KB.

DynamoDB takes 400, and each change is paid for by its size.
"""

LONGEST_WHAT = 40
LONGEST_ABOUT = 300
"""Characters."""


class Record(Memory):
    """One thing that somebody did.

    Attributes:
        what: a code, such as ``replayed``; its words are ``audit.did_{what}``.
        about: what it was done to, such as an entry's id.
    """

    at: AwareDatetime
    who: str
    what: str
    about: str


class Day(Memory):
    """The last records of a day.

    Attributes:
        parts: how many documents hold those before them.
    """

    parts: int = 0
    records: tuple[Record, ...] = ()


class Audit:
    """The audit trail."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        """Keep it in these documents."""
        self._documents = documents
        self._clock = clock

    def record(self, who: str, what: str, about: str = "") -> None:
        """Add a record. Call it before what it tells of: a crash in between must not hide that.

        Args:
            who: the user's name.
            what: a code in lower-case letters and underscores; add its words ``did_{what}`` to
                ``words/{ru,en}/audit.toml``.
            about: an entry's id or the like. Never a secret, nor a client's name or phone.
        """
        now = self._clock()
        record = Record(at=now, who=who, what=what[:LONGEST_WHAT], about=about[:LONGEST_ABOUT])
        while True:
            document = self._documents.get(_key(now.date()))
            day = Day.model_validate(document.content)
            if len(day.records) >= MOST_IN_A_PART:
                day = self._set_aside(day, now.date())
            day = day.model_copy(update={"records": (*day.records, record)})
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=day.content()))
                return

    def records(self, since: datetime, until: datetime) -> list[Record]:
        """What was done from one moment to another, newest first. Two reads of many documents."""
        first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        heads = self._read([_key(day) for day in days])
        parts = [_part_key(day, part) for day in days for part in range(heads[_key(day)].parts)]
        found = [*heads.values(), *self._read(parts).values()]
        records = (record for day in found for record in day.records if since <= record.at < until)
        return sorted(records, key=lambda record: record.at, reverse=True)

    def _set_aside(self, day: Day, when: date) -> Day:
        """Move a full day's records into a part. A repeat after a crash writes the same part again."""
        part = Document(_part_key(when, day.parts), Day(records=day.records).content(), 0)
        with suppress(VersionConflict):
            self._documents.put(part)
        return Day(parts=day.parts + 1)

    def _read(self, keys: Sequence[str]) -> Mapping[str, Day]:
        documents = self._documents.get_many(keys)
        return {key: Day.model_validate(document.content) for key, document in documents.items()}


def _key(day: date) -> str:
    return f"audit:{day}"


def _part_key(day: date, part: int) -> str:
    return f"audit:{day}:{part}"
