"""Entry points of the Lambda functions other than HTTP. The workers never import ``app.py``.

One machine drives the same handlers with events of the same shape.
"""

from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.engine.port import Queue
from chalicelib.gate.envelope import Envelope

functions = Blueprint(__name__)


class TryAgain(Exception):
    """The message must stay in its queue. Lambda deletes a message whose function returns normally."""


@functions.on_sqs_message(queue="leadkeeper-work.fifo", batch_size=1, name="worker")
def worker(event: SQSEvent) -> None:
    """Bring what came in to its end."""
    _process(event, bootstrap.application().engine.work)


@functions.on_sqs_message(queue="leadkeeper-notify.fifo", batch_size=1, name="notifier")
def notifier(event: SQSEvent) -> None:
    """Send text messages and alerts."""
    _process(event, bootstrap.application().engine.notify)


def _process(event: SQSEvent, queue: Queue) -> None:
    application = bootstrap.application()
    for record in event:
        deadline = application.clock() + queue.visibility
        delay = application.pipeline.process(Envelope.from_json(record.body), deadline)
        if delay is not None:
            queue.retry_after(record.receipt_handle, delay)
            raise TryAgain(f"after {delay}")
