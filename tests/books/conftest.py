"""A world on each of the engines."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.aws_world import AwsWorld
from tests.engine.moto_aws import moto_cloud
from tests.world import World


@contextmanager
def _world_on(engine: str, folder: Path) -> Iterator[World]:
    if engine == "sqlite":
        with closing(World(folder)) as world:
            yield world
    else:
        with moto_cloud() as cloud, closing(AwsWorld(folder, cloud)) as world:
            yield world


@pytest.fixture(params=["sqlite", "aws"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with _world_on(request.param, tmp_path) as world:
        yield world
