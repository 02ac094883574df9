"""Wire the gate at its first webhook. Importing this loads nothing but the standard library."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, partial

from chalicelib import shopfile
from chalicelib.clock import Clock, system_clock
from chalicelib.errors import ConfigurationError
from chalicelib.gate.aws import SQS, SSM, AwsClient, SqsSender, endpoint, read_parameter
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.webhook import Webhook
from chalicelib.metrics import SILENT, Metrics, metrics_of
from chalicelib.secret_store import SecretStore

QUEUE_URL = "LEADKEEPER_WORK_QUEUE_URL"

log = logging.getLogger(__name__)


class Doorkeeper:
    """The gate on AWS: takes rotated secrets into use while the function is warm."""

    def __init__(
        self,
        secrets: SecretStore,
        sources: Callable[[Mapping[str, str]], Mapping[str, Source]],
        put: Callable[[Envelope], None],
        metrics: Metrics = SILENT,
    ) -> None:
        """Receive for the sources that ``sources`` makes of an environment with its secrets."""
        self._secrets = secrets
        self._sources = sources
        self._environment: Mapping[str, str] | None = None
        self._gate = Gate({}, put, metrics)

    @property
    def counters(self) -> Counter[tuple[str, str]]:
        """How many webhooks were accepted, ignored or rejected, by (source, outcome)."""
        return self._gate.counters

    def receive(self, webhook: Webhook) -> Reply:
        """Answer one webhook. Without secrets nothing can be proved: the sender should come again."""
        try:
            self._keep_up()
        except Exception:
            log.exception("the gate cannot open")
            self.counters["?", "not-ready"] += 1
            return Reply(503, "try again later")
        return self._gate.receive(webhook)

    def _keep_up(self) -> None:
        environment = self._secrets.current()
        if environment is not self._environment:
            self._gate.sources = self._sources(environment)
            self._environment = environment


@cache
def gate() -> Doorkeeper:
    """The gate of this process on AWS. One machine makes its own.

    Raises:
        ConfigurationError: the shop file or the environment is wrong.
    """
    return on_aws(os.environ, system_clock)


def on_aws(environ: Mapping[str, str], clock: Clock) -> Doorkeeper:
    """The gate in front of a queue of AWS.

    Raises:
        ConfigurationError: names the variable that is missing.
    """
    queue_url = environ.get(QUEUE_URL)
    if not queue_url:
        raise ConfigurationError(QUEUE_URL, "not set in the environment", "Set it to the URL of the queue")
    ssm = AwsClient(SSM, environ, clock)
    return Doorkeeper(
        SecretStore(environ, partial(read_parameter, ssm), clock),
        _sources,
        SqsSender(queue_url, AwsClient(SQS, environ, clock)).put,
        metrics_of(environ, clock),
    )


def _sources(environment: Mapping[str, str]) -> Mapping[str, Source]:
    file = shopfile.load(environment)
    if file.published and endpoint(SQS, environment).hostname not in shopfile.LOOPBACK_HOSTS:
        # Anybody could sign with them, and the gate stands in the open internet.
        raise ConfigurationError(
            ", ".join(file.published),
            "the example's published demo secrets",
            "Set these to your own values",
        )
    sources = file.sources()
    for source in sources.values():
        _warn_of_missing(source)
    return sources


def _warn_of_missing(source: Source) -> None:
    """Say which settings refer to secrets that nobody set: the source's every webhook will be refused."""
    empty = [key for key, value in source.settings.items() if value != [] and not source.values(key)]
    if empty:
        log.error("secrets are missing", extra={"source": source.name, "settings": ", ".join(empty)})
