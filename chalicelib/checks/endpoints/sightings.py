"""From settings and answers to sightings: which incidents there are, and what they are called. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.checks.endpoints.answers import Answer, Problem, certificate_problem, shortcoming
from chalicelib.checks.endpoints.judging import Sighting
from chalicelib.checks.endpoints.settings import Endpoint, Watched
from chalicelib.settings import Shop
from chalicelib.texts import Texts

NETWORK_KEY = "own-network"
NETWORK_FAILS_AFTER = 5
"""Rounds in which alarms were held back: then people should know that nobody watches."""


class Witness:
    """Says of the shop's endpoints how they were seen."""

    def __init__(self, shop: Shop, texts: Texts) -> None:
        """Speak of this shop's endpoints in these texts."""
        self._shop = shop
        self._texts = texts

    def keys(self) -> frozenset[str]:
        """Of all incidents that there may be."""
        certificates = (one.name for one in self._shop.endpoints if one.certificate_days is not None)
        return frozenset(
            {
                NETWORK_KEY,
                *(key_of(one.name) for one in self._shop.watched),
                *map(_certificate_key, certificates),
            }
        )

    def words(self, problem: Problem) -> str:
        """A problem in the shop's language."""
        return self._texts.render(
            "checks/endpoint_problem", reason=problem.reason, found=problem.found, wanted=problem.wanted
        )

    def seen(
        self, watched: Watched, problem: Problem | None, now: datetime, took: timedelta | None = None
    ) -> Sighting:
        """How an endpoint, or the way of a test lead, was seen."""
        return Sighting(
            key=key_of(watched.name),
            subject=watched.name,
            problem=problem,
            fail_after=watched.fail_after,
            recover_after=watched.recover_after,
            severity=watched.severity,
            responsible=watched.responsible,
            parent=key_of(watched.parent) if watched.parent else "",
            is_silent=self.in_maintenance(watched, now),
            took=took,
        )

    def answered(self, endpoint: Endpoint, answer: Answer | Problem, now: datetime) -> Iterator[Sighting]:
        """How an endpoint was seen; its certificate is an incident of its own, lest it hide an outage."""
        if isinstance(answer, Problem):
            yield self.seen(endpoint, answer, now)
            return
        problem = shortcoming(endpoint, answer)
        # How fast a wrong answer comes says nothing.
        took = answer.took if problem is None or problem.reason == "slow" else None
        yield self.seen(endpoint, problem, now, took)
        if endpoint.certificate_days is not None and answer.certificate_ends_at is not None:
            yield Sighting(
                key=_certificate_key(endpoint.name),
                subject=self._texts.render("checks/endpoint_subject", kind="certificate", name=endpoint.name),
                problem=certificate_problem(endpoint, answer, now),
                severity="warning",
                responsible=endpoint.responsible,
                is_silent=self.in_maintenance(endpoint, now),
            )

    def network(self, *, is_down: bool) -> Sighting:
        """How our own network was seen."""
        return Sighting(
            key=NETWORK_KEY,
            subject=self._texts.render("checks/endpoint_subject", kind="network", name=""),
            problem=Problem("network") if is_down else None,
            fail_after=NETWORK_FAILS_AFTER,
        )

    def in_maintenance(self, watched: Watched, now: datetime) -> bool:
        """Whether trouble is expected now."""
        return any(window.is_open(now, self._shop.shop.timezone) for window in watched.maintenance)

    def line(self, endpoint: Endpoint, answer: Answer | Problem | None, now: datetime) -> str:
        """What was seen, for who looks at a dry run."""
        if answer is None:
            return f"{endpoint.name}: not asked, the round's time did not suffice"
        problems = [self.words(seen.problem) for seen in self.answered(endpoint, answer, now) if seen.problem]
        parts = ["; ".join(problems) or "well"]
        if isinstance(answer, Answer):
            parts += [f"HTTP {answer.status}", f"{answer.took / timedelta(milliseconds=1):.0f} ms"]
            if answer.certificate_ends_at is not None:
                parts.append(f"certificate for {(answer.certificate_ends_at - now).days} days")
        if self.in_maintenance(endpoint, now):
            parts.append("in maintenance, nobody is told")
        return f"{endpoint.name}: {', '.join(parts)}"


def key_of(name: str) -> str:
    """The key of the incident of what has this name."""
    return f"endpoint:{name}"


def _certificate_key(name: str) -> str:
    return f"certificate:{name}"
