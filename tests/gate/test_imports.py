"""The door is cheap to import: every webhook of a small shop may be a cold start."""

import subprocess
import sys
from pathlib import Path

import pytest

import chalicelib.providers

PROVIDERS = sorted(path.parent.name for path in Path(chalicelib.providers.__path__[0]).glob("*/gate.py"))
LIST_NEW_MODULES = """
import importlib, sys
before = set(sys.modules)
importlib.import_module("{module}")
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""


@pytest.mark.parametrize(
    "module", ["chalicelib.gate.gate", *(f"chalicelib.providers.{name}.gate" for name in PROVIDERS)]
)
def test_the_door_needs_the_standard_library_only(module: str) -> None:
    program = LIST_NEW_MODULES.format(module=module)
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(shown.stdout.split())
    assert "chalicelib" in loaded
    assert loaded - {"chalicelib"} <= sys.stdlib_module_names


def test_every_provider_is_looked_at() -> None:
    assert {"cdek", "mango", "tilda"} <= set(PROVIDERS)
