"""Entry points of the Lambda functions other than HTTP. The workers never import ``app.py``.

One machine drives the same handlers with events of the same shape.
"""

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate, SQSEvent

from chalicelib import __version__, bootstrap, logs
from chalicelib import self_check as checking
from chalicelib.checks.turn import turn
from chalicelib.clock import system_clock
from chalicelib.engine.port import QueueName
from chalicelib.entry import Status
from chalicelib.gate.envelope import Envelope
from chalicelib.metrics import metrics_of
from chalicelib.timers import fire_due

if os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
    logs.configure()

# Which queues, how many workers at once, how often to check: for the commands that deploy. One machine
# needs none of it.
WORK_QUEUE = os.environ.get("LEADKEEPER_WORK_QUEUE", "leadkeeper-dev-work.fifo")
NOTIFY_QUEUE = os.environ.get("LEADKEEPER_NOTIFY_QUEUE", "leadkeeper-dev-notify.fifo")
WORKERS = int(os.environ.get("LEADKEEPER_WORKERS", "4"))
NOTIFIERS = int(os.environ.get("LEADKEEPER_NOTIFIERS", "2"))
CHECKS_MINUTES = int(os.environ.get("LEADKEEPER_CHECKS_MINUTES", "1"))
SELF_CHECK_MINUTES = int(os.environ.get("LEADKEEPER_SELF_CHECK_MINUTES", "5"))

functions = Blueprint(__name__)
log = logging.getLogger(__name__)


class TryAgain(Exception):
    """The message must stay in its queue. Lambda deletes a message whose function returns normally."""


@functions.on_sqs_message(queue=WORK_QUEUE, batch_size=1, name="worker", maximum_concurrency=WORKERS)
def worker(event: SQSEvent) -> None:
    """Bring what came in to its end."""
    _process(event, "work")


@functions.on_sqs_message(queue=NOTIFY_QUEUE, batch_size=1, name="notifier", maximum_concurrency=NOTIFIERS)
def notifier(event: SQSEvent) -> None:
    """Send text messages and alerts."""
    _process(event, "notify")


@functions.schedule(Rate(CHECKS_MINUTES, unit=Rate.MINUTES), name="checks")
def checks(_event: CloudWatchEvent) -> None:
    """Fire the timers that are due, run the checks that are due, and look after incidents."""
    tick(bootstrap.application())


@functions.schedule(Rate(SELF_CHECK_MINUTES, unit=Rate.MINUTES), name="self-check")
def self_check(_event: CloudWatchEvent) -> None:
    """Look at ourselves. It needs no secrets, so that it also works while they are wrong."""
    checking.look(bootstrap.engine(), metrics_of(os.environ, system_clock))


@functions.lambda_function(name="console")
def console(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Answer what comes to the console's URL; invoked without a request, tell how Leadkeeper is."""
    application = bootstrap.application()
    if "requestContext" not in event:
        return _condition(application)
    if application.shop.console is None:
        return {"statusCode": 404}
    from chalicelib.console.function_url import function_url  # noqa: PLC0415 -- Flask is for the console alone

    return function_url.reply(application, event, context)


def _condition(application: bootstrap.Application) -> dict[str, Any]:
    engine = application.engine
    counts = engine.journal.counts((Status.PARKED, Status.QUARANTINED))
    return {
        "version": __version__,
        "mode": application.shop.shop.mode,
        "work": engine.work.depth().messages,
        "notify": engine.notify.depth().messages,
        "parked": counts[Status.PARKED],
        "quarantined": counts[Status.QUARANTINED],
    }


def rounds(application: bootstrap.Application) -> Mapping[str, Callable[[], None]]:
    """What a host does each minute, by name. No round may hold up another one.

    A look at thousands of orders takes longer than a minute, and people must hear of an outage meanwhile.
    """

    def watch() -> None:
        # Checks come last, so that none holds up a reminder; and whatever fails, the others have their turn.
        try:
            fire_due(application.engine, application.clock())
        finally:
            try:
                application.incidents.look_after()
            finally:
                application.checks.run_due(each_tick=True)

    return {"watch": watch, "checks": partial(application.checks.run_due, each_tick=False)}


def tick(application: bootstrap.Application) -> None:
    """Do each round, unless the same one of an earlier tick is still at work."""
    each = rounds(application)
    with ThreadPoolExecutor(len(each), thread_name_prefix="round") as threads:
        working = [threads.submit(_in_turn, application, name, work) for name, work in each.items()]
    for round_ in working:
        round_.result()


def _in_turn(application: bootstrap.Application, name: str, work: Callable[[], None]) -> None:
    with turn(application.engine.documents, application.clock, name) as is_ours:
        if is_ours:
            work()
        else:
            log.warning("the last round is still at work", extra={"round": name})


def _process(event: SQSEvent, name: QueueName) -> None:
    application = bootstrap.application()
    queue = application.engine.queue(name)
    for record in event:
        envelope = Envelope.from_json(record.body)
        deadline = application.clock() + min(queue.visibility, _time_left(event))
        with logs.about(envelope.id):
            delay = application.pipeline.process(envelope, deadline, name)
            if delay is not None:
                log.info("put off", extra={"seconds": delay.total_seconds()})
                queue.retry_after(record.receipt_handle, delay)
                raise TryAgain(f"entry {envelope.id} after {delay}")


def _time_left(event: SQSEvent) -> timedelta:
    """How long Lambda lets this function run; one machine sets no limit, and passes no context."""
    context: Any = event.context
    if context is None:
        return timedelta.max
    return timedelta(milliseconds=context.get_remaining_time_in_millis())
