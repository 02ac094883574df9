"""The way of a record of a source that is asked: its reader, and now and then the whole pipeline."""

import tempfile
from pathlib import Path

from chalicelib.entry import Status
from chalicelib.gate.envelope import Envelope
from tests.fuzz.at_the_gate import check_reading
from tests.fuzz.case import Case
from tests.fuzz.through_the_pipeline import MEMORY, OUR_FAULTS
from tests.fuzz.watching import watched_logs
from tests.providers.contract import SOURCE
from tests.providers.polled_contract import PolledContract, PolledWorld


def check_by_the_reader(contract: PolledContract, case: Case) -> None:
    """Events that can be stored and sent, or a documented reason why there are none."""
    with watched_logs(contract.secrets.values()):
        envelope = _envelope(case)
        assert Envelope.from_json(envelope.to_json()) == envelope
        check_reading(contract, envelope)


def check_polled_through_the_pipeline(contract: PolledContract, case: Case) -> None:
    """A record becomes exactly one finished entry."""
    with (
        watched_logs(contract.secrets.values()),
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
    ):
        world = PolledWorld(Path(folder), contract)
        world.engine.work.put(_envelope(case))
        for _ in range(2):
            world.work_for(seconds=70, step=world.shop.crm.search_lag)
        entries = world.entries()
        assert len([entry for entry in entries if entry.source == SOURCE]) == 1
        for entry in entries:
            assert entry.status is not Status.OPEN, entry.reason
            assert entry.reason not in OUR_FAULTS, (entry.reason, entry.detail)
        refused = [line for line in world.state["requests"] if line.endswith((" 400", " 500"))]
        assert not refused, refused
        world.close()


def _envelope(case: Case) -> Envelope:
    return Envelope.seal(case.webhook, "fuzz", "")
