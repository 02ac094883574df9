import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from chalicelib.clock import Clock
from chalicelib.engine.aws.journal import MAX_INLINE_CONTENT
from chalicelib.engine.aws.queue import SqsQueue
from chalicelib.engine.aws.table import Table
from chalicelib.engine.port import Document, Engine, VersionConflict
from chalicelib.entry import Status
from chalicelib.gate.gate import MAX_BODY_BYTES
from sandbox.clock import SteppedClock
from tests.crashes import Crash
from tests.engine.aws_cloud import VISIBILITY, client_in_process
from tests.engine.contract import (
    IDS,
    NOON,
    PERSONAL_DATA,
    PHONE,
    EngineContract,
    Rig,
    an_envelope,
    drained,
    received,
)
from tests.engine.moto_aws import MotoCloud

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/work.fifo"
EXPIRED = "Value AQEB for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
GONE = (
    "Value AQEB for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not"
    " available for visibility timeout change."
)
TOO_LONG = (
    "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the"
    " message is beyond the limit [43200 seconds]"
)


class TestContract(EngineContract):
    """Tests that are defined here again show what AWS does otherwise."""

    @pytest.fixture(autouse=True)
    def on_aws(self, cloud: MotoCloud) -> None:
        self.cloud = cloud

    def open_engine(self, folder: Path, clock: Clock) -> Engine:
        return self.cloud.engine(folder.name, clock)

    def test_entries_are_found_by_a_short_beginning_too(self, rig: Rig) -> None:
        wanted = rig.engine.journal.open(an_envelope(), NOON).id
        assert rig.engine.journal.find(wanted[:11]) == []
        assert rig.engine.journal.find("") == []

    def test_depth_tells_since_when_the_oldest_message_waits(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        assert rig.work.depth().oldest_at is None


@pytest.fixture
def engine(cloud: MotoCloud, clock: SteppedClock) -> Engine:
    return cloud.engine("leadkeeper", clock)


@pytest.fixture
def sqs() -> Stubber:
    """SQS that answers what a test says."""
    return Stubber(client_in_process("sqs"))


@pytest.fixture
def dynamodb() -> Stubber:
    """DynamoDB that answers what a test says."""
    return Stubber(client_in_process("dynamodb"))


# The queue


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterValue", EXPIRED),
        ("InvalidParameterValue", GONE),
        ("ReceiptHandleIsInvalid", "The input receipt handle is invalid."),
        ("AWS.SimpleQueueService.MessageNotInflight", ""),
    ],
)
def test_what_sqs_says_of_a_stale_receipt_is_no_error(sqs: Stubber, code: str, message: str) -> None:
    sqs.add_client_error("delete_message", code, message)
    sqs.add_client_error("change_message_visibility", code, message)
    queue = SqsQueue(sqs.client, URL, VISIBILITY)
    with sqs:
        queue.done("AQEB")
        queue.retry_after("AQEB", timedelta(seconds=5))
    sqs.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterValue", TOO_LONG),
        ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."),
        ("AccessDenied", "Access to the resource is denied."),
        ("RequestThrottled", ""),
        ("InternalError", ""),
    ],
)
def test_anything_else_that_sqs_says_is_an_error(sqs: Stubber, code: str, message: str) -> None:
    sqs.add_client_error("delete_message", code, message)
    sqs.add_client_error("change_message_visibility", code, message)
    queue = SqsQueue(sqs.client, URL, VISIBILITY)
    with sqs:
        with pytest.raises(ClientError):
            queue.done("AQEB")
        with pytest.raises(ClientError):
            queue.retry_after("AQEB", timedelta(seconds=5))


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (timedelta(seconds=-1), 0),
        (timedelta(), 0),
        (timedelta(milliseconds=1), 1),
        (timedelta(minutes=15), 900),
        (timedelta(hours=12), 12 * 3600 - 120),
        (timedelta(days=3), 12 * 3600 - 120),
    ],
)
def test_a_delay_is_cut_to_what_sqs_takes(sqs: Stubber, delay: timedelta, seconds: int) -> None:
    expected = {"QueueUrl": URL, "ReceiptHandle": "AQEB", "VisibilityTimeout": seconds}
    sqs.add_response("change_message_visibility", {}, expected)
    with sqs:
        SqsQueue(sqs.client, URL, VISIBILITY).retry_after("AQEB", delay)


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (timedelta(), 0),
        (timedelta(milliseconds=300), 1),
        (timedelta(seconds=20), 20),
        (timedelta(minutes=5), 20),
    ],
)
def test_sqs_waits_at_most_20_seconds_for_a_message(sqs: Stubber, wait: timedelta, seconds: int) -> None:
    expected = {
        "QueueUrl": URL,
        "MaxNumberOfMessages": 1,
        "MessageSystemAttributeNames": ["ApproximateReceiveCount", "SentTimestamp"],
        "VisibilityTimeout": 120,
        "WaitTimeSeconds": seconds,
    }
    sqs.add_response("receive_message", {}, expected)
    with sqs:
        assert SqsQueue(sqs.client, URL, VISIBILITY).receive(wait) is None


def test_a_message_that_is_put_off_for_days_comes_back_after_half_a_day(
    engine: Engine, clock: SteppedClock
) -> None:
    engine.work.put(an_envelope())
    engine.work.retry_after(received(engine.work).receipt, timedelta(days=3))
    clock.now += timedelta(hours=12) - VISIBILITY - timedelta(seconds=1)
    assert engine.work.receive() is None
    clock.now += timedelta(seconds=1)
    assert drained(engine.work) == [an_envelope()]


# The journal


def test_the_largest_webhook_fits_into_a_message_and_an_item(engine: Engine) -> None:
    envelope = an_envelope(body=secrets.token_bytes(MAX_BODY_BYTES))
    engine.work.put(envelope)
    engine.journal.open(received(engine.work).envelope, NOON)
    assert engine.journal.envelope(envelope.id) == envelope


def items_of(cloud: MotoCloud) -> dict[str, dict[str, Any]]:
    """All items by the beginning of their sort key."""
    items = cloud.dynamodb.scan(TableName="leadkeeper")["Items"]
    return {item["sk"]["S"].split("#")[0]: item for item in items}


def test_the_table_is_told_when_what_expires(engine: Engine, cloud: MotoCloud) -> None:
    body = secrets.token_bytes(MAX_INLINE_CONTENT)
    entry = engine.journal.open(an_envelope(body=body), NOON)
    engine.journal.save(entry.closed(Status.DONE, "", "", NOON + timedelta(days=9)))
    engine.documents.put(Document("client:1", {}, 0))
    expiries = {kind: int(item["expires_at"]["N"]) for kind, item in items_of(cloud).items()}
    assert expiries == {
        "content": int((NOON + PERSONAL_DATA).timestamp()),
        "entry": int((NOON + PERSONAL_DATA).timestamp()),
        "document": int((NOON + PERSONAL_DATA).timestamp()),
        "tombstone": int((NOON + IDS).timestamp()),
    }


def test_what_stays_for_the_longest_time_is_nothing_but_the_id(engine: Engine, cloud: MotoCloud) -> None:
    engine.journal.open(an_envelope(group=f"phone:{PHONE}", body=PHONE.encode()), NOON)
    names = {"pk", "sk", "id", "content_id", "source", "came_at", "entry_expires_at", "expires_at"}
    assert set(items_of(cloud)["tombstone"]) == names


def test_a_small_content_is_a_part_of_its_entry_and_a_large_one_is_not(
    engine: Engine, cloud: MotoCloud
) -> None:
    small = an_envelope("small")
    engine.journal.save(engine.journal.open(small, NOON).closed(Status.DONE, "", "", NOON))
    assert engine.journal.envelope(small.id) == small
    assert "content" not in items_of(cloud)
    large = an_envelope("large", body=secrets.token_bytes(MAX_INLINE_CONTENT))
    engine.journal.open(large, NOON)
    assert engine.journal.envelope(large.id) == large
    assert "content" in items_of(cloud)


def test_a_crash_between_tombstone_and_entry_loses_nothing(cloud: MotoCloud, clock: SteppedClock) -> None:
    slow, fresh = cloud.engine("leadkeeper", clock, watched=True), cloud.engine("leadkeeper", clock)

    def crash(call: str) -> None:
        if call == "after PutItem":
            raise Crash(call)

    cloud.listener = crash
    with pytest.raises(Crash):
        slow.journal.open(an_envelope(), NOON)
    assert set(items_of(cloud)) == {"tombstone"}
    assert fresh.journal.get(an_envelope().id) is None
    assert fresh.journal.open(an_envelope(), NOON).is_open
    assert fresh.journal.envelope(an_envelope().id) == an_envelope()


def test_what_dynamodb_has_removed_is_known_by_its_tombstone(
    engine: Engine, cloud: MotoCloud, clock: SteppedClock
) -> None:
    entry = engine.journal.save(engine.journal.open(an_envelope(), NOON).closed(Status.DONE, "", "", NOON))
    item = items_of(cloud)["entry"]
    cloud.dynamodb.delete_item(TableName="leadkeeper", Key={"pk": item["pk"], "sk": item["sk"]})
    clock.now = NOON + PERSONAL_DATA
    found = engine.journal.open(an_envelope(), clock.now)
    assert found.status is Status.EXPIRED
    assert found.content_id == entry.content_id
    assert set(items_of(cloud)) == {"tombstone"}


def test_who_opens_an_entry_a_moment_later_with_another_content_does_not_change_the_first_one(
    cloud: MotoCloud, clock: SteppedClock
) -> None:
    first, second = an_envelope(body=b"first"), an_envelope(body=b"second")
    slow, fast = cloud.engine("leadkeeper", clock, watched=True), cloud.engine("leadkeeper", clock)

    def overtake(call: str) -> None:
        if call == "before PutItem":
            fast.journal.open(first, NOON)

    cloud.listener = overtake  # just after the slow one has seen that there is no entry
    entry = slow.journal.open(second, NOON)
    assert entry.content_id == first.content_id
    assert fast.journal.envelope(first.id) == first


def test_a_write_whose_answer_was_lost_is_no_conflict(cloud: MotoCloud, clock: SteppedClock) -> None:
    """boto3 repeats it by itself, and then its condition is no longer true."""
    engine = cloud.engine("leadkeeper", clock, watched=True)
    attempts = [cloud.lose_first_answers(operation) for operation in ("PutItem", "UpdateItem")]
    entry = engine.journal.open(an_envelope(), NOON)
    saved = engine.journal.save(entry.closed(Status.DONE, "", "", NOON))
    assert engine.journal.get(entry.id) == saved
    document = engine.documents.put(Document("client:1", {"a": 1}, 0))
    assert engine.documents.put(document) == engine.documents.get("client:1")
    assert attempts == [[1, 2] * 3, [1, 2] * 2]
    with pytest.raises(VersionConflict):
        engine.journal.save(entry.waiting("too late", "", NOON))
    with pytest.raises(VersionConflict):
        engine.documents.put(Document("client:1", {"a": 2}, 0))


def test_the_same_written_by_somebody_else_is_a_conflict(engine: Engine) -> None:
    engine.documents.put(Document("client:1", {"a": 1}, 0))
    with pytest.raises(VersionConflict):
        engine.documents.put(Document("client:1", {"a": 1}, 0))


def test_the_latest_entries_are_read_page_by_page(engine: Engine) -> None:
    opened = [
        engine.journal.open(
            an_envelope(
                str(number), source="rare" if number % 20 == 0 else "mango", at=NOON + number * VISIBILITY
            ),
            NOON,
        )
        for number in range(240)
    ]
    newest = opened[::-1]
    assert engine.journal.latest(limit=230) == newest[:230]
    assert engine.journal.latest(source="rare", limit=11) == newest[19::20][:11]


def test_an_index_that_is_behind_does_not_show_what_is_no_longer_so(engine: Engine, cloud: MotoCloud) -> None:
    entry = engine.journal.open(an_envelope(), NOON)
    engine.journal.save(entry.closed(Status.DONE, "", "", NOON))
    cloud.dynamodb.update_item(
        TableName="leadkeeper",
        Key={"pk": {"S": entry.id[:12]}, "sk": {"S": f"entry#{entry.id}"}},
        UpdateExpression="SET #status = :parked",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":parked": {"S": "parked"}},
    )
    assert engine.journal.latest([Status.PARKED]) == []


def test_what_dynamodb_leaves_out_of_an_answer_is_asked_for_again(dynamodb: Stubber) -> None:
    def key(sk: str) -> dict[str, Any]:
        return {"pk": {"S": "a"}, "sk": {"S": sk}}

    rest = {"table": {"Keys": [key("1")], "ConsistentRead": True}}
    dynamodb.add_response("batch_get_item", {"Responses": {"table": [key("2")]}, "UnprocessedKeys": rest})
    dynamodb.add_response(
        "batch_get_item", {"Responses": {"table": [key("1")]}, "UnprocessedKeys": {}}, {"RequestItems": rest}
    )
    with dynamodb:
        found = Table(dynamodb.client, "table").get_many([("a", "1"), ("a", "2"), ("a", "3")])
    assert [item["sk"] for item in found] == ["1", "2"]


def test_a_count_goes_on_to_the_last_page(dynamodb: Stubber) -> None:
    dynamodb.add_response("query", {"Count": 5000, "LastEvaluatedKey": {"pk": {"S": "a"}}})
    dynamodb.add_response("query", {"Count": 0, "LastEvaluatedKey": {"pk": {"S": "b"}}})
    dynamodb.add_response("query", {"Count": 7})
    with dynamodb:
        assert Table(dynamodb.client, "table").count("done") == 5007
    dynamodb.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "InternalServerError"])
def test_a_table_that_is_in_trouble_is_no_conflict(dynamodb: Stubber, code: str) -> None:
    dynamodb.add_client_error("put_item", code)
    with dynamodb, pytest.raises(ClientError, match=code):
        Table(dynamodb.client, "table").put_new({"pk": "a", "sk": "b", "version": 1}, NOON)


# Documents


def test_a_document_may_have_a_key_that_is_longer_than_the_tables_keys(engine: Engine) -> None:
    one, other = "client:" + "я" * 3000, "client:" + "я" * 3001
    stored = engine.documents.put(Document(one, {"a": 1}, 0))
    assert engine.documents.get(one) == stored
    assert engine.documents.get(other) == Document(other, {}, 0)
