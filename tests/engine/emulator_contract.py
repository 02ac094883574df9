"""The contract against a service that speaks SQS and DynamoDB, on the real clock.

``tests/infra`` runs it against the emulator of AWS. For another cloud start it by hand, with its address and
credentials in the environment: ``AWS_ENDPOINT_URL=https://… pytest tests/engine/emulator_contract.py``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from chalicelib.clock import Clock
from chalicelib.engine.port import Engine
from tests.engine.aws_cloud import Cloud
from tests.engine.contract import NOON, Rig, TimelessContract, an_envelope


class EndpointContract(TimelessContract):
    """On the module's ``cloud``. Tests that are defined here again show what AWS does otherwise."""

    @pytest.fixture(autouse=True)
    def on_a_cloud(self, cloud: Cloud) -> Iterator[None]:
        self.cloud = cloud
        self.run = uuid4().hex[:8]
        yield
        cloud.delete()

    def open_engine(self, folder: Path, clock: Clock) -> Engine:
        return self.cloud.engine(f"{self.run}-{folder.name[:40]}", clock)

    def test_entries_are_found_by_a_short_beginning_too(self, rig: Rig) -> None:
        wanted = rig.engine.journal.open(an_envelope(), NOON).id
        assert rig.engine.journal.find(wanted[:11]) == []


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    return Cloud(client_elsewhere)


def client_elsewhere(service: str) -> Any:
    """Of the cloud that the environment names; not of AWS itself, whose bill this would be."""
    client = boto3.client(service)
    if client.meta.endpoint_url.endswith(".amazonaws.com"):
        pytest.fail(f"AWS_ENDPOINT_URL does not say where {service} is")
    return client


class TestContract(EndpointContract):
    """Wherever the environment points."""
