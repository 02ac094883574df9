"""As many webhooks as one machine accepts, beside the least that a server can do; then a crash.

In turns, so that a busy moment of the machine does not hit one of them only. The shop keeps to its CRM's
limit of requests meanwhile, as it would in life, so nearly all leads wait, and its journal has 100,000
entries. Then the server is killed in the middle of a flood, started again, and let work as fast as it can:
each lead that was ever accepted must become one order.
"""

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from benchmarks.arrivals import join
from benchmarks.filling import fill_journal
from benchmarks.leads import BLOCK
from benchmarks.programs import BareServer, Program, SandboxProgram, Server, send_leads
from benchmarks.sending import Sent

OURS = "Leadkeeper"
BARE = {
    "answer": "bare: reads the body and answers",
    "insert": "bare: one insert and commit, in the handler",
    "insert-threads": "bare: one insert and commit, in a thread pool",
}
CONNECTIONS = 32
ROUNDS = 5
ROUND_SECONDS = 1.0
FLUSHES = 20
PAGE_BYTES = 4096
LAST_FLOOD_SECONDS = 2.0
KILL_AFTER_SECONDS = 1.0
JOURNAL_ENTRIES = 100_000
PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Target:
    """One of the servers that were flooded.

    Attributes:
        name: for people.
        per_second: the median of the rounds.
        rounds: accepted requests a second in each round.
    """

    name: str
    per_second: float
    rounds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Crash:
    """The start after an unclean stop.

    Attributes:
        entries: in the journal.
        waiting: leads that waited.
        start_seconds: from starting the process to its first answer.
        work_per_second: leads that it then brought to their end a second.
        peak_memory_mib: the most at any time until everything was done.
    """

    entries: int
    waiting: int
    start_seconds: float
    work_per_second: float
    peak_memory_mib: float


@dataclass(frozen=True, slots=True)
class Saturation:
    """What was measured.

    Attributes:
        connections: that sent at once.
        flush_ms: how long the disk takes to make a page durable: the median of looks between the rounds.
        targets: Leadkeeper first.
        share_of_insert: Leadkeeper's rate as a share of the faster durable insert's.
        share_of_answer: likewise of the bare answer's.
        peak_memory_mib: Leadkeeper's, the most at any time.
        crash: what followed.
        accepted, lost, doubled: how many leads, crash included.
    """

    connections: int
    flush_ms: float
    targets: tuple[Target, ...]
    share_of_insert: float
    share_of_answer: float
    peak_memory_mib: float
    crash: Crash
    accepted: int
    lost: int
    doubled: int

    @property
    def shares_by_round(self) -> tuple[float, ...]:
        """In each round, Leadkeeper's rate as a share of the faster insert's."""
        rounds = {target.name: target.rounds for target in self.targets}
        inserts = zip(rounds[BARE["insert"]], rounds[BARE["insert-threads"]], strict=True)
        return tuple(ours / max(bare) for ours, bare in zip(rounds[OURS], inserts, strict=True))


def measure(folder: Path, tell: Callable[[str], None], rounds: int = ROUNDS) -> Saturation:
    """Flood all in turns, then crash and recover."""
    tell(f"a journal with {JOURNAL_ENTRIES} entries")
    fill_journal(folder / "data", JOURNAL_ENTRIES, datetime.now(UTC))
    with SandboxProgram(folder) as sandbox:
        with Server(folder, sandbox, is_paced=True) as server:
            targets, sent, flush_ms = _flood_in_turns(folder, server, tell, rounds)
            peak_memory = server.memory.peak
            tell("a crash")
            sent += _crash(server)
        sandbox.lift_limit()
        with Server(folder, sandbox) as server:
            crash = _recovery(server, tell)
        arrival = join(sent, sandbox.orders())
    rates = {target.name: target.per_second for target in targets}
    fastest_insert = max(rates[BARE["insert"]], rates[BARE["insert-threads"]])
    return Saturation(
        connections=CONNECTIONS,
        flush_ms=flush_ms,
        targets=targets,
        share_of_insert=round(rates[OURS] / fastest_insert, 3),
        share_of_answer=round(rates[OURS] / rates[BARE["answer"]], 3),
        peak_memory_mib=peak_memory,
        crash=crash,
        accepted=arrival.accepted,
        lost=len(arrival.lost),
        doubled=len(arrival.doubled),
    )


def per_second(sent: list[Sent]) -> float:
    """Accepted requests a second, from the first one sent to the last one answered."""
    accepted = sum(each.status == HTTPStatus.OK for each in sent)
    began = min(each.sent_at for each in sent)
    ended = max(each.sent_at + each.seconds for each in sent)
    return round(accepted / (ended - began), 1)


def _flood_in_turns(
    folder: Path, server: Server, tell: Callable[[str], None], rounds: int
) -> tuple[tuple[Target, ...], list[Sent], float]:
    flushes: list[float] = []
    sent: list[Sent] = []
    found: dict[str, list[float]] = {}
    with ExitStack() as stack:
        bare = {name: stack.enter_context(BareServer(folder, kind)) for kind, name in BARE.items()}
        programs: dict[str, Program] = {OURS: server, **bare}
        for number in range(1, rounds + 1):
            tell(f"flood, round {number} of {rounds}")
            flushes.append(_flush_ms(folder / "flush"))
            for name, program in programs.items():
                flood = _flood(program, number * BLOCK, ROUND_SECONDS)
                found.setdefault(name, []).append(per_second(flood))
                if program is server:
                    sent += flood
    targets = (Target(name, statistics.median(rates), tuple(rates)) for name, rates in found.items())
    return tuple(targets), sent, round(statistics.median(flushes), 2)


def _flush_ms(path: Path) -> float:
    """The median time of some flushes of a page that was appended, as a write-ahead log does it."""
    taken = []
    with path.open("ab", buffering=0) as file:
        for _ in range(FLUSHES):
            file.write(bytes(PAGE_BYTES))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


def _flood(program: Program, first: int, seconds: float) -> list[Sent]:
    return send_leads("flood", program.port, first, seconds=seconds, connections=CONNECTIONS)


def _crash(server: Server) -> list[Sent]:
    """Kill the server in the middle of a flood."""
    with ThreadPoolExecutor(1) as thread:
        flood = thread.submit(_flood, server, 0, LAST_FLOOD_SECONDS)
        time.sleep(KILL_AFTER_SECONDS)
        server.kill()
        return flood.result()


def _recovery(server: Server, tell: Callable[[str], None]) -> Crash:
    began, waiting = time.monotonic(), server.waiting
    tell(f"up again after {server.start_seconds:.2f} s, {waiting} leads wait")
    server.finish(PATIENCE_SECONDS, tell)
    return Crash(
        entries=JOURNAL_ENTRIES,
        waiting=waiting,
        start_seconds=round(server.start_seconds, 3),
        work_per_second=round(waiting / (time.monotonic() - began), 1),
        peak_memory_mib=server.memory.peak,
    )
