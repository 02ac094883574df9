"""The parts of this engine put together."""

from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.documents import DynamoDocuments
from chalicelib.engine.aws.journal import DynamoJournal
from chalicelib.engine.aws.queue import SqsQueue
from chalicelib.engine.aws.timers import DynamoTimers
from chalicelib.engine.port import Engine
from chalicelib.retention import Retention


def aws_engine(  # noqa: PLR0913 -- wired in one place, each part by its name
    *,
    sqs: Client,
    dynamodb: Client,
    work_url: str,
    notify_url: str,
    table: str,
    visibility: timedelta,
    retention: Retention,
    clock: Clock,
) -> Engine:
    """The engine of AWS.

    Args:
        sqs: boto3's client of SQS.
        dynamodb: boto3's client of DynamoDB.
        work_url: URL of the queue for everything that comes in.
        notify_url: URL of the queue for text messages and alerts.
        table: name of the table; its layout is described in the package.
        visibility: the visibility time-out that both queues are made with.
        retention: how long what is kept; the table itself removes what has expired.
        clock: tells what has expired.
    """
    return Engine(
        work=SqsQueue(sqs, work_url, visibility),
        notify=SqsQueue(sqs, notify_url, visibility),
        timers=DynamoTimers(dynamodb, table),
        journal=DynamoJournal(dynamodb, table, retention, clock),
        documents=DynamoDocuments(dynamodb, table, retention.personal_data, clock),
        expire=lambda _now: 0,
        trouble=lambda: "",
        close=lambda: None,
    )
