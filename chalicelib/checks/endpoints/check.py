"""The check ``endpoints``: ask those that are due, judge, and let incidents know what has changed.

Our memory is one document, of what is not plainly well. It is written before anybody is told, and again
afterwards: so a crash in between tells nothing twice and forgets nothing, and while all is well a round costs
one read. Every few minutes what was seen is kept for the history.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import Field

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.endpoints import judging, leads
from chalicelib.checks.endpoints.answers import Answer, Problem, Request, request_to
from chalicelib.checks.endpoints.judging import WELL, Sighting, State, States
from chalicelib.checks.endpoints.leads import Posted
from chalicelib.checks.endpoints.schedule import is_due
from chalicelib.checks.endpoints.settings import Endpoint, TestLead, Watched
from chalicelib.checks.endpoints.sightings import NETWORK_KEY, Witness, key_of
from chalicelib.checks.endpoints.statuses import ANY
from chalicelib.checks.endpoints.uptime_keeper import UptimeKeeper
from chalicelib.checks.port import Finding
from chalicelib.checks.running import TICK
from chalicelib.engine.port import Document, Engine, VersionConflict
from chalicelib.memory import Memory
from chalicelib.settings import Shop
from chalicelib.texts import Texts

DOCUMENT = "endpoints"
CONTROL_TIMEOUT = timedelta(seconds=5)
FIRST_LOOK_BACK = TICK * 1.5
"""A fresh process does not know when the last round was: a host's ticks are never quite a minute apart."""

log = logging.getLogger(__name__)


class Asks(Protocol):
    """As ``prober.Prober``."""

    def ask(self, requests: Sequence[Request]) -> Sequence[Answer | Problem | None]:
        """Answers in the order of the requests; None for who was not asked."""
        ...


class EndpointMemory(Memory):
    """What we remember of endpoints.

    Attributes:
        states: by incident key, of what is not plainly well.
        posted: test leads on their way, by the name of their test.
    """

    states: Mapping[str, State] = Field(default_factory=dict)
    posted: Mapping[str, Posted] = Field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As a document's content: small, for there may be a thousand."""
        return self.model_dump(mode="json", exclude_defaults=True)


class EndpointsCheck:
    """Watches the shop's endpoints, and the way of its leads."""

    name = "endpoints"
    every = TICK
    has_baseline = False

    def __init__(self, shop: Shop, engine: Engine, incidents: Incidents, texts: Texts, prober: Asks) -> None:
        """Watch with this prober."""
        self._shop = shop
        self._engine = engine
        self._incidents = incidents
        self._witness = Witness(shop, texts)
        self._prober = prober
        self._uptime = UptimeKeeper(engine.documents, shop.shop.timezone)
        self._last: datetime | None = None

    def find(self, now: datetime) -> Iterable[Finding]:
        """Look at those that are due. What is in trouble is an incident, so there are no findings."""
        document = self._engine.documents.get(DOCUMENT)
        memory = EndpointMemory.model_validate(document.content)
        arrived, posted = self._arrived(memory.posted, now)
        answered, newly_posted = self._asked(self._due(memory.states, posted, now), now)
        sightings = self._without_own_trouble([*arrived, *answered], memory.states)
        self._last = now
        watched = self._witness.keys()
        judged = judging.all_judged(memory.states, sightings, watched)
        news = judging.to_tell(judged, sightings, watched, self._witness.words)
        self._tell(document, judged, news, {**posted, **newly_posted})
        self._keep(sightings, judged, now)
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """Ask all endpoints, and say what they answer. Changes nothing, so it posts no test leads."""
        endpoints = self._shop.endpoints
        answers = self._prober.ask([request_to(endpoint) for endpoint in endpoints])
        lines = [
            self._witness.line(endpoint, answer, now)
            for endpoint, answer in zip(endpoints, answers, strict=True)
        ]
        lines += [f"{lead.name}: a dry run posts no test lead" for lead in self._shop.test_leads]
        if self._shop.control_probe.urls:
            lines.append(f"control probe: {'no answer' if self._network_is_down() else 'answers'}")
        return lines

    def about_incident(self, key: str, now: datetime) -> str:
        """See the port."""
        one = next((one for one in self._shop.watched if key_of(one.name) == key), None)
        if one is None:
            return ""
        states = EndpointMemory.model_validate(self._engine.documents.get(DOCUMENT).content).states
        reasons = [judging.in_words(states.get(key, WELL), one.fail_after)]
        if self._witness.in_maintenance(one, now):
            reasons.append("it is in maintenance: nobody is told of trouble")
        if one.parent and key_of(one.parent) in states:
            reasons.append(f"{one.parent} fails, on which it depends: nobody is told of this one")
        return "; ".join(reasons)

    def _due(self, states: States, posted: Collection[str], now: datetime) -> list[Watched]:
        """Those whose time has come; and what others depend on that fail, to know who is to blame."""
        last = self._last or now - FIRST_LOOK_BACK
        watched = self._shop.watched
        blamed = {one.parent for one in watched if key_of(one.name) in states}
        return [
            one
            for one in watched
            if one.name not in posted and (is_due(one.name, one.every, last, now) or one.name in blamed)
        ]

    def _arrived(
        self, posted: Mapping[str, Posted], now: datetime
    ) -> tuple[list[Sighting], dict[str, Posted]]:
        """What became of test leads, and those that are still on their way."""
        sightings = []
        waiting = {}
        for lead in self._shop.test_leads:
            if lead.name not in posted:
                continue
            is_over, problem = leads.is_over(lead, posted[lead.name], self._engine.journal.get, now)
            if is_over:
                sightings.append(self._witness.seen(lead, problem, now))
            else:
                waiting[lead.name] = posted[lead.name]
        return sightings, waiting

    def _asked(self, due: Sequence[Watched], now: datetime) -> tuple[list[Sighting], dict[str, Posted]]:
        """Ask those that are due. A test lead that was accepted has yet to arrive."""
        endpoints = [one for one in due if isinstance(one, Endpoint)]
        tests = [one for one in due if isinstance(one, TestLead)]
        prepared = [leads.prepared(lead, self._shop.sources[lead.source], now) for lead in tests]
        answers = self._prober.ask([*map(request_to, endpoints), *(lead.request for lead in prepared)])
        sightings = [
            sighting
            for endpoint, answer in zip(endpoints, answers, strict=False)
            if answer is not None
            for sighting in self._witness.answered(endpoint, answer, now)
        ]
        posted = {}
        for test, lead, answer in zip(tests, prepared, answers[len(endpoints) :], strict=True):
            problem = leads.rejected(answer) if answer is not None else None
            if problem is not None:
                sightings.append(self._witness.seen(test, problem, now))
            elif answer is not None:
                posted[test.name] = Posted(entry_id=lead.entry_id, at=now)
        return sightings, posted

    def _without_own_trouble(self, sightings: Sequence[Sighting], states: States) -> Sequence[Sighting]:
        """Without the trouble of a round in which our own network was down."""
        is_new = any(seen.problem and not states.get(seen.key, WELL).is_down for seen in sightings)
        if not self._shop.control_probe.urls or not (is_new or NETWORK_KEY in states):
            return sightings
        is_down = self._network_is_down()
        network = self._witness.network(is_down=is_down)
        if not is_down:
            return [*sightings, network]
        kept = [seen for seen in sightings if seen.problem is None]
        log.warning(
            "our own network is down: trouble of this round does not count",
            extra={
                "failed": len(sightings) - len(kept),
            },
        )
        return [*kept, network]

    def _network_is_down(self) -> bool:
        """Whether no outside address answers, in whatever way."""
        requests = [Request(url, timeout=CONTROL_TIMEOUT, final=ANY) for url in self._shop.control_probe.urls]
        return not any(isinstance(answer, Answer) for answer in self._prober.ask(requests))

    def _tell(
        self, document: Document, judged: States, news: Sequence[Observation], posted: Mapping[str, Posted]
    ) -> None:
        """Write what is so, tell what has changed, and write that it was told."""
        try:
            if news:
                document = self._saved(document, EndpointMemory(states=judged, posted=posted))
                for observation in news:
                    self._incidents.observe(observation)
            self._saved(document, EndpointMemory(states=judging.told(judged, news), posted=posted))
        except VersionConflict:
            # Who wrote has told, or will tell.
            log.warning("two rounds at once: the other one counts")

    def _keep(self, sightings: Sequence[Sighting], judged: States, now: datetime) -> None:
        """For the history."""
        intervals = {key_of(one.name): one.every for one in self._shop.watched}
        seen = {sighting.key: sighting for sighting in sightings if sighting.key in intervals}
        self._uptime.add(seen, judged, intervals, now)

    def _saved(self, document: Document, memory: EndpointMemory) -> Document:
        content = memory.content()
        if content == document.content:
            return document
        return self._engine.documents.put(replace(document, content=content))
