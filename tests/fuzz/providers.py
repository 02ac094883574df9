"""Which providers there are, and the authentic webhooks that each of them offers."""

import importlib
from pathlib import Path

import chalicelib.providers
from tests.providers.contract import ProviderContract

CODE = Path(chalicelib.providers.__file__).parent
PROVIDERS = tuple(sorted(gate.parent.name for gate in CODE.glob("*/gate.py")))


def contract_of(provider: str) -> ProviderContract:
    """The provider's vectors. A new provider is fuzzed as soon as it passes the contract suite."""
    module = f"tests.providers.test_{provider}"
    try:
        contract: ProviderContract = importlib.import_module(module).TestContract()
    except (ImportError, AttributeError) as error:
        raise AssertionError(
            f"the provider {provider!r} is not fuzzed: add {module.replace('.', '/')}.py with a class"
            f" TestContract(ProviderContract), as docs/adding-a-provider.md describes it ({error})"
        ) from error
    return contract


def documentation_of(provider: str) -> str:
    """The provider's page: each outcome must stand there."""
    return (CODE / provider / "README.md").read_text()
