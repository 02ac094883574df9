"""``python -m benchmarks.aws_checks``: what the checks of a shop without trouble cost on AWS every month.

Calls are counted with moto in process, over one hour of ticks, and priced with ``prices``.
"""

import logging
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks import prices
from benchmarks.aws_events import (
    AWS_CALL_SECONDS,
    FUNCTION_GIGABYTES,
    LOG_KILOBYTES_PER_FUNCTION_CALL,
    MILLION,
    READING,
    WORKER_SECONDS,
)
from benchmarks.aws_meter import Meter, Usage
from chalicelib.checks.running import TICK
from chalicelib.functions import tick
from tests.aws_world import AwsWorld
from tests.engine.moto_aws import moto_cloud

HOUR = timedelta(hours=1)
CATCHING_UP = timedelta(hours=1)
MONTH = timedelta(days=30)


def measure() -> Usage:
    """What one hour of ticks uses, in a shop where everything is well."""
    with tempfile.TemporaryDirectory() as folder, moto_cloud() as cloud:
        world = AwsWorld(Path(folder), cloud)
        meter = Meter(cloud.watched_sqs, cloud.watched_dynamodb)
        _live(world, CATCHING_UP)
        world.work()
        meter.take()  # what is counted of the past at a first start is counted once
        _live(world, HOUR)
        world.close()
        return meter.usage


def _live(world: AwsWorld, span: timedelta) -> None:
    for _ in range(span // TICK):
        world.now += TICK
        tick(world.application)


def cost(usage: Usage) -> dict[prices.Price, float]:
    """How much of each is used a month. An hour's log and the functions' time are estimates."""
    hours = MONTH / HOUR
    ticks = MONTH / TICK
    seconds = ticks * WORKER_SECONDS + usage.calls.total() * hours * AWS_CALL_SECONDS
    other_reads = sum(usage.calls[name] for name in READING - {"GetItem"})
    return {
        prices.FUNCTION_CALL: ticks,
        prices.GIGABYTE_SECOND: seconds * FUNCTION_GIGABYTES,
        prices.QUEUE_REQUEST: usage.queue_requests * hours,
        prices.WRITE_UNIT: usage.write_units * hours,
        prices.READ_UNIT: (usage.read_units + other_reads) * hours,
        prices.LOG_KILOBYTE: ticks * LOG_KILOBYTES_PER_FUNCTION_CALL,
    }


def main() -> None:
    """Print one line for each price, and the sum."""
    logging.disable()
    usage = measure()
    ticks = HOUR // TICK
    calls = ", ".join(f"{count / ticks:.1f} {name}" for name, count in sorted(usage.calls.items()))
    sys.stdout.write(f"each tick: {calls}\n")
    used = cost(usage)
    for price, count in used.items():
        dollars = price.dollars * count / MILLION
        sys.stdout.write(f"{dollars:6.2f}  {count:9,.0f} × {price.unit}\n")
    total = sum(price.dollars * count / MILLION for price, count in used.items())
    sys.stdout.write(f"{total:6.2f}  US dollars a month\n")


if __name__ == "__main__":
    main()
