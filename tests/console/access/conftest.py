"""Documents of both engines, for what is kept of attempts and of who did what."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.bootstrap import sqlite_engine
from chalicelib.engine.port import Documents
from sandbox.clock import SteppedClock
from tests.engine.moto_aws import moto_cloud


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture(params=["one machine", "AWS"])
def documents(request: pytest.FixtureRequest, tmp_path: Path, clock: SteppedClock) -> Iterator[Documents]:
    if request.param == "AWS":
        with moto_cloud() as cloud:
            yield cloud.engine("console", clock).documents
        return
    with closing(sqlite_engine(tmp_path, clock)) as engine:
        yield engine.documents
