"""The parts of this engine put together."""

from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.documents import DynamoDocuments
from chalicelib.engine.aws.journal import DynamoJournal
from chalicelib.engine.aws.queue import SqsQueue
from chalicelib.engine.port import Engine


def aws_engine(
    *,
    sqs: Client,
    dynamodb: Client,
    work_url: str,
    notify_url: str,
    table: str,
    visibility: timedelta,
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
        clock: tells when content has expired.
    """
    return Engine(
        work=SqsQueue(sqs, work_url, visibility),
        notify=SqsQueue(sqs, notify_url, visibility),
        journal=DynamoJournal(dynamodb, table, clock),
        documents=DynamoDocuments(dynamodb, table),
        close=lambda: None,
    )
