from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.bootstrap import DATA_FILE
from chalicelib.engine.sqlite.database import Database
from sandbox.clock import SteppedClock
from tests.engine.contract import NOON
from tests.engine.moto_aws import MotoCloud, moto_cloud


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def cloud() -> Iterator[MotoCloud]:
    with moto_cloud() as cloud:
        yield cloud


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The file of one machine, open for itself."""
    database = Database(tmp_path / DATA_FILE)
    yield database
    database.close()
