import fcntl
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
def packaged(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The stage dev of a fresh checkout, packaged once for all tests that only look at it."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    base = tmp_path_factory.getbasetemp()
    # Of several processes that test, each has a folder in one that they share.
    folder = (base if worker_id == "master" else base.parent) / "packaged"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project = Project(folder / "project", outside)
        if not (folder / "done").exists():
            project.run("infra.package", "dev")
            (folder / "done").touch()
    return project
