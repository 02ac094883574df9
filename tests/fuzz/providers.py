"""Which providers there are, and the authentic webhooks that each of them offers."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import chalicelib.providers

CODE = Path(chalicelib.providers.__file__).parent
PROVIDERS = tuple(sorted(gate.parent.name for gate in CODE.glob("*/gate.py")))
POLLED = tuple(sorted({poll.parent.name for poll in CODE.glob("*/poll.py")}.difference(PROVIDERS)))
"""Those that are asked and call nobody."""


class Vectors(Protocol):
    """What the contract of each provider has, whether it calls us or is asked."""

    @property
    def provider(self) -> str: ...

    @property
    def source_settings(self) -> Mapping[str, object]: ...


def contract_of(provider: str) -> Any:
    """The provider's vectors: a ``ProviderContract``, or a ``PolledContract`` of one that is asked.

    A new provider is fuzzed as soon as it passes its contract suite.
    """
    module = f"tests.providers.test_{provider}"
    suite = "PolledContract" if provider in POLLED else "ProviderContract"
    try:
        return importlib.import_module(module).TestContract()
    except (ImportError, AttributeError) as error:
        raise AssertionError(
            f"the provider {provider!r} is not fuzzed: add {module.replace('.', '/')}.py with a class"
            f" TestContract({suite}), as docs/adding-a-provider.md describes it ({error})"
        ) from error


def documentation_of(provider: str) -> str:
    """The provider's page: each outcome must stand there."""
    return (CODE / provider / "README.md").read_text()
