"""What each kind of event costs on AWS: calls counted with moto in process, priced with ``prices``."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import prices
from benchmarks.aws_meter import Meter, Usage
from tests.aws_world import AwsWorld
from tests.engine.moto_aws import MotoCloud, moto_cloud

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"
MILLION = 1_000_000
WEBHOOKS = 1_000

# Not counted, but estimated.
FUNCTION_GIGABYTES = 0.5
GATE_SECONDS = 0.05
"""The gate's function for one webhook, a call to the queue included."""

WORKER_SECONDS = 0.05
"""A worker's function for one message, without what it waits for others."""

CRM_CALL_SECONDS = 0.2
AWS_CALL_SECONDS = 0.01
LOG_KILOBYTES_PER_FUNCTION_CALL = 1.5

QUEUE_CALLS = frozenset({"SendMessage", "ReceiveMessage", "DeleteMessage"})
READING = frozenset({"GetItem", "BatchGetItem", "Query"})


@dataclass(frozen=True, slots=True)
class Event:
    """What one webhook of a kind used and costs.

    Attributes:
        kind: for people.
        accept_calls: calls of AWS before the sender was answered.
        request_bytes: the bodies of all requests to AWS together.
        queue_requests: to SQS, as it bills them.
        writes, write_units: to DynamoDB: calls, and as it bills them.
        reads, read_units: likewise.
        outside_calls: requests to the CRM and to the SMS gateway.
        messages: how many times a worker's function ran.
        dollars: for 1,000 such webhooks.
    """

    kind: str
    accept_calls: int
    request_bytes: int
    queue_requests: int
    writes: int
    write_units: int
    reads: int
    read_units: int
    outside_calls: int
    messages: int
    dollars: float


def new_caller(world: AwsWorld) -> None:
    """Somebody calls whom the CRM does not know."""
    world.call(CALLER, "a")


def known_caller(world: AwsWorld) -> None:
    """A client with an open order calls."""
    world.call(CALLER, "a")


def hidden_number(world: AwsWorld) -> None:
    """Somebody calls who hides the number."""
    world.call(None, "a")


def lead(world: AwsWorld) -> None:
    """Somebody fills in a form."""
    world.lead("1:1", Phone=PHONE, Name="Мария", formname="Расчёт тента", size="4 × 6 m")


def parcel_arrival(world: AwsWorld) -> None:
    """A parcel waits for its client, who gets a message."""
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: what stands in the CRM before, and what comes in."""

    name: str
    arrive: Callable[[AwsWorld], None]
    prepare: Callable[[AwsWorld], object] = lambda _world: None


def _known_client(world: AwsWorld) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    world.later(minutes=1)


def _same_lead_before(world: AwsWorld) -> None:
    lead(world)
    world.work()
    world.later(minutes=6)  # the queue has forgotten it, the journal has not


KINDS = (
    Kind("missed call of a new client", new_caller),
    Kind("missed call of a known client", known_caller, _known_client),
    Kind("missed call, hidden number", hidden_number),
    Kind("lead", lead),
    Kind("a webhook that came before", lead, _same_lead_before),
    Kind("parcel arrived, with SMS", parcel_arrival),
)


def measure(tell: Callable[[str], None]) -> tuple[Event, ...]:
    """Count each kind in a world of its own."""
    tell(f"calls of AWS for {len(KINDS)} kinds of events")
    return tuple(_measured(kind) for kind in KINDS)


def _measured(kind: Kind) -> Event:
    with tempfile.TemporaryDirectory() as folder, moto_cloud() as cloud:
        world = AwsWorld(Path(folder), cloud)
        _first_webhooks(world)
        kind.prepare(world)
        meter = _metered(cloud)
        calls_before = world.sandbox.requests.total()
        kind.arrive(world)
        accept_calls = meter.usage.calls.total()
        messages = _work(world, cloud)
        usage = meter.take()
        outside_calls = world.sandbox.requests.total() - calls_before
        world.close()
    return event(kind.name, accept_calls, usage, outside_calls, messages)


def _first_webhooks(world: AwsWorld) -> None:
    """The first webhook ever of each source costs one write more. These are of other people."""
    world.call("79160000001", "first")
    world.lead("1:0", Phone="+79160000002")
    world.parcel("CREATED", world.now, number="2002B")
    world.work()
    world.later(minutes=1)


def _metered(cloud: MotoCloud) -> Meter:
    return Meter(cloud.watched_sqs, cloud.watched_dynamodb)


def _work(world: AwsWorld, cloud: MotoCloud) -> int:
    """Do what waits, as the functions do; returns how many messages there were.

    We look for messages unheard: functions are called with one, and pay nothing to find it.
    """
    unheard = cloud.engine(world.folder.name, world.clock)
    count = 0
    for queue, heard in ((unheard.work, world.used.work), (unheard.notify, world.used.notify)):
        while queue.depth().messages:
            world.step(heard)
            count += 1
    return count


def event(kind: str, accept_calls: int, usage: Usage, outside_calls: int, messages: int) -> Event:
    """Sum up and price what one webhook used."""
    writes = sum(count for name, count in usage.calls.items() if name not in QUEUE_CALLS | READING)
    reads = sum(count for name, count in usage.calls.items() if name in READING)
    function_seconds = (
        GATE_SECONDS
        + WORKER_SECONDS * messages
        + CRM_CALL_SECONDS * outside_calls
        + AWS_CALL_SECONDS * (usage.calls.total() - accept_calls)
    )
    function_calls = 1 + messages
    used = {
        prices.API_REQUEST: 1,
        prices.FUNCTION_CALL: function_calls,
        prices.GIGABYTE_SECOND: function_seconds * FUNCTION_GIGABYTES,
        prices.QUEUE_REQUEST: usage.queue_requests,
        prices.WRITE_UNIT: usage.write_units,
        prices.READ_UNIT: usage.read_units,
        prices.LOG_KILOBYTE: function_calls * LOG_KILOBYTES_PER_FUNCTION_CALL,
    }
    dollars = sum(price.dollars * count for price, count in used.items()) * WEBHOOKS / MILLION
    return Event(
        kind=kind,
        accept_calls=accept_calls,
        request_bytes=usage.request_bytes,
        queue_requests=usage.queue_requests,
        writes=writes,
        write_units=usage.write_units,
        reads=reads,
        read_units=usage.read_units,
        outside_calls=outside_calls,
        messages=messages,
        dollars=round(dollars, 4),
    )
