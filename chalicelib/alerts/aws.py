"""What channels over AWS share: the library, its time-outs, and which failure may pass."""

from collections.abc import Callable
from typing import Any

from chalicelib.alerts.port import Closed
from chalicelib.errors import ConfigurationError, Refused, Unreachable

MAY_PASS = frozenset(
    {"TooManyRequestsException", "LimitExceededException", "InternalError", "InternalFailure"}
)
"""Besides throttling, which has many names, and every answer of 429 or 5xx."""

CLOSED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccountSuspendedException",
        "AuthorizationError",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "MailFromDomainNotVerifiedException",
        "NotFound",
        "NotFoundException",
        "SendingPausedException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
TOO_MANY_REQUESTS = 429
FIRST_SERVER_ERROR = 500


def client(service: str, region: str, key: str) -> Any:  # noqa: ANN401 -- boto3 makes its clients as it runs
    """A client of one service; ``key`` is the table of the shop file that wants it.

    Raises:
        ConfigurationError: this machine has no boto3.
    """
    try:
        # Lambda has it; one machine has none, unless somebody installs it.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ConfigurationError(
            key,
            "it needs boto3, which is not installed here",
            "Run: pip install boto3; or use another channel",
        ) from None
    # One attempt: the queue tries again.
    limits = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=region or None, config=limits)


def call(service: str, request: Callable[[], object]) -> None:
    """Ask AWS for something.

    Raises:
        Unreachable, Refused: as ``alerts.port`` says.
    """
    # As above.
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        EndpointConnectionError,
        NoCredentialsError,
    )

    try:
        request()
    except ClientError as error:
        raise _refusal(service, error.response) from None
    except NoCredentialsError:
        raise Closed(f"{service}: there are no credentials", to_everybody=True) from None
    except BotoCoreError as error:
        maybe_done = not isinstance(error, EndpointConnectionError)
        raise Unreachable(
            "alert-unreachable", f"{service}: {type(error).__name__}", maybe_done=maybe_done
        ) from None


def _refusal(service: str, answer: Any) -> Refused | Unreachable:  # noqa: ANN401 -- as the library gives it
    code = str(answer["Error"]["Code"])
    status = int(answer["ResponseMetadata"].get("HTTPStatusCode", 0))
    detail = f"{service} answers {code}"
    if code in CLOSED:
        return Closed(detail, to_everybody=True)
    if (
        code in MAY_PASS
        or "throttl" in code.lower()
        or status >= FIRST_SERVER_ERROR
        or status == TOO_MANY_REQUESTS
    ):
        return Unreachable("alert-unreachable", detail)
    return Refused("alert-refused", detail)
