"""What was in trouble: the incidents that are over, in a document for each day.

They name people, so they go when personal data goes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, Field

from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents
from chalicelib.events import Severity
from chalicelib.memory import PAST_INCIDENTS, Memory

if TYPE_CHECKING:
    from chalicelib.alerts.incidents import Incident

LARGEST_DAY = 300_000
"""Bytes. DynamoDB takes 400 KB; what comes after that is only counted."""

LONGEST_WORDS = 300
"""Characters of a cause that are kept."""

DAY = timedelta(days=1)
DAYS_AT_ONCE = 15
"""Documents that are read together: some 5 MB at the most."""


class PastIncident(Memory):
    """One that is over. The attributes are those of ``incidents.Incident``."""

    key: str
    subject: str
    cause: str = ""
    note: str = ""
    severity: Severity = "critical"
    responsible: str = ""
    began_at: AwareDatetime
    ended_at: AwareDatetime
    acknowledged_by: str = ""

    @property
    def lasted(self) -> timedelta:
        """For how long."""
        return self.ended_at - self.began_at


class PastDay(Memory):
    """The incidents that began on one day of UTC and are over.

    Attributes:
        incidents: by what they are and when they began: so one that is told of twice is there once.
        left_out: how many more there were.
    """

    incidents: Mapping[str, PastIncident] = Field(default_factory=dict)
    left_out: int = 0

    def content(self) -> dict[str, Any]:
        """As a document's content."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def newest_first(self) -> list[PastIncident]:
        """The one that began last comes first."""
        return sorted(self.incidents.values(), key=lambda past: (past.began_at, past.key), reverse=True)

    def with_one(self, past: PastIncident) -> "PastDay":
        """With one more, as long as there is room."""
        name = f"{past.key}@{past.began_at.isoformat()}"
        more = PastDay(incidents={**self.incidents, name: past}, left_out=self.left_out)
        size = len(json.dumps(more.content(), ensure_ascii=False).encode())
        if size <= LARGEST_DAY or name in self.incidents:
            return more
        return self.model_copy(update={"left_out": self.left_out + 1})


@dataclass(frozen=True, slots=True)
class PastPage:
    """Some of the incidents that are over, the newest first.

    Attributes:
        count: how many there are on all pages.
        left_out: how many more there were than there was room for.
    """

    incidents: Sequence[PastIncident]
    count: int
    left_out: int


class PastIncidents:
    """The incidents that are over."""

    def __init__(self, documents: Documents) -> None:
        """Keep them in these documents."""
        self._documents = documents

    def add(self, incident: "Incident", ended_at: datetime) -> None:
        """Keep one that ends now. To be called before that is written: a crash in between forgets nothing."""
        past = PastIncident(
            key=incident.key,
            subject=incident.subject[:LONGEST_WORDS],
            cause=incident.cause[:LONGEST_WORDS],
            note=incident.note[:LONGEST_WORDS],
            severity=incident.severity,
            responsible=incident.responsible,
            began_at=incident.began_at,
            ended_at=ended_at,
            acknowledged_by=incident.acknowledged_by,
        )

        def with_this(content: Content) -> Content:
            return PastDay.model_validate(content).with_one(past).content()

        change_document(self._documents, _key(_day(incident.began_at)), with_this)

    def days(self, now: datetime, days: int) -> Iterator[PastDay]:
        """The last days, the newest first. A few documents are read at a time: each may be large."""
        today = _day(now)
        keys = [_key(today - back * DAY) for back in range(days)]
        for first in range(0, days, DAYS_AT_ONCE):
            some = keys[first : first + DAYS_AT_ONCE]
            documents = self._documents.get_many(some)
            for key in some:
                yield PastDay.model_validate(documents[key].content)

    def page(self, now: datetime, days: int, first: int, end: int) -> PastPage:
        """Some of those that began in the last days, by their position; 0 is the newest one."""
        shown: list[PastIncident] = []
        count = left_out = 0
        for day in self.days(now, days):
            shown += day.newest_first[max(first - count, 0) : max(end - count, 0)]
            count += len(day.incidents)
            left_out += day.left_out
        return PastPage(shown, count, left_out)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _key(day: date) -> str:
    return f"{PAST_INCIDENTS}{day.isoformat()}"
