"""``python -m benchmarks.chaos``: ``kill -9`` of the real program at random moments, again and again.

Each round sends a burst of leads to a program that is killed meanwhile, starts it again, waits until nothing
waits any more, and compares leads with orders: each lead that was answered with 200 is exactly one order,
each one without an answer at most one. At the end the data file is checked. The exit code is 1 if anything
is wrong.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.arrivals import join
from benchmarks.leads import PATH
from benchmarks.load import Sender
from benchmarks.programs import SandboxProgram, Server
from benchmarks.sending import Sent
from chalicelib.bootstrap import DATA_FILE

LEADS = 500
ROUNDS = 20
CONNECTIONS = 16
SENDING_SECONDS = 60
PATIENCE_SECONDS = 120
SHORTEST_BURST_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Round:
    """What became of one burst.

    Attributes:
        moments: when the program was killed: the phase, and seconds since its beginning.
        sent, answered, orders, lost, doubled: how many leads, and how many orders they became.
        seconds: from the first lead until nothing waited.
    """

    moments: tuple[str, ...]
    sent: int
    answered: int
    orders: int
    lost: int
    doubled: int
    seconds: float


class Chaos:
    """A program, its sandbox, and all that was sent so far."""

    def __init__(self, folder: Path, sandbox: SandboxProgram, dice: random.Random, leads: int) -> None:
        """Start it; ``dice`` say when it is killed."""
        self._folder = folder
        self._sandbox = sandbox
        self._dice = dice
        self._leads = leads
        self._sent: list[Sent] = []
        self._next = 0
        self._phase_seconds = {"sending": SHORTEST_BURST_SECONDS, "working": SHORTEST_BURST_SECONDS}
        self._server = Server(folder, sandbox)

    def undisturbed(self) -> Round:
        """A burst without a kill. It tells how long sending and working take."""
        return self._round(())

    def disturbed(self) -> Round:
        """A burst, and one or two kills in the middle of it."""
        phases = [self._dice.choice(("sending", "working"))]
        if self._dice.random() < 1 / 2:
            phases.append("working")
        return self._round([(phase, self._dice.uniform(0, self._phase_seconds[phase])) for phase in phases])

    def stop(self) -> None:
        """Let it end in peace."""
        with self._server:
            pass

    def _round(self, kills: Sequence[tuple[str, float]]) -> Round:
        began = time.monotonic()
        sending = [seconds for phase, seconds in kills if phase == "sending"]
        sent = self._send(sending[0] if sending else None)
        sent_at = time.monotonic()
        for _, seconds in kills[len(sending) :]:
            time.sleep(seconds)
            self._kill()
        self._server.finish(PATIENCE_SECONDS, lambda _text: None)
        ended = time.monotonic()
        if not kills:
            self._phase_seconds = {"sending": sent_at - began, "working": ended - sent_at}
        orders = self._sandbox.orders()
        all_so_far = join(self._sent, orders)
        ours = {each.number for each in sent}
        return Round(
            moments=tuple(f"{phase} {seconds:.2f} s" for phase, seconds in kills),
            sent=len(sent),
            answered=join(sent, orders).accepted,
            orders=sum(1 for order in orders if int(order.external_id.rpartition(":")[2]) in ours),
            lost=len(all_so_far.lost),
            doubled=len(all_so_far.doubled),
            seconds=ended - began,
        )

    def _send(self, kill_after: float | None) -> list[Sent]:
        sender, first = Sender(self._server.port, PATH), self._next
        self._next += self._leads
        killer = threading.Timer(kill_after, self._server.kill) if kill_after is not None else None
        if killer is not None:
            killer.start()
        asyncio.run(sender.flood(iter(range(first, self._next)), CONNECTIONS, SENDING_SECONDS))
        if killer is not None:
            killer.join()
            self._server = Server(self._folder, self._sandbox)
        self._sent += sender.sent
        return sender.sent

    def _kill(self) -> None:
        self._server.kill()
        self._server = Server(self._folder, self._sandbox)


def main() -> int:
    """Run all rounds and tell."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"seed {options.seed}: {options.rounds} rounds of {options.leads} leads")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with SandboxProgram(folder) as sandbox:
            sandbox.lift_limit()
            chaos = Chaos(folder, sandbox, random.Random(options.seed), options.leads)  # noqa: S311 -- no secret
            rounds = [chaos.undisturbed()]
            for number in range(1, options.rounds + 1):
                rounds.append(chaos.disturbed())
                console.print(f"round {number}: {_told(rounds[-1])}")
            chaos.stop()
        damage = _damage(folder / "data" / DATA_FILE)
    console.print(_table(rounds))
    console.print(f"integrity_check of the data file: {damage}")
    is_right = damage == "ok" and not rounds[-1].lost and not rounds[-1].doubled
    console.print("each answered lead is exactly one order" if is_right else f"BROKEN, seed {options.seed}")
    return 0 if is_right else 1


def _told(done: Round) -> str:
    kills = ", ".join(done.moments)
    return (
        f"killed while {kills}; {done.answered} of {done.sent} answered, {done.orders} orders,"
        f" {done.lost} lost, {done.doubled} doubled, {done.seconds:.1f} s"
    )


def _table(rounds: Sequence[Round]) -> Table:
    table = Table(box=None, pad_edge=False)
    cells = {
        "rounds": len(rounds) - 1,
        "kills": sum(len(each.moments) for each in rounds),
        "leads sent": sum(each.sent for each in rounds),
        "answered": sum(each.answered for each in rounds),
        "orders": sum(each.orders for each in rounds),
        "lost": rounds[-1].lost,
        "doubled": rounds[-1].doubled,
        "seconds": round(sum(each.seconds for each in rounds)),
    }
    for heading in cells:
        table.add_column(heading, justify="right")
    table.add_row(*map(str, cells.values()))
    return table


def _damage(data: Path) -> str:
    with closing(sqlite3.connect(data)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kill the program at random moments and count orders.")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))  # noqa: S311 -- no secret
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--leads", type=int, default=LEADS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
