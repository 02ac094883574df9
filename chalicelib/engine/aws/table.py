"""The few calls that this engine makes of its one DynamoDB table. Its layout: see the package."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.engine.aws.client import Client
from chalicelib.engine.port import VersionConflict

INDEX = "by-status"
MAX_BATCH = 100
"""As many items as DynamoDB gives in one read."""

Value = str | int | bytes
Item = Mapping[str, Value]
Key = tuple[str, str]
Request = dict[str, Any]


def key_of(item: Item) -> Key:
    """The key of an item."""
    return str(item["pk"]), str(item["sk"])


def is_expired(item: Item, now: datetime) -> bool:
    """True from the moment when it expires; DynamoDB removes it some time within the next days."""
    return "expires_at" in item and int(item["expires_at"]) <= now.timestamp()


class Table:
    """Items as plain mappings. Everything but the index is read as it is after the last write."""

    def __init__(self, client: Client, name: str) -> None:
        """Use this table.

        Args:
            client: boto3's client of DynamoDB.
            name: the table's name.
        """
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        """One item."""
        answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        """At most ``MAX_BATCH`` items, in the order of their keys, without those that do not exist."""
        found: dict[Key, Item] = {}
        wanted = {self._name: {"Keys": [_key(key) for key in keys], "ConsistentRead": True}} if keys else {}
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)
            items = [_plain(item) for item in answer["Responses"].get(self._name, ())]
            found.update({key_of(item): item for item in items})
            wanted = answer.get("UnprocessedKeys")
        return [found[key] for key in keys if key in found]

    def put(self, item: Item) -> None:
        """Write an item over whatever is there."""
        self._client.put_item(TableName=self._name, Item=_typed(item))

    def put_new(self, item: Item, now: datetime) -> None:
        """Write an item if there is none, or one that has expired by now and waits for its removal.

        Raises:
            VersionConflict: there is one.
        """
        self._write(
            "put_item",
            item,
            Item=_typed(item),
            ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
            ExpressionAttributeValues=_typed({":now": int(now.timestamp())}),
        )

    def update_if(self, item: Item, stored_version: int, now: datetime) -> None:
        """Change these attributes of an item if it has this version; its others stay.

        Raises:
            VersionConflict: it has another version, has expired by now, or is gone.
        """
        changes = {name: value for name, value in item.items() if name not in {"pk", "sk"}}
        self._write(
            "update_item",
            item,
            Key=_key(key_of(item)),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
            ConditionExpression=(
                "#version = :stored AND (attribute_not_exists(expires_at) OR expires_at > :now)"
            ),
            ExpressionAttributeNames={f"#{name}": name for name in changes},
            ExpressionAttributeValues=_typed(
                {
                    **{f":{name}": value for name, value in changes.items()},
                    ":stored": stored_version,
                    ":now": int(now.timestamp()),
                }
            ),
        )

    def delete_if(self, key: Key, name: str, value: Value) -> None:
        """Delete an item if this attribute has this value; without effect if it has another, or is gone."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                TableName=self._name,
                Key=_key(key),
                ConditionExpression="#name = :value",
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues=_typed({":value": value}),
            )

    def _write(self, operation: str, item: Item, **request: Any) -> None:  # noqa: ANN401 -- boto3's parameters
        try:
            getattr(self._client, operation)(
                TableName=self._name, ReturnValuesOnConditionCheckFailure="ALL_OLD", **request
            )
        except self._client.exceptions.ConditionalCheckFailedException as failure:
            if not _is_own_write(failure.response, item):
                raise VersionConflict(str(item["sk"])) from None

    def beginning(self, key: Key, limit: int) -> list[Item]:
        """The first items with this pk whose sk begins so."""
        pk, sk = key
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues=_typed({":pk": pk, ":sk": sk}),
            ConsistentRead=True,
            Limit=limit,
        )
        return [_plain(item) for item in answer["Items"]]

    def newest(self, status: str, page: int, since: str = "") -> Iterator[Item]:
        """Keys, status and time of the items with this status, newest first, later than ``since``.

        Read as far as they are asked for. The index follows the table within a moment, so an item may
        have another status already.
        """
        for answer in self._of_status(status, ScanIndexForward=False, Limit=page):
            items = [_plain(item) for item in answer["Items"]]
            # The time has an id behind it: one of the very moment is not later.
            later = [item for item in items if str(item["received_at"]) > f"{since}~"] if since else items
            yield from later
            if len(later) < len(items):
                return

    def before(self, status: str, since: str, before: str, page: int) -> Iterator[Item]:
        """The same of those from ``since`` on and earlier than ``before``, newest first."""
        times = {":since": since, ":before": before}
        condition = "received_at BETWEEN :since AND :before"
        for answer in self._of_status(status, condition, times, ScanIndexForward=False, Limit=page):
            for item in map(_plain, answer["Items"]):
                if str(item["received_at"]) != before:
                    yield item

    def between(self, status: str, after: str, until: str, page: int) -> Iterator[Item]:
        """The same of those later than ``after`` and not later than ``until``, oldest first."""
        times = {":after": after, ":until": f"{until}~"}
        for answer in self._of_status(status, "received_at BETWEEN :after AND :until", times, Limit=page):
            for item in map(_plain, answer["Items"]):
                if str(item["received_at"]) != after:
                    yield item

    def oldest(self, status: str, until: str, limit: int) -> list[Item]:
        """Keys, status and time of the first items with this status, none of a later time."""
        answer = self._client.query(
            TableName=self._name,
            IndexName=INDEX,
            KeyConditionExpression="#status = :status AND received_at <= :until",
            ExpressionAttributeNames={"#status": "status"},
            # The time has an id behind it: one of the very moment is not later.
            ExpressionAttributeValues=_typed({":status": status, ":until": f"{until}~"}),
            Limit=limit,
        )
        return [_plain(item) for item in answer["Items"]]

    def count(self, status: str) -> int:
        """How many items have this status, as the index has it."""
        return sum(answer["Count"] for answer in self._of_status(status, Select="COUNT"))

    def _of_status(
        self,
        status: str,
        condition: str = "",
        values: Item | None = None,
        **request: Any,  # noqa: ANN401 -- boto3's parameters
    ) -> Iterator[Request]:
        more = True
        while more:
            answer = self._client.query(
                TableName=self._name,
                IndexName=INDEX,
                KeyConditionExpression=" AND ".join(filter(None, ("#status = :status", condition))),
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=_typed({":status": status, **(values or {})}),
                **request,
            )
            yield answer
            more = "LastEvaluatedKey" in answer
            request["ExclusiveStartKey"] = answer.get("LastEvaluatedKey")


def _is_own_write(failure: Request, item: Item) -> bool:
    """True if the condition failed because the first attempt succeeded and only its answer was lost."""
    was_repeated = failure["ResponseMetadata"].get("RetryAttempts", 0) > 0
    return was_repeated and _plain(failure.get("Item", {})).items() >= item.items()


def _key(key: Key) -> Request:
    pk, sk = key
    return _typed({"pk": pk, "sk": sk})


def _typed(item: Item) -> Request:
    """As DynamoDB wants it: each value with its type, numbers as text."""
    return {name: _typed_value(value) for name, value in item.items()}


def _typed_value(value: Value) -> Mapping[str, str | bytes]:
    match value:
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case int():
            return {"N": str(value)}


def _plain(item: Request) -> Item:
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values())) for name, value in item.items()
    }
