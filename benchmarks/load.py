"""Send leads, in a process of its own, and tell of each what became of it.

``python -m benchmarks.load steady --port P --first N --seconds S --rate R``: an open loop. The moments of
sending are fixed beforehand, and each latency counts from its moment: a server that stalls cannot slow the
load down and so hide how long others would have waited.

``python -m benchmarks.load flood --port P --first N --seconds S --connections C [--leads L]``: a closed
loop. Each connection sends the next lead as soon as its last one is answered.

Standard output gets a JSON list of ``[number, sent_at, seconds, status]``; status 0 means no answer.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import count

import uvloop

from benchmarks import leads, stock_webhooks
from benchmarks.http_client import Connection
from benchmarks.sending import NO_ANSWER, Sent

HOST = "127.0.0.1"
KINDS = {"leads": leads, "stock": stock_webhooks}
"""What can be sent."""


class Sender:
    """Sends leads over as many connections as it takes, and keeps them for the next ones."""

    def __init__(self, port: int, path: str, kind: str = "leads") -> None:
        """Send this kind of webhooks to this port of this machine."""
        self._request = KINDS[kind].request
        self._port = port
        self._path = path
        self._idle: list[Connection] = []
        self.sent: list[Sent] = []

    async def send(self, number: int, due: float) -> int:
        """Send one lead that was due at this moment of the machine's clock; return the answer's status."""
        request = self._request(number, f"{HOST}:{self._port}", self._path)
        try:
            connection = self._open_one() or await Connection.open(HOST, self._port)
            status = await connection.exchange(request)
            self._idle.append(connection)
        except OSError:
            status = NO_ANSWER
        self.sent.append(Sent(number, due, time.time() - due, status))
        return status

    def _open_one(self) -> Connection | None:
        """A kept connection that the server has not closed meanwhile."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def steadily(self, first: int, rate: float, seconds: float) -> None:
        """Send ``rate`` leads a second, whatever becomes of them."""
        async with asyncio.TaskGroup() as tasks:
            for number, due in enumerate(moments(time.time(), rate, seconds), first):
                await asyncio.sleep(due - time.time())
                tasks.create_task(self.send(number, due))

    async def flood(self, numbers: Iterator[int], connections: int, seconds: float) -> None:
        """Keep each connection busy until the time is over, all are sent, or the server is gone."""
        end = time.time() + seconds

        async def keep_busy() -> None:
            while (now := time.time()) < end:
                number = next(numbers, None)
                if number is None or await self.send(number, now) == NO_ANSWER:
                    return

        async with asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(keep_busy())


def moments(began: float, rate: float, seconds: float) -> Iterator[float]:
    """When a steady load sends: ``rate`` times a second, at equal distances."""
    return (began + place / rate for place in range(round(rate * seconds)))


async def _run(options: argparse.Namespace) -> list[Sent]:
    sender = Sender(options.port, options.path or KINDS[options.kind].PATH, options.kind)
    if options.way == "steady":
        await sender.steadily(options.first, options.rate, options.seconds)
    else:
        numbers = iter(range(options.first, options.first + options.leads)) if options.leads else None
        await sender.flood(numbers or count(options.first), options.connections, options.seconds)
    return sender.sent


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Send leads and tell what became of them.")
    parser.add_argument("way", choices=("steady", "flood"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--kind", choices=KINDS, default="leads")
    parser.add_argument("--path", default="")
    parser.add_argument("--first", type=int, required=True, help="the first lead's number")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, default=10.0, help="leads a second")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--leads", type=int, default=0, help="stop after so many")
    return parser.parse_args()


if __name__ == "__main__":
    json.dump(uvloop.run(_run(_options())), sys.stdout)
