"""A short run of the fuzz, the same each time. ``make fuzz`` runs it at length with other cases."""

import pytest

from chalicelib.gate.provider import GateProvider
from chalicelib.providers.cdek.gate import Cdek
from tests.fuzz.providers import POLLED, PROVIDERS, contract_of
from tests.fuzz.running import PLANS, Plan, run

COUNTS = {"gate": 40, "http": 15, "pipeline": 5, "wire": 60, "reader": 40, "polled": 5}
SEED = 20261120


@pytest.mark.parametrize("plan", PLANS, ids="-".join)
def test_bad_input_has_a_documented_outcome(plan: Plan) -> None:
    outcome = run(plan, COUNTS[plan.way], SEED)
    assert not outcome.failing, (
        f"{outcome.why}\nMend it and keep this case in tests/fuzz/corpus:\n{outcome.failing}"
    )
    assert outcome.tried >= COUNTS[plan.way] // 2


@pytest.mark.parametrize("provider", [*PROVIDERS, *POLLED])
def test_each_provider_offers_its_samples(provider: str) -> None:
    contract = contract_of(provider)
    assert contract.provider == provider
    assert contract.samples, (
        f"the provider {provider!r} is not fuzzed well: add `samples` to its TestContract in"
        f" tests/providers/test_{provider}.py, authentic contents of each kind that it sends"
    )


def test_a_provider_without_vectors_is_named() -> None:
    with pytest.raises(AssertionError, match=r"tests/providers/test_moon\.py"):
        contract_of("moon")


def test_the_fuzz_notices_a_gate_that_lets_everybody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(self: GateProvider, webhook: object, source: object) -> object:
        del self, source
        return webhook

    monkeypatch.setattr(Cdek, "authenticate", believe)
    outcome = run(Plan("cdek", "forgeries", "gate"), 20, SEED)
    assert "forged" in outcome.why
