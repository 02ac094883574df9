"""The contract against an emulator of AWS at ``AWS_ENDPOINT_URL``, on the real clock.

Not among the tests that always run; start it by its path: ``pytest tests/engine/emulator_contract.py``.
"""

from pathlib import Path
from uuid import uuid4

import pytest

from chalicelib.clock import Clock
from chalicelib.engine.port import Engine
from tests.engine.aws_cloud import Cloud, client_of_endpoint
from tests.engine.contract import NOON, Rig, TimelessContract, an_envelope


class TestContract(TimelessContract):
    """Tests that are defined here again show what AWS does otherwise."""

    @pytest.fixture(autouse=True)
    def on_an_emulator(self) -> None:
        self.cloud = Cloud(client_of_endpoint)
        self.run = uuid4().hex[:8]

    def open_engine(self, folder: Path, clock: Clock) -> Engine:
        return self.cloud.engine(f"{self.run}-{folder.name[:40]}", clock)

    def test_entries_are_found_by_a_short_beginning_too(self, rig: Rig) -> None:
        wanted = rig.engine.journal.open(an_envelope(), NOON).id
        assert rig.engine.journal.find(wanted[:11]) == []
