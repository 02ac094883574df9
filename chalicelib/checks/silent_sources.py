"""Sources from which nothing comes any more, or far less or more than usual.

A third party that silently stops sending is the outage that nobody sees: no error, only no orders.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Finding
from chalicelib.engine.port import Documents, Journal
from chalicelib.entry import Entry
from chalicelib.events import Severity
from chalicelib.leafing import newest_first
from chalicelib.memory import ASKED, REJECTING, SourceMemory, source_key
from chalicelib.providers.reading import SourceSettings
from chalicelib.providers.test_leads import TEST_LEAD
from chalicelib.texts import Texts

WEEK = timedelta(days=7)
LOOK_BACK = timedelta(days=21)
"""What was silent for longer has been told often enough to know it."""

MOST_COUNTED = 10_000


class SilentSources:
    """The check ``silent-sources``. Implements ``checks.port.Watch``."""

    name = "silent-sources"
    every = timedelta(minutes=10)
    has_baseline = False

    def __init__(
        self,
        sources: Mapping[str, SourceSettings],
        journal: Journal,
        documents: Documents,
        incidents: Incidents,
        texts: Texts,
        zone: ZoneInfo,
    ) -> None:
        """Watch these sources; hours are on the clock of ``zone``."""
        self._sources = sources
        self._journal = journal
        self._documents = documents
        self._incidents = incidents
        self._texts = texts
        self._zone = zone

    def find(self, now: datetime) -> Iterable[Finding]:
        """Tell of each source as an incident: there is nothing to be done about it in the CRM."""
        self._incidents.observe_each(
            [*self._seen(now), *self._no_longer_rejecting(), *self._no_longer_asked()],
            families=("silence:", "band:"),
        )
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        return [f"{seen.key}: {seen.cause or 'well'}" for seen in self._seen(now)]

    def _no_longer_rejecting(self) -> Iterator[Observation]:
        """What ends the incident of a source that sends authentic webhooks again, or is gone.

        The process of the gate that noticed the beginning may not see the end.
        """
        for key in self._incidents.open_keys():
            incident = self._incidents.get(key) if key.startswith(REJECTING) else None
            if incident is not None and self._is_healthy(key.removeprefix(REJECTING), incident.began_at):
                yield Observation(key, False, incident.subject, self._texts.render("checks/rejecting_over"))

    def _no_longer_asked(self) -> Iterator[Observation]:
        """What ends the incident of a source that did not answer, and has left the shop file."""
        for key in self._incidents.open_keys():
            incident = self._incidents.get(key) if key.startswith(ASKED) else None
            if incident is not None and key.removeprefix(ASKED) not in self._sources:
                yield Observation(key, is_bad=False, subject=incident.subject)

    def _is_healthy(self, source: str, since: datetime) -> bool:
        is_gone = source not in self._sources
        return is_gone or bool(self._journal.latest(source=source, limit=1, since=since))

    def _seen(self, now: datetime) -> Iterator[Observation]:
        for name, settings in self._sources.items():
            if settings.expect_every is not None:
                yield self._observation("silence", name, self._silence(name, settings, now), "warning")
            if settings.per_week is not None:
                yield self._observation("band", name, self._band(name, settings.per_week, now), "info")

    def _observation(self, kind: str, name: str, cause: str, severity: Severity) -> Observation:
        subject = self._texts.render(f"checks/{kind}_subject", source=name)
        return Observation(f"{kind}:{name}", bool(cause), subject, cause, severity)

    def _silence(self, name: str, settings: SourceSettings, now: datetime) -> str:
        if settings.expect_every is None:
            return ""
        if SourceMemory.model_validate(self._documents.get(source_key(name)).content).heard_at is None:
            return ""  # Nothing ever came: it is being set up.
        last = self._last(name, now)
        last_at = last.received_at if last else now - LOOK_BACK
        due = settings.expect_hours.add_open_time(last_at, settings.expect_every, self._zone)
        if now <= due:
            return ""
        return self._texts.render(
            "checks/silence", last_at=last_at if last else None, expect_every=settings.expect_every
        )

    def _band(self, name: str, usual: tuple[int, int], now: datetime) -> str:
        """Compare the last seven whole days with what is usual, once a day, when it has begun."""
        midnight = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        least, most = usual
        entries = newest_first(self._journal, name, midnight - WEEK, midnight)
        count = sum(1 for _ in islice(_counted(entries), MOST_COUNTED))
        if least <= count <= most:
            return ""
        return self._texts.render("checks/band", count=count, least=least, most=most)

    def _last(self, name: str, now: datetime) -> Entry | None:
        """The newest entry. Our own test leads are no sign of life."""
        newest = self._journal.latest(source=name, limit=1, since=now - LOOK_BACK)
        if not any(_is_test(entry) for entry in newest):
            return next(iter(newest), None)
        return next(_counted(newest_first(self._journal, name, now - LOOK_BACK)), None)


def _counted(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Those that are no test leads of our own."""
    return (entry for entry in entries if not _is_test(entry))


def _is_test(entry: Entry) -> bool:
    return entry.reason == TEST_LEAD
