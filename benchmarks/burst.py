"""A burst of leads, and a CRM that allows so many requests a second. In real time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arrivals import join
from benchmarks.programs import SandboxProgram, Server, send_leads

LEADS = 300
CONNECTIONS = 50
CRM_LIMIT = 10
"""Requests a second that the sandbox allows, as retailCRM does."""

WORKERS_LIMIT = 8
"""Requests a second that the workers allow themselves: the rest is kept for checks and people."""

SENDING_SECONDS = 30
PATIENCE_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Burst:
    """What was measured.

    Attributes:
        leads, accepted, lost, doubled: how many.
        seconds: from the first lead to the last order.
        accept_seconds: from the first lead to the last answer to its sender.
        calls: how often the CRM was called.
        refused: how many of these calls it refused, because they were too many.
        calls_per_lead: answered calls.
        share_of_limit: answered calls of those that the CRM allows in this time.
        share_of_allowance: answered calls of those that the workers allow themselves.
    """

    leads: int
    accepted: int
    lost: int
    doubled: int
    seconds: float
    accept_seconds: float
    calls: int
    refused: int
    calls_per_lead: float
    share_of_limit: float
    share_of_allowance: float


def measure(folder: Path, tell: Callable[[str], None], leads: int = LEADS) -> Burst:
    """Send all leads at once and wait until the last one has arrived."""
    with SandboxProgram(folder) as sandbox, Server(folder, sandbox, is_paced=True) as server:
        sent = send_leads(
            "flood", server.port, 0, connections=CONNECTIONS, leads=leads, seconds=SENDING_SECONDS
        )
        tell(f"{len(sent)} leads sent; the CRM allows {CRM_LIMIT} requests a second")
        server.finish(PATIENCE_SECONDS, tell)
        orders, calls = sandbox.orders(), sandbox.calls()
    arrival = join(sent, orders)
    began = min(each.sent_at for each in sent)
    seconds = max(order.made_at for order in orders) - began
    refused = refused_of(calls)
    answered = sum(calls.values()) - refused
    return Burst(
        leads=arrival.sent,
        accepted=arrival.accepted,
        lost=len(arrival.lost),
        doubled=len(arrival.doubled),
        seconds=round(seconds, 1),
        accept_seconds=round(max(each.sent_at + each.seconds for each in sent) - began, 2),
        calls=answered + refused,
        refused=refused,
        calls_per_lead=round(answered / arrival.sent, 2),
        share_of_limit=round(answered / (seconds * CRM_LIMIT), 3),
        share_of_allowance=round(answered / (seconds * WORKERS_LIMIT), 3),
    )


def refused_of(calls: Mapping[str, int]) -> int:
    """How many calls were answered with 503: slow down."""
    return sum(count for name, count in calls.items() if name.endswith(" 503"))
