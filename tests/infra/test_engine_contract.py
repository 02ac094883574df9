"""What each engine promises, on the emulator's queues and table."""

import pytest

from tests.engine.aws_cloud import Cloud
from tests.engine.emulator_contract import EndpointContract
from tests.infra.processes import Emulator


@pytest.fixture(scope="module")
def cloud(emulator: Emulator) -> Cloud:
    return Cloud(emulator.client)


class TestContract(EndpointContract):
    pass
