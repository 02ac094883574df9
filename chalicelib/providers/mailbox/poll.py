"""Ask a mailbox for its new letters."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.mailbox.read import Settings
from chalicelib.providers.mailbox.record import CONTENT_TYPE, Letter, written
from chalicelib.providers.polling import Asking, Record

if TYPE_CHECKING:
    from chalicelib.providers.mailbox.session import Glance, Session

RESCUED_WITHIN = timedelta(days=3)
"""So long after a letter came somebody may move it here, such as out of the folder for spam."""

FARTHEST_ZONE = timedelta(hours=14)
"""A mailbox is asked for whole days, in a zone that nobody told us."""

GLANCED_AT_ONCE = 100
FETCHED_AT_ONCE = 10
MOST_LETTERS = 500
"""New ones at one time. What is more comes the next time."""


class Mailbox:
    """Asks one folder. Implements ``polling.Poller``."""

    overlap = RESCUED_WITHIN

    def __init__(self, settings: Settings) -> None:
        """Ask with this password."""
        self.every = settings.every
        self._settings = settings
        self._settled: set[tuple[bytes, int]] = set()
        """Letters of which nothing new can be learned: they need not be asked for again."""

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A letter that the server does not hand out holds up no other one."""
        # The workers wire this, too, and never ask.
        from chalicelib.providers.mailbox.session import opened  # noqa: PLC0415

        with opened(self._settings) as session:
            new = self._new(session, asking)
            refusal: Refused | None = None
            for first in range(0, min(len(new), MOST_LETTERS), FETCHED_AT_ONCE):
                letters: list[Letter | None] = []
                for glance in new[first : first + FETCHED_AT_ONCE]:
                    try:
                        letters.append(session.letter(glance))
                    except Refused as error:
                        refusal = error
                yield [_record(letter) for letter in letters if letter is not None]
            if refusal is not None:
                raise refusal
            if len(new) > MOST_LETTERS:
                raise Unreachable("source-unreachable", f"more than {MOST_LETTERS} new letters at one time")

    def _new(self, session: "Session", asking: Asking) -> list["Glance"]:
        """The letters that nobody has taken yet, in the order in which they came, each once."""
        here = [(session.validity, uid) for uid in session.since((asking.since - FARTHEST_ZONE).date())]
        self._settled.intersection_update(here)
        unsettled = [uid for validity, uid in here if (validity, uid) not in self._settled]
        new: dict[str, Glance] = {}
        for first in range(0, len(unsettled), GLANCED_AT_ONCE):
            for glance in session.glances(unsettled[first : first + GLANCED_AT_ONCE]):
                is_older = glance.arrived_at is not None and glance.arrived_at < asking.since
                if is_older or asking.is_known(glance.id):
                    self._settled.add((session.validity, glance.uid))
                else:
                    new.setdefault(glance.id, glance)
        return list(new.values())


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Mailbox:
    """What asks this source."""
    del zone, transport  # IMAP tells zones itself, and is no HTTP.
    return Mailbox(settings)


def _record(letter: Letter) -> Record:
    return Record(
        dedup_id=letter.id,
        group=letter.group,
        at=letter.arrived_at,
        content=written(letter),
        content_type=CONTENT_TYPE,
    )
