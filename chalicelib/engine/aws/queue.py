"""One SQS FIFO queue. Implements ``engine.port.Queue``."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chalicelib.engine.aws.client import Client
from chalicelib.engine.port import Depth, Message
from chalicelib.gate.envelope import Envelope

LONGEST_WAIT = timedelta(seconds=20)
LONGEST_INVISIBILITY = timedelta(hours=12)
"""Counted from the moment when the message was handed out."""

COUNTERS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SqsQueue:
    """One of the queues. The queue itself drops repeats and keeps the groups' order."""

    def __init__(self, client: Client, url: str, visibility: timedelta) -> None:
        """Hand out each message for ``visibility``, which must be the queue's own visibility time-out too.

        Args:
            client: boto3's client of SQS.
            url: the queue's URL.
            visibility: on Lambda the event source receives, with the time-out that the queue is made with.
        """
        self._client = client
        self._url = url
        self.visibility = visibility

    def put(self, envelope: Envelope) -> None:
        """See the port."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=envelope.to_json(),
            MessageGroupId=envelope.group,
            MessageDeduplicationId=envelope.deduplication_id,
        )

    def receive(self, wait: timedelta = timedelta()) -> Message | None:
        """See the port. Waits 20 s at most. For tools and tests: on Lambda the event source receives."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            VisibilityTimeout=math.ceil(self.visibility.total_seconds()),
            WaitTimeSeconds=math.ceil(min(wait, LONGEST_WAIT).total_seconds()),
        )
        for message in answer.get("Messages", ()):
            return Message(
                envelope=Envelope.from_json(message["Body"]),
                receipt=message["ReceiptHandle"],
                receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
                sent_at=_moment(int(message["Attributes"]["SentTimestamp"])),
            )
        return None

    def done(self, receipt: str) -> None:
        """See the port. Without effect, too, once the visibility time is over: it is handed out again."""
        self._unless_stale(
            lambda: self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt),
        )

    def retry_after(self, receipt: str, delay: timedelta) -> None:
        """See the port. Delays that SQS does not take are cut, to somewhat less than 12 hours."""
        # SQS counts the 12 hours from the receipt, and refuses what goes beyond them.
        longest = LONGEST_INVISIBILITY - self.visibility
        seconds = math.ceil(min(max(delay, timedelta()), longest).total_seconds())
        self._unless_stale(
            lambda: self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        )

    def depth(self) -> Depth:
        """See the port. SQS does not tell the oldest message's time; CloudWatch does."""
        answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(COUNTERS))
        return Depth(sum(int(answer["Attributes"][counter]) for counter in COUNTERS), oldest_at=None)

    def _unless_stale(self, call: Callable[[], object]) -> None:
        try:
            call()
        except self._client.exceptions.ClientError as error:
            if not _is_stale(error.response["Error"]):
                raise


def _is_stale(error: dict[str, str]) -> bool:
    """True if SQS refuses a receipt because the message was handed out again, or is gone."""
    code = error["Code"].rsplit(".", maxsplit=1)[-1]  # some have a prefix: AWS.SimpleQueueService.…
    if code == "InvalidParameterValue":
        # FIFO queues answer so for a receipt that has expired, and also for a delay that is too long.
        return "for parameter ReceiptHandle" in error["Message"]
    return code in {"ReceiptHandleIsInvalid", "MessageNotInflight"}


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
