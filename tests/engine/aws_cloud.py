"""Queues and tables on AWS for tests, wherever its endpoint is."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.clock import Clock
from chalicelib.engine.aws.build import aws_engine
from chalicelib.engine.port import Engine
from chalicelib.retention import Retention

STACK = Path(__file__).parent.parent.parent / "infra" / "stack.json"
TABLE_LAYOUT = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
VISIBILITY = timedelta(minutes=2)

ClientFactory = Callable[[str], Any]
"""Gives boto3's client of a service, such as ``sqs``."""

Listener = Callable[[str], None]
"""Hears ``before PutItem`` and ``after PutItem``."""

CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "testing",
    "aws_secret_access_key": "testing",
}


def client_in_process(service: str) -> Any:
    """For moto, which answers in this process, whatever endpoint the environment names."""
    return boto3.client(service, config=Config(ignore_configured_endpoint_urls=True), **CREDENTIALS)


def create_table(client: Any, name: str) -> None:
    """The table as it is deployed, once it can be used."""
    table = json.loads(STACK.read_text())["Resources"]["Table"]["Properties"]
    client.create_table(TableName=name, **{key: table[key] for key in TABLE_LAYOUT})
    client.get_waiter("table_exists").wait(TableName=name)


def create_queue(client: Any, name: str) -> str:
    """A queue as ours are; returns its URL."""
    attributes = {"FifoQueue": "true", "VisibilityTimeout": str(int(VISIBILITY.total_seconds()))}
    url: str = client.create_queue(QueueName=f"{name}.fifo", Attributes=attributes)["QueueUrl"]
    return url


@dataclass
class Cloud:
    """Named engines: the same name gives the same queues and the same table.

    Attributes:
        client: makes the clients.
        sqs, dynamodb: clients of which nobody hears.
        watched_sqs, watched_dynamodb: those whose calls the listener hears.
        listener: hears each call of the engines that are opened as watched.
    """

    client: ClientFactory
    listener: Listener | None = None
    _urls: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sqs, self.dynamodb = self.client("sqs"), self.client("dynamodb")
        self.watched_sqs, self.watched_dynamodb = self.client("sqs"), self.client("dynamodb")
        for client in (self.watched_sqs, self.watched_dynamodb):
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    def engine(self, name: str, clock: Clock, *, watched: bool = False) -> Engine:
        work_url, notify_url = self._named(name)
        return aws_engine(
            sqs=self.watched_sqs if watched else self.sqs,
            dynamodb=self.watched_dynamodb if watched else self.dynamodb,
            work_url=work_url,
            notify_url=notify_url,
            table=name,
            visibility=VISIBILITY,
            retention=Retention(),
            clock=clock,
        )

    def _named(self, name: str) -> tuple[str, str]:
        if name not in self._urls:
            create_table(self.dynamodb, name)
            self._urls[name] = (
                create_queue(self.sqs, f"{name}-work"),
                create_queue(self.sqs, f"{name}-notify"),
            )
        return self._urls[name]

    def delete(self) -> None:
        """Leave nothing behind where it would be paid for."""
        for name, urls in self._urls.items():
            self.dynamodb.delete_table(TableName=name)
            for url in urls:
                self.sqs.delete_queue(QueueUrl=url)
        self._urls.clear()

    def lose_first_answers(self, operation: str) -> list[int]:
        """Let boto3 repeat each such call, as if its answer were lost; tells the attempts that it made."""
        attempted: list[int] = []

        def repeat(attempts: int, **_: Any) -> int | None:
            attempted.append(attempts)
            return 0 if attempts == 1 else None  # the seconds to wait, or nothing to say

        event = f"needs-retry.dynamodb.{operation}"
        self.watched_dynamodb.meta.events.register_first(event, repeat)
        return attempted

    def _before(self, model: Any, **_: Any) -> None:
        if self.listener is not None:
            self.listener(f"before {model.name}")

    def _after(self, model: Any, **_: Any) -> None:
        if self.listener is not None:
            self.listener(f"after {model.name}")
