import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.bootstrap import LIBRARIES, quiet_libraries
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def quiet() -> Iterator[None]:
    """The libraries as the application sets them, and as they were afterwards."""
    loggers = [logging.getLogger(name) for name in LIBRARIES]
    before = [logger.level for logger in loggers]
    quiet_libraries()
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
