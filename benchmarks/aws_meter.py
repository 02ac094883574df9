"""Counts what an AWS client asks for, in the units in which AWS bills it."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.aws_items import Item, item_bytes, read_units, write_units

QUEUE_CHUNK_BYTES = 64 * 1024
Key = tuple[str, str]


@dataclass
class Usage:
    """What was used.

    Attributes:
        calls: how often each operation was called.
        request_bytes: the bodies of all requests together.
        queue_requests: as SQS bills them.
        write_units: as DynamoDB bills them, index included.
        read_units: likewise, all reads being consistent.
    """

    calls: Counter[str] = field(default_factory=Counter)
    request_bytes: int = 0
    queue_requests: int = 0
    write_units: int = 0
    read_units: int = 0


class Meter:
    """Listens to boto3's clients of SQS and DynamoDB."""

    def __init__(self, sqs: Any, dynamodb: Any) -> None:  # noqa: ANN401 -- boto3's clients have no types
        """Listen from now on."""
        self.usage = Usage()
        self._stored: dict[Key, Item] = {}
        for client in (sqs, dynamodb):
            client.meta.events.register("before-call", self._before)
        dynamodb.meta.events.register("after-call", self._after)

    def take(self) -> Usage:
        """What was used since the last look."""
        usage, self.usage = self.usage, Usage()
        return usage

    def _before(self, model: Any, params: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401 -- botocore's event
        body: bytes = params["body"]
        self.usage.calls[model.name] += 1
        self.usage.request_bytes += len(body)
        if model.service_model.service_name == "sqs":
            self.usage.queue_requests += math.ceil(len(body) / QUEUE_CHUNK_BYTES)
        elif model.name == "PutItem":
            self._count_write(json.loads(body)["Item"])
        elif model.name == "UpdateItem":
            self._count_write(self._updated(json.loads(body)))

    def _updated(self, request: Mapping[str, Any]) -> Item:
        """The item after our only kind of update, which sets some attributes."""
        key = request["Key"]
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        changes = {name: values[f":{name}"] for name in names.values()}
        return {**self._stored[key["pk"]["S"], key["sk"]["S"]], **changes}

    def _count_write(self, item: Item) -> None:
        key = (item["pk"]["S"], item["sk"]["S"])
        self.usage.write_units += write_units(self._stored.get(key), item)
        self._stored[key] = item

    def _after(self, model: Any, parsed: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401 -- botocore's event
        if model.name == "GetItem":
            self.usage.read_units += read_units(item_bytes(parsed.get("Item", {})))
