"""Run many cases of one kind one way, and keep the smallest one that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.fuzz.at_the_gate import check_at_the_gate
from tests.fuzz.by_the_reader import check_by_the_reader, check_polled_through_the_pipeline
from tests.fuzz.case import Case
from tests.fuzz.over_http import check_over_http
from tests.fuzz.providers import POLLED, PROVIDERS, contract_of
from tests.fuzz.strategies import KINDS, Maker
from tests.fuzz.through_the_pipeline import check_through_the_pipeline
from tests.fuzz.wire import check_request, requests

WAYS: Mapping[str, Callable[[Any, Case], None]] = {
    "gate": check_at_the_gate,
    "http": check_over_http,
    "pipeline": check_through_the_pipeline,
}
POLLED_WAYS: Mapping[str, Callable[[Any, Case], None]] = {
    "reader": check_by_the_reader,
    "polled": check_polled_through_the_pipeline,
}
"""Of what a source tells that is asked: no gate is in its way."""

POLLED_KINDS = ("bytes", "encodings", "shapes", "fields", "phones", "moments", "long")
"""Those of contents: nobody forges a record, and it has no address and no headers of its own."""

WIRE = "wire"
"""A way with a kind of its own: requests that are no webhooks."""


class Plan(NamedTuple):
    """What to run: cases of one kind for one provider, one way."""

    provider: str
    kind: str
    way: str


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        tried: how many cases ran.
        failing: the smallest case that failed, as a file of the corpus or else its ``repr``.
        why: what it broke.
    """

    tried: int = 0
    failing: str = ""
    why: str = ""


PLANS = (
    *(Plan(provider, kind, way) for way in WAYS for provider in PROVIDERS for kind in KINDS),
    *(Plan(provider, WIRE, WIRE) for provider in PROVIDERS),
    *(Plan(provider, kind, way) for way in POLLED_WAYS for provider in POLLED for kind in POLLED_KINDS),
)


def run(plan: Plan, count: int, seed_of_run: int) -> Outcome:
    """Try this many cases; the same seed makes the same cases."""
    contract = contract_of(plan.provider)
    maker = Maker(plan.provider, contract, plan.kind)
    made: SearchStrategy[Any] = requests(maker) if plan.way == WIRE else KINDS[plan.kind](maker)
    checks: Mapping[str, Callable[[Any, Any], None]] = {**WAYS, **POLLED_WAYS, WIRE: check_request}
    check = checks[plan.way]
    outcome = Outcome()

    @seed(seed_of_run)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(made)
    def each(case: Any) -> None:
        outcome.tried += 1
        try:
            check(contract, case)
        except Exception as error:
            # Hypothesis ends with the smallest one.
            outcome.failing = case.to_json() if isinstance(case, Case) else repr(case)
            outcome.why = f"{'-'.join(plan)}: {type(error).__name__}: {error}"
            raise

    try:
        each()
    except Exception:
        if not outcome.failing:
            raise
    return outcome
