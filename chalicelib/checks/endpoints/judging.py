"""From what was seen to what people must hear. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.alerts.incidents import Observation
from chalicelib.checks.endpoints.answers import Problem
from chalicelib.events import Severity
from chalicelib.memory import Memory

Write = Callable[[Problem], str]
"""A problem in the words of the shop's language."""


class State(Memory):
    """How something is, as far as it is not plainly well.

    Attributes:
        failures: in a row, up to the number that makes it down.
        successes: in a row since it is down.
        is_down: True once it has failed often enough, until it has succeeded often enough.
        is_told: True once people were told that it is down, until they were told that it is well. True as
            well for what is well again if they may have been told: a crash may have come in between.
    """

    failures: int = 0
    successes: int = 0
    is_down: bool = False
    is_told: bool = False


WELL = State()
RECOVERED = State(is_told=True)
States = Mapping[str, State]
"""By incident key. What is not named is well."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """How something was seen this time.

    Attributes:
        key: of its incident.
        subject: what it is, for people.
        problem: what is wrong; None if nothing is.
        parent: the key of what it depends on; empty if nothing.
        is_silent: True while nobody is to be told of trouble.
        took: how long a right answer took, even if that was too long; None if there was none.
    """

    key: str
    subject: str
    problem: Problem | None
    fail_after: int = 1
    recover_after: int = 1
    severity: Severity = "critical"
    responsible: str = ""
    parent: str = ""
    is_silent: bool = False
    took: timedelta | None = None


def judged(state: State, sighting: Sighting) -> State:
    """The state after one more sighting. One that stays as it is, is equal: it needs no writing."""
    if sighting.problem is None:
        if not state.is_down:
            return state.model_copy(update={"failures": 0})
        successes = state.successes + 1
        if successes < sighting.recover_after:
            return state.model_copy(update={"successes": successes})
        return RECOVERED
    if state.is_down:
        return state.model_copy(update={"successes": 0})
    failures = state.failures + 1
    if failures < sighting.fail_after:
        return state.model_copy(update={"failures": failures})
    return State(failures=failures, is_down=True)


def in_words(state: State, fail_after: int) -> str:
    """The same for people who ask why they were told or not."""
    if state.is_down:
        return f"down, people {'were' if state.is_told else 'were not'} told"
    return (
        f"failed {state.failures} of the {fail_after} times in a row that count" if state.failures else "well"
    )


def all_judged(states: States, sightings: Iterable[Sighting], watched: Collection[str]) -> dict[str, State]:
    """The states after a round. Of what is no longer watched, only what people may wait for is kept."""
    after = {sighting.key: judged(states.get(sighting.key, WELL), sighting) for sighting in sightings}
    return {
        key: state
        for key, state in {**states, **after}.items()
        if state != WELL and (key in watched or state.is_told or state.is_down)
    }


def to_tell(
    states: States, sightings: Iterable[Sighting], watched: Collection[str], write: Write
) -> list[Observation]:
    """What incidents must hear of.

    Trouble is told when it was just seen, and nothing silences it: neither a maintenance window nor a parent
    that fails, even if that is not known to be down yet. The end is told in any case, also of what is no
    longer watched.
    """
    begun = [
        Observation(
            key=sighting.key,
            is_bad=True,
            subject=sighting.subject,
            cause=write(sighting.problem),
            severity=sighting.severity,
            responsible=sighting.responsible,
        )
        for sighting in sightings
        if sighting.problem is not None
        and not sighting.is_silent
        and sighting.parent not in states
        and (state := states.get(sighting.key, WELL)).is_down
        and not state.is_told
    ]
    ended = [
        Observation(key=key, is_bad=False, subject=key)
        for key, state in states.items()
        if key not in watched or (state.is_told and not state.is_down)
    ]
    return [*begun, *ended]


def told(states: States, observations: Iterable[Observation]) -> dict[str, State]:
    """The states once incidents have heard these."""
    changed = dict(states)
    for seen in observations:
        # What is no longer watched goes as a whole.
        changed[seen.key] = states[seen.key].model_copy(update={"is_told": True}) if seen.is_bad else WELL
    return {key: state for key, state in changed.items() if state != WELL}
