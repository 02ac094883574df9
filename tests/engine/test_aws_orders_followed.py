"""Trigger and history of the same change on AWS's queues and table."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.aws_world import AwsWorld
from tests.engine.moto_aws import MotoCloud
from tests.order_news import (
    ONCE,
    News,
    both_before_anybody_works,
    changed_order,
    effects,
    history_first,
    look,
    trigger_first,
)


@pytest.mark.parametrize(
    "news", [trigger_first, history_first, both_before_anybody_works], ids=lambda news: news.__name__
)
def test_one_effect_however_the_news_comes(tmp_path: Path, cloud: MotoCloud, news: News) -> None:
    with closing(AwsWorld(tmp_path, cloud)) as world:
        look(world)
        news(world, changed_order(world))
        assert effects(world) == ONCE
