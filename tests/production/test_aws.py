"""A question and its answer on AWS's queues and table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.engine.port import Engine
from tests.engine.aws_cloud import Cloud
from tests.engine.moto_aws import moto_cloud
from tests.production.workshop import Workshop


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as cloud:
        yield cloud


class AwsWorkshop(Workshop):
    """A workshop whose shop is on AWS."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self.cloud = cloud
        super().__init__(folder)

    def make_engine(self) -> Engine:
        return self.cloud.engine(self.folder.name, self.clock, watched=True)


def test_asked_answered_and_ready(tmp_path: Path, cloud: Cloud) -> None:
    world = AwsWorkshop(tmp_path, cloud)
    order_id = world.make()
    world.look()
    world.asks()
    world.work()
    world.later(minutes=30)
    world.answer(order_id, "Чёрные")
    world.look()
    assert [answer["text"] for answer in world.answers] == ["Чёрные"]
    assert not world.open_tasks
    world.tells("ready", "e2")
    world.work()
    assert world.made["status"] == "assembling-complete"
