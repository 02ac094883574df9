"""One machine under a steady load: accepting, arriving in the CRM, CPU and memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import crm_latency
from benchmarks.arrivals import join
from benchmarks.figures import Spread, spread
from benchmarks.leads import BLOCK
from benchmarks.programs import SandboxProgram, Server, send_leads

RATES = (10, 50)
SECONDS = 60
REST_SECONDS = 5
PATIENCE_SECONDS = 60
CRM_SAMPLES = 200
WARM_UP_LEADS = 20


@dataclass(frozen=True, slots=True)
class Load:
    """A steady load.

    Attributes:
        rate: leads a second.
        seconds: how long.
        sent, accepted, lost, doubled: how many leads.
        accept: latencies of the answers, from the moment when each lead was due to be sent, in milliseconds.
        arrival: from the same moment until the order stood in the CRM.
        cpu_percent: of one core, by the server.
        memory_mib: that the server held at the end.
    """

    rate: int
    seconds: int
    sent: int
    accepted: int
    lost: int
    doubled: int
    accept: Spread
    arrival: Spread
    cpu_percent: float
    memory_mib: float


@dataclass(frozen=True, slots=True)
class Steady:
    """What was measured.

    Attributes:
        crm: the CRM's own latency for the calls of one lead, in milliseconds.
        rest_cpu_percent: of one core, with nothing to do.
        rest_memory_mib: right after the start, with nothing to do.
        peak_memory_mib: the most at any time.
        loads: one for each rate.
    """

    crm: Spread
    rest_cpu_percent: float
    rest_memory_mib: float
    peak_memory_mib: float
    loads: tuple[Load, ...]


def measure(folder: Path, tell: Callable[[str], None], seconds: int = SECONDS) -> Steady:
    """Measure at rest, then at each rate. The CRM's limit is lifted: it would be all that is measured."""
    with SandboxProgram(folder) as sandbox, Server(folder, sandbox) as server:
        sandbox.lift_limit()
        tell(f"{REST_SECONDS} s at rest")
        rest_cpu, rest_memory = _cpu_percent(server, REST_SECONDS), server.memory.now
        crm = crm_latency.measure(sandbox, first=0, count=CRM_SAMPLES)
        send_leads("flood", server.port, BLOCK, seconds=REST_SECONDS, connections=1, leads=WARM_UP_LEADS)
        server.finish(PATIENCE_SECONDS, tell)
        loads = []
        for place, rate in enumerate(RATES):
            tell(f"{rate} leads a second for {seconds} s")
            loads.append(_load(server, sandbox, (place + 2) * BLOCK, rate, seconds, tell))
        return Steady(crm, rest_cpu, rest_memory, server.memory.peak, tuple(loads))


def _load(
    server: Server,
    sandbox: SandboxProgram,
    first: int,
    rate: int,
    seconds: int,
    tell: Callable[[str], None],
) -> Load:
    cpu_before = server.cpu_seconds
    sent = send_leads("steady", server.port, first, rate=rate, seconds=seconds)
    cpu_percent = round(100 * (server.cpu_seconds - cpu_before) / seconds, 1)
    server.finish(PATIENCE_SECONDS, tell)
    arrival = join(sent, sandbox.orders())
    return Load(
        rate=rate,
        seconds=seconds,
        sent=arrival.sent,
        accepted=arrival.accepted,
        lost=len(arrival.lost),
        doubled=len(arrival.doubled),
        accept=spread([each.seconds for each in sent]),
        arrival=spread(arrival.seconds),
        cpu_percent=cpu_percent,
        memory_mib=server.memory.now,
    )


def _cpu_percent(server: Server, seconds: float) -> float:
    before = server.cpu_seconds
    time.sleep(seconds)
    return round(100 * (server.cpu_seconds - before) / seconds, 1)
