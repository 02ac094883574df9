from collections.abc import Iterator

import pytest

from tests.engine.moto_aws import MotoCloud, moto_cloud


@pytest.fixture
def cloud() -> Iterator[MotoCloud]:
    with moto_cloud() as cloud:
        yield cloud
