"""The gate's own AWS calls: signed as botocore signs, and patient within limits."""

import json
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from unittest.mock import patch
from urllib.parse import quote, urlsplit

import boto3
import botocore.auth
import pytest
import requests  # type: ignore[import-untyped]  # published without types
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.errors import ConfigurationError
from chalicelib.gate.aws import (
    SQS,
    SSM,
    AwsClient,
    AwsError,
    Limits,
    Service,
    SqsSender,
    endpoint,
    host_header,
    read_parameter,
    tls_context,
)
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.signing import Credentials, Signer
from chalicelib.gate.webhook import Webhook

from .aws_stub import REGION, Answer, AwsStub, running_stub, self_signed
from .first_webhook import QUEUE_URL

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WITHOUT_PAUSE = Limits(pause=0)
HASTY = Limits(connect=0.5, read=0.05, total=0.2, pause=0)
SECRETS = ("very-secret-key", "very-secret-session-token")


class SetClock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def stub() -> Iterator[AwsStub]:
    with running_stub() as stub:
        yield stub


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


class MakeClient(Protocol):
    def __call__(
        self, service: Service, limits: Limits = ..., monotonic: Callable[[], float] = ...
    ) -> AwsClient: ...


@pytest.fixture
def make_client(stub: AwsStub, clock: SetClock) -> Iterator[MakeClient]:
    """Clients of the stub, closed at the end."""
    with ExitStack() as stack:

        def make(
            service: Service,
            limits: Limits = WITHOUT_PAUSE,
            monotonic: Callable[[], float] = time.monotonic,
        ) -> AwsClient:
            client = AwsClient(service, stub.environment(), clock, limits, monotonic)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def sender(make_client: MakeClient) -> SqsSender:
    return SqsSender(QUEUE_URL, make_client(SQS))


@pytest.fixture
def hasty_sender(make_client: MakeClient) -> SqsSender:
    return SqsSender(QUEUE_URL, make_client(SQS, HASTY))


def an_envelope(body: bytes = b'{"name": "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0"}') -> Envelope:
    webhook = Webhook("tilda", "POST", (), {"q": "й"}, {"content-type": "text/plain"}, body, NOW)
    return Envelope.seal(webhook, "lead-1", "phone:9161234567")


# The signature

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30)
segments = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(
    key=words,
    secret=st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=60),
    token=st.one_of(st.just(""), words, st.from_regex(r"[A-Za-z0-9+/=]{1,400}", fullmatch=True)),
    region=st.sampled_from(["eu-central-1", "ru-central1", "us-gov-west-1"]) | words,
    service=st.sampled_from([SQS, SSM]),
    scheme=st.sampled_from(["http", "https"]),
    port=st.none() | st.integers(1, 65535),
    path=st.lists(segments, max_size=4),
    body=st.binary(max_size=200),
    now=st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis adds the zone
)
def test_a_request_is_signed_byte_for_byte_as_by_botocore(  # noqa: PLR0913 -- one argument a strategy
    *,
    key: str,
    secret: str,
    token: str,
    region: str,
    service: Service,
    scheme: str,
    port: int | None,
    path: list[str],
    body: bytes,
    now: datetime,
) -> None:
    url = f"{scheme}://queues.example" + (f":{port}" if port else "")
    url += "/" + "/".join(quote(part, safe="") for part in path if part not in {".", ".."})
    headers = {"Content-Type": service.content_type, "X-Amz-Target": f"{service.target}.Operation"}

    theirs = AWSRequest("POST", url, headers=headers, data=body)
    with patch.object(botocore.auth, "get_current_datetime", return_value=now):
        known = BotocoreCredentials(key, secret, token or None)
        botocore.auth.SigV4Auth(known, service.name, region).add_auth(theirs)

    parts = urlsplit(url)
    signer = Signer(Credentials(key, secret, token), region, service.name)
    ours = signer.sign(parts.path, {**headers, "Host": host_header(parts)}, body, now)
    # Theirs signs the host as well, and leaves it to the HTTP client to send it.
    assert ours.pop("host") == parts.netloc.removesuffix(":80" if scheme == "http" else ":443")
    assert ours == {name.lower(): value for name, value in theirs.headers.items()}


def test_spaces_in_header_values_are_signed_as_aws_sees_them() -> None:
    signer = Signer(Credentials("key", "secret"), REGION, "sqs")
    assert signer.sign("/", {"Host": " a  b "}, b"", NOW) == signer.sign("/", {"host": "a b"}, b"", NOW)


# Credentials and addresses


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"])
@pytest.mark.parametrize("value", ["", None])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environ = AwsStub().environment()
    environ.pop(name)
    with pytest.raises(ConfigurationError) as caught:
        AwsClient(SQS, environ if value is None else {**environ, name: value}, SetClock())
    assert caught.value.key == name


@pytest.mark.parametrize("value", ["very\nsecret", "very-секрет", "very\x00secret"])
def test_a_credential_that_fits_no_header_is_named_and_not_repeated(value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_environment({**AwsStub().environment(), "AWS_SESSION_TOKEN": value})
    assert caught.value.key == "AWS_SESSION_TOKEN"
    assert "very" not in str(caught.value)


def test_credentials_do_not_show_themselves() -> None:
    shown = repr(Credentials.from_environment(AwsStub().environment()))
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"AWS_REGION": "eu-west-1"}, "https://sqs.eu-west-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "https://sqs.eu-west-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://[::1]:4566"}, "http://[::1]:4566"),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SQS": "http://b"}, "http://b"),
        ({"AWS_ENDPOINT_URL_SSM": "http://a", "AWS_REGION": "x"}, "https://sqs.x.amazonaws.com"),
    ],
)
def test_the_environment_says_where_the_queue_is(environ: dict[str, str], url: str) -> None:
    assert endpoint(SQS, environ).geturl() == url


@pytest.mark.parametrize("url", ["sqs.example", "ftp://sqs.example", "http://", "http://a:b", "http://["])
def test_what_is_no_endpoint_is_named(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        endpoint(SQS, {"AWS_ENDPOINT_URL": url})
    assert caught.value.key == "AWS_ENDPOINT_URL"


# What is sent


def test_an_envelope_is_one_request_with_body_group_and_deduplication_id(
    stub: AwsStub, sender: SqsSender
) -> None:
    envelope = an_envelope()
    sender.put(envelope)
    (asked,) = stub.asked
    assert asked.headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert asked.headers["content-type"] == "application/x-amz-json-1.0"
    assert f"/20261120/{REGION}/sqs/aws4_request" in asked.headers["authorization"]
    assert asked.fields == {
        "QueueUrl": QUEUE_URL,
        "MessageBody": envelope.to_json(),
        "MessageGroupId": envelope.group,
        "MessageDeduplicationId": envelope.deduplication_id,
    }


def test_a_parameter_is_read_decrypted(stub: AwsStub, make_client: MakeClient) -> None:
    stub.parameters["/a/b"] = '{"TOKEN": "т"}'
    assert read_parameter(make_client(SSM), "/a/b") == '{"TOKEN": "т"}'
    (asked,) = stub.asked
    assert asked.headers["x-amz-target"] == "AmazonSSM.GetParameter"
    assert asked.headers["content-type"] == "application/x-amz-json-1.1"
    assert asked.fields == {"Name": "/a/b", "WithDecryption": True}


def test_the_largest_envelope_passes(stub: AwsStub, sender: SqsSender) -> None:
    envelope = an_envelope(b"\xff" * 256 * 1024)
    sender.put(envelope)
    assert stub.sent[0]["MessageBody"] == envelope.to_json()


def test_moto_takes_what_we_send(stub: AwsStub, make_client: MakeClient) -> None:
    with mock_aws():
        sqs = boto3.client("sqs", REGION, aws_access_key_id="a", aws_secret_access_key="b")
        queue_url = sqs.create_queue(QueueName="work.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        envelope = an_envelope()
        SqsSender(queue_url, make_client(SQS)).put(envelope)
        for _ in range(2):  # the second one as a retry would send it
            _replay(stub, f"https://sqs.{REGION}.amazonaws.com/")
        (message,) = sqs.receive_message(QueueUrl=queue_url, AttributeNames=["All"], MaxNumberOfMessages=10)[
            "Messages"
        ]
    assert Envelope.from_json(message["Body"]) == envelope
    assert message["Attributes"]["MessageGroupId"] == envelope.group
    assert message["Attributes"]["MessageDeduplicationId"] == envelope.deduplication_id


def test_moto_hands_us_a_secure_string(stub: AwsStub, make_client: MakeClient) -> None:
    stub.parameters["/a/b"] = ""
    read_parameter(make_client(SSM), "/a/b")
    with mock_aws():
        ssm = boto3.client("ssm", REGION, aws_access_key_id="a", aws_secret_access_key="b")
        ssm.put_parameter(Name="/a/b", Value="hidden", Type="SecureString")
        answer = _replay(stub, f"https://ssm.{REGION}.amazonaws.com/")
    stub.answers.append(Answer(content=answer))
    assert read_parameter(make_client(SSM), "/a/b") == "hidden"


def _replay(stub: AwsStub, url: str) -> bytes:
    """Hand the last request to moto, which listens inside the library ``requests``."""
    asked = stub.asked[-1]
    names = ("content-type", "x-amz-target", "x-amz-date", "authorization")
    headers = {name: asked.headers[name] for name in names}
    response = requests.post(url, data=asked.body, headers=headers, timeout=5)
    assert response.status_code == 200, response.text
    return bytes(response.content)


# One connection


def connections(stub: AwsStub) -> list[int]:
    """How many requests came over each connection, in order."""
    ports = [asked.connection for asked in stub.asked]
    return [ports.count(port) for port in dict.fromkeys(ports)]


def test_the_connection_is_used_again(stub: AwsStub, sender: SqsSender, clock: SetClock) -> None:
    for _ in range(3):
        sender.put(an_envelope())
        clock.now += timedelta(seconds=19)
    assert connections(stub) == [3]


def test_a_connection_that_waited_long_is_not_trusted(
    stub: AwsStub, sender: SqsSender, clock: SetClock
) -> None:
    sender.put(an_envelope())
    clock.now += timedelta(seconds=21)
    sender.put(an_envelope())
    assert connections(stub) == [1, 1]


def test_a_connection_that_the_server_closed_is_opened_again(stub: AwsStub, sender: SqsSender) -> None:
    stub.answers.extend([Answer(close=True), Answer(), Answer()])
    for _ in range(3):
        sender.put(an_envelope())
    assert connections(stub) == [1, 2]


def test_a_reopened_connection_may_still_need_its_second_attempt(stub: AwsStub, sender: SqsSender) -> None:
    stub.answers.extend([Answer(close=True), Answer.error(503, "ServiceUnavailable"), Answer()])
    for _ in range(2):
        sender.put(an_envelope())
    assert connections(stub) == [1, 2]


def test_after_a_failure_no_late_answer_is_taken_for_the_next_one(
    stub: AwsStub, hasty_sender: SqsSender
) -> None:
    hasty_sender.put(an_envelope())
    stub.answers.extend([Answer(hang=True), Answer()])
    hasty_sender.put(an_envelope())
    assert connections(stub) == [2, 1]


# Over TLS, as at AWS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "certificate.pem")


@pytest.fixture
def tls_stub(certificate: Path) -> Iterator[AwsStub]:
    with running_stub(certificate=certificate) as stub:
        yield stub


@pytest.fixture
def _without_known_authorities() -> Iterator[None]:
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.mark.usefixtures("_without_known_authorities")
def test_over_tls_a_connection_is_used_again_and_reopened(
    tls_stub: AwsStub, clock: SetClock, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    client = AwsClient(SQS, tls_stub.environment(), clock)
    tls_stub.answers.extend([Answer(), Answer(close=True), Answer()])
    for _ in range(3):
        SqsSender(QUEUE_URL, client).put(an_envelope())
    client.close()
    assert connections(tls_stub) == [2, 1]


@pytest.mark.usefixtures("_without_known_authorities")
def test_nothing_is_sent_to_a_server_that_cannot_prove_itself(tls_stub: AwsStub, clock: SetClock) -> None:
    client = AwsClient(SQS, tls_stub.environment(), clock, WITHOUT_PAUSE)
    with pytest.raises(AwsError, match="SSLCertVerificationError"):
        client.call("SendMessage", {})
    assert tls_stub.asked == []


# Trouble


@pytest.mark.parametrize(
    "trouble",
    [
        Answer.error(500, "InternalFailure"),
        Answer.error(503, "ServiceUnavailable"),
        Answer(502, b"<html>Bad gateway</html>"),
        Answer(429, b""),
        Answer.error(400, "ThrottlingException"),
        Answer.error(400, "RequestThrottled"),
    ],
)
def test_what_may_pass_is_tried_once_more(stub: AwsStub, sender: SqsSender, trouble: Answer) -> None:
    stub.answers.append(trouble)
    sender.put(an_envelope())
    first, second = stub.sent
    assert first == second


def test_what_does_not_pass_is_told_with_status_and_code(stub: AwsStub, sender: SqsSender) -> None:
    stub.answers.extend([Answer.error(503, "ServiceUnavailable")] * 2)
    with pytest.raises(AwsError, match=r"AmazonSQS\.SendMessage: 503, ServiceUnavailable") as caught:
        sender.put(an_envelope())
    assert (caught.value.status, caught.value.code) == (503, "ServiceUnavailable")
    assert len(stub.asked) == 2


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Answer.error(400, "QueueDoesNotExist"), 400, "QueueDoesNotExist"),
        (Answer(400, b'{"__type": "AccessDeniedException"}'), 400, "AccessDeniedException"),
        (Answer(403, b'{"__type": "x# very-secret"}'), 403, "no error code"),
        (Answer(403, b'{"__type": ["x"]}'), 403, "no error code"),
        (Answer(404, b"not here"), 404, "no error code"),
        (Answer(301, b""), 301, "no error code"),
        (Answer(200, b"hello"), 200, "unreadable answer"),
        (Answer(200, b"[]"), 200, "unreadable answer"),
        (Answer(200, b"\xff\xfe\xff"), 200, "unreadable answer"),
        (Answer(200, b"{}"), 200, "no message id"),
    ],
)
def test_what_cannot_pass_is_told_at_once(
    stub: AwsStub, sender: SqsSender, answer: Answer, status: int, code: str
) -> None:
    stub.answers.append(answer)
    with pytest.raises(AwsError) as caught:
        sender.put(an_envelope())
    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(stub.asked) == 1


@pytest.mark.parametrize("content", [b"{}", b'{"Parameter": null}', b'{"Parameter": {"Name": "x"}}'])
def test_a_parameter_without_a_value_is_told(stub: AwsStub, make_client: MakeClient, content: bytes) -> None:
    stub.answers.append(Answer(content=content))
    with pytest.raises(AwsError, match="no value"):
        read_parameter(make_client(SSM), "/a")


def test_a_server_that_hangs_is_left_within_the_budget(stub: AwsStub, hasty_sender: SqsSender) -> None:
    stub.answers.extend([Answer(hang=True)] * 3)
    began = time.monotonic()
    with pytest.raises(AwsError, match="no answer, TimeoutError"):
        hasty_sender.put(an_envelope())
    assert time.monotonic() - began < 2 * HASTY.total
    assert len(stub.asked) == 2


def test_no_attempt_begins_after_the_budget(stub: AwsStub, make_client: MakeClient) -> None:
    stub.answers.append(Answer.error(503, "ServiceUnavailable"))
    passing = iter([0.0, 0.0, 0.0, 3.95])
    client = make_client(SQS, Limits(), lambda: next(passing))
    with pytest.raises(AwsError, match="503"):
        client.call("SendMessage", {})
    assert len(stub.asked) == 1


def test_the_second_attempt_waits_only_as_long_as_the_budget_lasts(
    stub: AwsStub, make_client: MakeClient
) -> None:
    stub.answers.extend([Answer.error(503, "ServiceUnavailable"), Answer(hang=True)])
    passing = iter([0.0, 0.0, 0.0, 3.85, 3.95])
    client = make_client(SQS, Limits(), lambda: next(passing))
    began = time.monotonic()
    with pytest.raises(AwsError, match="TimeoutError"):
        client.call("SendMessage", {})
    assert time.monotonic() - began < 1


def test_where_nobody_listens_two_attempts_end_at_once(clock: SetClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        environ = {
            **AwsStub().environment(),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{taken.getsockname()[1]}",
        }
        with pytest.raises(AwsError, match="no answer, ConnectionRefusedError"):
            AwsClient(SQS, environ, clock, HASTY).call("SendMessage", {})


@pytest.mark.parametrize(
    "answers",
    [
        [Answer.error(403, "SignatureDoesNotMatch", f"x-amz-security-token:{SECRETS[1]}")],
        [Answer(403, f'{{"__type": "{SECRETS[0]}#{SECRETS[1]}"}}'.encode())],
        [Answer(hang=True)] * 2,
        [Answer(200, SECRETS[0].encode())],
    ],
)
def test_no_error_shows_a_secret(
    stub: AwsStub, hasty_sender: SqsSender, caplog: pytest.LogCaptureFixture, answers: list[Answer]
) -> None:
    stub.answers.extend(answers)
    with pytest.raises(AwsError) as caught:
        hasty_sender.put(an_envelope())
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text + json.dumps(vars(caught.value))
    assert not any(secret in shown for secret in SECRETS)
