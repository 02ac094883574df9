from collections.abc import Iterator

import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.sandbox.helpers import CRM, TWILIO


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def sandbox(clock: SteppedClock) -> Sandbox:
    return Sandbox(clock)


@pytest.fixture
def anybody(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client without any key."""
    with httpx.Client(transport=SandboxTransport(sandbox), base_url="https://sandbox.example") as client:
        yield client


@pytest.fixture
def crm(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The CRM for the key without limits."""
    headers = {"X-API-KEY": "inspector"}
    with httpx.Client(transport=SandboxTransport(sandbox), base_url=CRM, headers=headers) as client:
        yield client


@pytest.fixture
def shop_crm(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The CRM for the key that a shop would have: with a limit and a lagging search."""
    headers = {"X-API-KEY": "sandbox"}
    with httpx.Client(transport=SandboxTransport(sandbox), base_url=CRM, headers=headers) as client:
        yield client


@pytest.fixture
def twilio(sandbox: Sandbox) -> Iterator[httpx.Client]:
    credentials = ("ACsandbox", "sandbox")
    with httpx.Client(transport=SandboxTransport(sandbox), base_url=TWILIO, auth=credentials) as client:
        yield client
