"""The whole way of a case: gate, SQLite queue, worker, CRM sandbox, journal."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.entry import Status
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.providers.reading import TAKEN_APART
from chalicelib.settings import Shop
from tests.fuzz.at_the_gate import check_content
from tests.fuzz.case import Case, Proof
from tests.fuzz.watching import watched_logs
from tests.providers.contract import SOURCE, ProviderContract
from tests.world import World, example_shop

OUR_FAULTS = {"internal-error", "reader-failed", "configuration", "unknown-source"}
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of ours is made in it; there a flush of the disk costs nothing


class FuzzWorld(World):
    """A shop with one source, which has the secrets of the provider's vectors."""

    def __init__(self, folder: Path, contract: ProviderContract) -> None:
        self.contract = contract
        super().__init__(folder, _shop_of(contract.provider, json.dumps(contract.source_settings)))

    def start(self) -> None:
        super().start()
        source = Source(SOURCE, self.contract.provider, self.contract.source_settings)
        self.gate = Gate({SOURCE: source}, self.engine.work.put)


@cache
def _shop_of(provider: str, settings: str) -> Shop:
    """Made once for each provider; the settings are JSON, which can be compared."""
    return example_shop(sources={SOURCE: {"provider": provider, **json.loads(settings)}})


@contextmanager
def fuzz_world(contract: ProviderContract) -> Iterator[FuzzWorld]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        world = FuzzWorld(Path(folder), contract)
        try:
            yield world
        finally:
            world.close()


def check_through_the_pipeline(contract: ProviderContract, case: Case) -> None:
    """An authentic webhook becomes exactly one finished entry, a forged one leaves nothing."""
    with watched_logs(contract.secrets.values()), fuzz_world(contract) as world:
        reply = world.gate.receive(case.webhook)
        assert reply.status < 500
        (outcome,) = (outcome for _, outcome in world.gate.counters)
        for _ in range(2):
            world.work_for(seconds=70, step=world.shop.crm.search_lag)
        entries = [entry for entry in world.entries() if not entry.source.startswith("@")]
        # What several things came in is taken apart: then each has an entry, too.
        parts = len(entries) - 1 if any(entry.reason == TAKEN_APART for entry in entries) else 0
        assert len(entries) - parts == (outcome == "accepted"), "an accepted webhook vanished"
        assert case.proof is not Proof.FORGED or not entries
        for entry in world.entries():
            assert entry.status is not Status.OPEN, entry.reason
            assert entry.reason not in OUR_FAULTS, (entry.reason, entry.detail)
            kept = world.engine.journal.envelope(entry.id)
            assert kept is not None
            if entry in entries and not parts:
                check_content(contract, case, kept)
        _check_outside(world, contract)


def _check_outside(world: World, contract: ProviderContract) -> None:
    """What people and the CRM got is text, and holds no secret."""
    state: dict[str, Any] = world.state
    text = json.dumps(
        {name: state[name] for name in ("orders", "tasks", "messages", "telegram")}, ensure_ascii=False
    )
    text.encode()
    assert not [secret for secret in contract.secrets.values() if secret in text]
    refused = [request for request in state["requests"] if request.endswith((" 400", " 500"))]
    assert not refused, refused
