"""SNS and SES: the library's own client, which checks requests by AWS's model, without the network."""

import builtins
import email
from email import policy
from typing import Any, ClassVar

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib.alerts import aws
from chalicelib.alerts.port import AlertChannel, Closed
from chalicelib.alerts.ses import SesChannel
from chalicelib.alerts.sns import SnsChannel
from chalicelib.errors import ConfigurationError, Unreachable

from .contract import URL, ChannelContract, Trouble, an_alert

TOPIC = "arn:aws:sns:eu-central-1:123456789012:leadkeeper-alerts"
REFUSE = EndpointConnectionError(endpoint_url="https://aws")
HANG = ReadTimeoutError(endpoint_url="https://aws")


class Raw:
    """What the library takes for a stream."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self._content


class Aws:
    """Answers a client instead of the network."""

    def __init__(self, service: str, answer: tuple[int, str, bytes] | Exception) -> None:
        self.client = boto3.client(
            service,
            region_name="eu-central-1",
            aws_access_key_id="x",
            aws_secret_access_key="s3cret",
            config=aws_config(),
        )
        self.parameters: list[dict[str, Any]] = []
        self._answer = answer
        self.client.meta.events.register("before-parameter-build.*.*", self._keep)
        self.client.meta.events.register("before-send.*.*", self._send)

    def _keep(self, params: dict[str, Any], **_: Any) -> None:
        self.parameters.append(params)

    def _send(self, **_: Any) -> AWSResponse:
        if isinstance(self._answer, Exception):
            raise self._answer
        status, code, body = self._answer
        return AWSResponse("https://aws", status, {"x-amzn-errortype": code}, Raw(body))


def aws_config() -> Any:
    from botocore.config import Config  # noqa: PLC0415 -- as the code under test

    return Config(retries={"total_max_attempts": 1})


def sns_error(status: int, code: str) -> tuple[int, str, bytes]:
    body = (
        '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
    return status, code, body.encode()


PUBLISHED = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId>'
    "</PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>"
)


class TestSns(ChannelContract):
    secrets: ClassVar[tuple[str, ...]] = ("s3cret",)
    longest = 60_000
    answers: ClassVar[dict[str | None, Any]] = {
        None: (200, "", PUBLISHED.encode()),
        "refuse": REFUSE,
        "hang": HANG,
        "429": sns_error(400, "Throttling"),
        "500": sns_error(500, "InternalError"),
        "refused": sns_error(400, "InvalidParameter"),
        "closed": sns_error(404, "NotFound"),
    }

    def channel(self, trouble: Trouble | None = None) -> AlertChannel:
        self.works = trouble is None
        self.aws = Aws("sns", self.answers[trouble])
        return SnsChannel(self.aws.client, TOPIC, "Тенты")

    def told(self) -> list[str]:
        return [sent["Message"] for sent in self.aws.parameters] if self.works else []

    def subject(self, text: str) -> str:
        self.tell(self.channel(), an_alert(text))
        return str(self.aws.parameters[-1]["Subject"])

    @pytest.mark.parametrize("text", ["x" * 500, "🔥" * 500, "a\tb\x07c\r\nd", "\n\nx"])
    def test_a_subject_that_sns_takes(self, text: str) -> None:
        subject = self.subject(text)
        assert 0 < len(subject) < 100
        assert subject.isprintable()

    def test_the_link_stands_below_the_text(self) -> None:
        self.tell(self.channel(), an_alert("x", acknowledge_url=URL, acknowledge_label="Занимаюсь"))
        assert self.told() == [f"x\n\nЗанимаюсь: {URL}"]

    @pytest.mark.parametrize("code", ["AuthorizationError", "InvalidClientTokenId"])
    def test_missing_rights_close_it(self, code: str) -> None:
        self.answers_with(sns_error(403, code), Closed)

    def test_whatever_is_throttled_comes_again(self) -> None:
        self.answers_with(sns_error(400, "ThrottledException"), Unreachable)

    def answers_with(self, answer: Any, kind: type[Exception]) -> None:
        channel = SnsChannel(Aws("sns", answer).client, TOPIC, "Тенты")
        with pytest.raises(kind):
            self.tell(channel, an_alert())


class TestSes(ChannelContract):
    secrets: ClassVar[tuple[str, ...]] = ("s3cret",)
    longest = 21_000
    answers: ClassVar[dict[str | None, Any]] = {
        None: (200, "", b'{"MessageId": "1"}'),
        "refuse": REFUSE,
        "hang": HANG,
        "429": (429, "TooManyRequestsException", b"{}"),
        "500": (500, "InternalFailure", b"{}"),
        "refused": (400, "MessageRejected", b"{}"),
        "closed": (400, "MailFromDomainNotVerifiedException", b"{}"),
    }

    def channel(self, trouble: Trouble | None = None) -> AlertChannel:
        self.works = trouble is None
        self.aws = Aws("sesv2", self.answers[trouble])
        return SesChannel(self.aws.client, "alerts@shop.example", "Тенты")

    def told(self) -> list[str]:
        if not self.works:
            return []
        return [
            email.message_from_bytes(sent["Content"]["Raw"]["Data"], policy=policy.default)
            .get_content()
            .strip("\n")
            for sent in self.aws.parameters
        ]

    def test_only_the_person_gets_it(self) -> None:
        self.tell(self.channel(), an_alert())
        (sent,) = self.aws.parameters
        assert sent["Destination"] == {"ToAddresses": ["ivan@shop.example"]}
        assert sent["FromEmailAddress"] == "alerts@shop.example"


def test_a_machine_without_the_library_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "boto3":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigurationError, match="pip install boto3") as caught:
        aws.client("sns", "", "alerts.sns")
    assert caught.value.key == "alerts.sns"
