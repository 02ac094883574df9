"""Run many cases of one kind one way, and keep the smallest one that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.at_the_gate import check_at_the_gate
from tests.fuzz.case import Case
from tests.fuzz.over_http import check_over_http
from tests.fuzz.providers import PROVIDERS, contract_of
from tests.fuzz.strategies import KINDS, cases
from tests.fuzz.through_the_pipeline import check_through_the_pipeline
from tests.providers.contract import ProviderContract

WAYS: Mapping[str, Callable[[ProviderContract, Case], None]] = {
    "gate": check_at_the_gate,
    "http": check_over_http,
    "pipeline": check_through_the_pipeline,
}


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
        failing: the smallest case that failed, as a file of the corpus, and why.
    """

    tried: int = 0
    failing: str = ""
    why: str = ""


PLANS = tuple(Plan(provider, kind, way) for way in WAYS for provider in PROVIDERS for kind in KINDS)


def run(plan: Plan, count: int, seed_of_run: int) -> Outcome:
    """Try this many cases; the same seed makes the same cases."""
    contract = contract_of(plan.provider)
    check = WAYS[plan.way]
    outcome = Outcome()

    @seed(seed_of_run)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases(plan.provider, contract, plan.kind))
    def each(case: Case) -> None:
        outcome.tried += 1
        try:
            check(contract, case)
        except Exception as error:
            # Hypothesis ends with the smallest one.
            outcome.failing, outcome.why = case.to_json(), f"{type(error).__name__}: {error}"
            raise

    try:
        each()
    except Exception:
        if not outcome.failing:
            raise
    return outcome
