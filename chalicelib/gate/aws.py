"""The two AWS calls of the gate, in the standard library: send to a queue, read a parameter.

The official library costs a cold start more than everything else together (``benchmarks/cold_start.py``),
and a small shop's every webhook may be a cold start.
"""

import http.client
import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chalicelib.clock import Clock
from chalicelib.errors import ConfigurationError
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.signing import Credentials, Signer

KEPT_FOR = timedelta(seconds=20)
"""How long an unused connection may be used again. Lambda freezes a function between its invocations, and a
frozen function may not hear that its connection was dropped: a new one costs less than waiting in vain."""

TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
ERROR_CODE = re.compile(r"[A-Za-z][\w.]{0,80}")

log = logging.getLogger(__name__)


class AwsError(Exception):
    """AWS did not do what we asked. The text holds no credentials and nothing of the request.

    Attributes:
        operation: what was asked, such as ``AmazonSQS.SendMessage``.
        status: the HTTP status; 0 if there was no answer.
        code: the error code of AWS, such as ``QueueDoesNotExist``, else what happened.
        transient: True if a retry makes sense.
    """

    def __init__(self, operation: str, status: int, code: str) -> None:
        """Keep what is known."""
        super().__init__(f"{operation}: {status or 'no answer'}, {code}")
        self.operation = operation
        self.status = status
        self.code = code
        self.transient = (
            status == 0 or status >= SERVER_ERROR or status == TOO_MANY_REQUESTS or "throttl" in code.lower()
        )


@dataclass(frozen=True, slots=True)
class Service:
    """What differs between the services that speak JSON.

    Attributes:
        name: as in host names and signatures.
        target: what stands before the operation in ``X-Amz-Target``.
        content_type: the version of the protocol.
    """

    name: str
    target: str
    content_type: str


SQS = Service("sqs", "AmazonSQS", "application/x-amz-json-1.0")
SSM = Service("ssm", "AmazonSSM", "application/x-amz-json-1.1")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a call may take, in seconds. Some senders wait for us no longer than 1.5 to 15.

    Attributes:
        connect: for a connection.
        read: for each answer of the other side.
        total: for all attempts together; no attempt begins or waits after it.
        pause: before the second attempt.
    """

    connect: float = 1.0
    read: float = 2.0
    total: float = 4.0
    pause: float = 0.1


class AwsClient:
    """Calls one service over one connection, which the invocations of a warm function share.

    One thread at a time, as Lambda does it.
    """

    def __init__(
        self,
        service: Service,
        environ: Mapping[str, str],
        clock: Clock,
        limits: Limits = Limits(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Call the service as the environment says. Connects at the first call.

        Raises:
            ConfigurationError: credentials or region are missing, or the endpoint is no URL.
        """
        region = _region(environ)
        self._service = service
        self._clock = clock
        self._limits = limits
        self._monotonic = monotonic
        self._signer = Signer(Credentials.from_environment(environ), region, service.name)
        self._connection = _Connection(endpoint(service, environ), clock, limits, monotonic)

    def call(self, operation: str, request: Mapping[str, object]) -> dict[str, Any]:
        """Ask for one operation; once more if it failed in a way that may pass.

        A second attempt is harmless although the first one may have been carried out unseen: reading
        changes nothing, and a FIFO queue takes a message with the same deduplication id only once.

        Raises:
            AwsError: AWS did not answer, or refused.
        """
        target = f"{self._service.target}.{operation}"
        body = json.dumps(request).encode()
        deadline = self._monotonic() + self._limits.total
        try:
            return self._attempt(target, body, deadline)
        except AwsError as error:
            if not error.transient or self._monotonic() + self._limits.pause >= deadline:
                raise
            log.warning("trying again", extra={"error": str(error)})
        time.sleep(self._limits.pause)
        return self._attempt(target, body, deadline)

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        self._connection.close()

    def _attempt(self, target: str, body: bytes, deadline: float) -> dict[str, Any]:
        connection = self._connection
        headers = {
            "Host": connection.host,
            "Content-Type": self._service.content_type,
            "X-Amz-Target": target,
        }
        signed = self._signer.sign(connection.path, headers, body, self._clock())
        try:
            status, content = connection.post(signed, body, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise AwsError(target, 0, type(error).__name__) from error
        answer = _json_object(content)
        if status != http.client.OK:
            raise AwsError(target, status, _error_code(answer))
        if answer is None:
            raise AwsError(target, status, "unreadable answer")
        return answer


class SqsSender:
    """Makes envelopes durable in a FIFO queue."""

    def __init__(self, queue_url: str, sqs: AwsClient) -> None:
        """Send to this queue."""
        self._queue_url = queue_url
        self._sqs = sqs

    def put(self, envelope: Envelope) -> None:
        """Send one message; it is durable when this returns.

        Raises:
            AwsError: the queue did not take it, or we do not know.
        """
        request = {
            "QueueUrl": self._queue_url,
            "MessageBody": envelope.to_json(),
            "MessageGroupId": envelope.group,
            "MessageDeduplicationId": envelope.deduplication_id,
        }
        answer = self._sqs.call("SendMessage", request)
        if not answer.get("MessageId"):
            # Whatever says 200 to anything is no queue, and the sender would never send it again.
            raise AwsError("AmazonSQS.SendMessage", http.client.OK, "no message id")


def read_parameter(ssm: AwsClient, name: str) -> str:
    """The value of a parameter, decrypted.

    Raises:
        AwsError: it cannot be read.
    """
    answer = ssm.call("GetParameter", {"Name": name, "WithDecryption": True})
    try:
        return str(answer["Parameter"]["Value"])
    except (KeyError, TypeError):
        raise AwsError("AmazonSSM.GetParameter", http.client.OK, "no value") from None


def endpoint(service: Service, environ: Mapping[str, str]) -> SplitResult:
    """Where the service is: ``AWS_ENDPOINT_URL_SQS``, ``AWS_ENDPOINT_URL``, else AWS itself.

    Raises:
        ConfigurationError: it is no URL.
    """
    for name in (f"AWS_ENDPOINT_URL_{service.name.upper()}", "AWS_ENDPOINT_URL"):
        if environ.get(name):
            return _parsed(name, environ[name])
    return urlsplit(f"https://{service.name}.{_region(environ)}.amazonaws.com")


def host_header(url: SplitResult) -> str:
    """Host and port as they are signed: without the scheme's own port."""
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
    own_port = {"http": http.client.HTTP_PORT, "https": http.client.HTTPS_PORT}[url.scheme]
    return host if url.port in (None, own_port) else f"{host}:{url.port}"


@cache
def tls_context() -> ssl.SSLContext:
    """One for all connections: loading the certificate authorities takes a while."""
    return ssl.create_default_context()


class _Connection:
    """One connection to one endpoint, opened when it is needed."""

    def __init__(
        self, url: SplitResult, clock: Clock, limits: Limits, monotonic: Callable[[], float]
    ) -> None:
        self.host = host_header(url)
        self.path = url.path or "/"
        self._http = _http_connection(url)
        self._clock = clock
        self._limits = limits
        self._monotonic = monotonic
        self._used_at: datetime | None = None

    def post(self, headers: Mapping[str, str], body: bytes, deadline: float) -> tuple[int, bytes]:
        """Post over the kept connection, or over a new one if the server closed it meanwhile.

        Raises:
            OSError, http.client.HTTPException: there is no connection, or no answer in time.
        """
        if self._is_fresh():
            try:
                return self._exchange(headers, body, deadline)
            except TimeoutError:
                raise
            except (OSError, http.client.HTTPException):
                log.info("the connection was closed, opening another one")
        self._open(deadline)
        return self._exchange(headers, body, deadline)

    def close(self) -> None:
        self._http.close()

    def _is_fresh(self) -> bool:
        is_open = self._http.sock is not None
        return is_open and self._used_at is not None and self._clock() - self._used_at < KEPT_FOR

    def _open(self, deadline: float) -> None:
        self._http.close()
        self._http.timeout = self._within(deadline, self._limits.connect)
        self._http.connect()

    def _exchange(self, headers: Mapping[str, str], body: bytes, deadline: float) -> tuple[int, bytes]:
        try:
            self._http.sock.settimeout(self._within(deadline, self._limits.read))
            self._http.request("POST", self.path, body, headers)
            response = self._http.getresponse()
            content = response.read()
        except BaseException:
            # Half an exchange must not be taken for the answer to the next one.
            self._http.close()
            raise
        self._used_at = self._clock()
        return response.status, content

    def _within(self, deadline: float, limit: float) -> float:
        left = deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return min(limit, left)


def _http_connection(url: SplitResult) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        return http.client.HTTPSConnection(host, url.port, context=tls_context())
    return http.client.HTTPConnection(host, url.port)


def _parsed(name: str, text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        is_usable = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigurationError(name, "it is no http:// or https:// URL", "Correct or remove it")
    return url


def _region(environ: Mapping[str, str]) -> str:
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConfigurationError("AWS_REGION", "not set in the environment", "Name the region of the queue")
    return region


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _error_code(answer: Mapping[str, Any] | None) -> str:
    """The error code, and never the message: on a wrong signature it repeats the session token."""
    code = str((answer or {}).get("__type", "")).rpartition("#")[2]
    return code if ERROR_CODE.fullmatch(code) else "no error code"
