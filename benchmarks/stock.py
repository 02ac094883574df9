"""``make bench-stock``: the daily comparison of a large stock, and MoySklad's webhooks meanwhile.

Webhooks come at a steady rate to the real server while it compares, and to one that has little to compare.
Then the comparison runs in process, without a network: requests are counted, memory and time measured.
"""

import sys
import tempfile
import time
import tracemalloc
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Spread, spread
from benchmarks.programs import SandboxProgram, Server, send_leads
from benchmarks.stock_webhooks import TOKEN
from chalicelib.bootstrap import sqlite_engine
from chalicelib.checks.running import CheckMemory, check_key
from chalicelib.engine.port import Document
from sandbox.moysklad import TOKEN as API_TOKEN
from tests.stock_world import LIST, SHORT_REPORT, STORES, UPLOAD, StockWorld

OFFERS = 20_000
DIFFERENT = 500
REPORT = f"{SHORT_REPORT} 200"
RATE = 50
SECONDS = 30
PATIENCE_SECONDS = 120
LOOK_EVERY_SECONDS = 0.1
ACCEPTED = 200


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one comparison used.

    Attributes:
        offers: in each of five stores.
        different: how many of them had to be put right.
        reports: requests to MoySklad.
        crm_reads: pages of the CRM's inventories.
        crm_writes: requests that put right what differed.
        seconds: of the comparison itself, the pretend services' own time included.
        peak_mib: the most that was allocated meanwhile above what was there before, likewise.
    """

    offers: int
    different: int
    reports: int
    crm_reads: int
    crm_writes: int
    seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What senders of webhooks saw meanwhile.

    Attributes:
        rate: webhooks a second.
        sent: how many.
        refused: how many of them were not answered with 200.
        accept: latencies of the answers, from the moment when each was due to be sent, in milliseconds.
        reports: how many reports the server read from MoySklad until the end of the load.
        pages: how many pages of the CRM's inventories.
    """

    rate: int
    sent: int
    refused: int
    accept: Spread
    reports: int
    pages: int


def measure(folder: Path, offers: int = OFFERS, different: int = DIFFERENT) -> tuple[Comparison, Comparison]:
    """Compare for the first time, when everything is news, and a day later, when little is."""
    with closing(StockWorld(folder, offers)) as world:
        skus = world.skus
        for place, sku in enumerate(skus):
            for store in STORES:
                world.lies(sku, store, place % 50)
        world.later(hours=1)
        world.accept()
        first = _compared(world, offers, offers)
        world.later(days=1)
        for sku in skus[:: offers // different][:different]:
            world.lies(sku, "main", 99)
        world.later(hours=1)
        return first, _compared(world, offers, different)


def _compared(world: StockWorld, offers: int, different: int) -> Comparison:
    before = world.sandbox.requests.copy()
    tracemalloc.start()
    began = time.perf_counter()
    world.application.checks.run("stock")
    seconds = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    world.work()
    asked = world.sandbox.requests - before
    return Comparison(
        offers=offers,
        different=different,
        reports=asked[REPORT],
        crm_reads=asked[LIST],
        crm_writes=asked[UPLOAD],
        seconds=round(seconds, 2),
        peak_mib=round(peak / 2**20, 1),
    )


def answers(folder: Path, offers: int = OFFERS, rate: int = RATE, seconds: int = SECONDS) -> Answers:
    """Send webhooks at a steady rate to the real server while it compares.

    Raises:
        RuntimeError: it does not begin to compare.
    """
    with SandboxProgram(folder) as sandbox:
        sandbox.lift_limit()
        sandbox.ask("POST", "/sandbox/stock", {"offers": offers})
        _accept(folder / "data")
        with Server(folder, sandbox, tables=_tables(sandbox.port)) as server:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not sandbox.requests().get(REPORT):
                if time.monotonic() > deadline:
                    raise RuntimeError("it does not compare")
                time.sleep(LOOK_EVERY_SECONDS)
            sent = send_leads("steady", server.port, 0, kind="stock", rate=rate, seconds=seconds)
            asked = sandbox.requests()
    refused = sum(one.status != ACCEPTED for one in sent)
    accept = spread([one.seconds for one in sent])
    return Answers(rate, len(sent), refused, accept, asked[REPORT], asked.get(LIST, 0))


def _accept(data: Path) -> None:
    """As ``leadkeeper checks accept stock``, so that it writes what differs, too."""
    with closing(sqlite_engine(data)) as engine:
        memory = CheckMemory(accepted_at=datetime.now(UTC))
        engine.documents.put(Document(check_key("stock"), memory.content(), 0))


def _tables(sandbox_port: int) -> str:
    """The part of the shop file that is about stock."""
    stores = "".join(
        f'[[stock.stores]]\ncode = "{code}"\nids = ["{store_id}"]\ncity = "{city}"\n'
        for code, (store_id, city) in STORES.items()
    )
    source = {
        "provider": "moysklad",
        "token": TOKEN,
        "api_token": API_TOKEN,
        "api_url": f"http://127.0.0.1:{sandbox_port}/api/remap/1.2",
        "figure": "stock",
    }
    lines = "".join(f'{name} = "{value}"\n' for name, value in source.items())
    return f'[stock]\noffer_id = "xmlId"\n{stores}[sources.moysklad]\n{lines}'


def main() -> None:
    """Print what was measured."""
    for offers in (0, OFFERS):
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(f"{offers} offers: {answers(Path(folder), offers)}\n")
            sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        for comparison in measure(Path(folder)):
            sys.stdout.write(f"{comparison}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
