import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.processes import EMULATOR, Emulator, SandboxProgram
from tests.infra.project import Project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("aws")


@pytest.fixture(scope="module")
def emulator(folder: Path, request: pytest.FixtureRequest) -> Iterator[Emulator]:
    if not EMULATOR.is_file():
        pytest.fail("no emulator: make .venv/emulator/installed")
    failed = request.session.testsfailed
    with Emulator(folder) as emulator:
        yield emulator
        if request.session.testsfailed > failed:
            sys.stderr.write(emulator.logs())


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[SandboxProgram]:
    with SandboxProgram(folder) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The stage dev of a fresh checkout, packaged once for all tests that only look at it."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    project = Project(tmp_path_factory.mktemp("packaged") / "project", outside)
    project.run("infra.package", "dev")
    return project
