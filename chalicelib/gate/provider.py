"""What a provider tells the gate. One subclass a provider, in ``providers/<name>/gate.py``."""

import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.gate.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Source:
    """One account of one third party that calls us, as the gate needs it.

    Attributes:
        name: the source's name in ``shop.toml`` and in its URL.
        provider: the name of the provider's folder.
        settings: the source's settings; secrets are already resolved.
    """

    name: str
    provider: str
    settings: Mapping[str, object] = field(default_factory=dict)

    def values(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A setting that may hold one text or a list: two secrets are valid while one is rotated."""
        value = self.settings.get(key)
        if value is None or value == "":
            return default
        if isinstance(value, list | tuple):
            return tuple(str(item) for item in value if item != "")
        return (str(value),)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender gets to hear.

    Attributes:
        headers: those besides the content type, as pairs.
    """

    status: int = 200
    body: str = "ok"
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """How the queue treats an authentic webhook.

    Attributes:
        dedup_id: what makes this delivery the same as another one, in the provider's own terms.
            Two deliveries with the same ``dedup_id`` become one envelope.
        group: whose order of arrival is kept: see ``gate.tickets``. Empty if nothing is known.
        reply: what the sender of this very webhook must hear once it is durable; None for what each hears,
            ``GateProvider.accepted``.
    """

    dedup_id: str
    group: str = ""
    reply: Reply | None = None


class Forged(Exception):
    """The webhook does not prove that it comes from the source.

    Attributes:
        reason: a short code for the counter, such as ``wrong-token``. Never a value that was sent.
        status: 401 or 403, as the provider needs it.
    """

    def __init__(self, reason: str, status: int = 403) -> None:
        """Keep the reason code and the status of the answer."""
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Unwanted(Exception):
    """The webhook is answered like any other, and not kept. It is counted under its reason.

    Attributes:
        reason: a short code for the counter, such as ``honeypot``.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason code."""
        super().__init__(reason)
        self.reason = reason


class GateProvider(ABC):
    """What one kind of third party needs at the door.

    Implementations use the standard library only, keep no state and do no I/O.
    """

    methods = frozenset({"POST"})
    """How this third party calls. A browser that opens the URL must not look like a webhook."""

    accepted = Reply()
    """The answer to each webhook that was made durable, or needs nothing."""

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        """Answer a connection test that carries no proof of origin; None if it is no such test."""
        del webhook, source
        return None

    @abstractmethod
    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        """Prove the origin and return the webhook without its secrets.

        Tokens must not reach storage or logs, so they are taken out of path, query and body here.

        Raises:
            Forged: the origin is not proved.
        """

    @abstractmethod
    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Say what makes this authentic webhook unique, or None when there is nothing to keep.

        Must not refuse what it cannot read: an authentic webhook is kept, however broken,
        and the reader puts it into quarantine. ``content_ticket`` serves for those.

        Raises:
            Unwanted: a robot sent it.
        """

    def most_per_minute(self, source: Source) -> int | None:
        """How many authentic webhooks of a source one process takes in a minute; None for any number."""
        del source
        return None

    def answer(self, reply: Reply, webhook: Webhook, source: Source) -> Reply:
        """Word what this sender hears. A browser needs more than ``reply``, whether good or bad."""
        del webhook, source
        return reply


def same_secret(given: str, valid: tuple[str, ...]) -> bool:
    """Compare in constant time with each of the valid secrets; an empty secret is never valid."""
    # A path or a query may be decoded to half a surrogate pair, which plain UTF-8 refuses to encode.
    offered = given.encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(offered, secret.encode()) for secret in valid if secret]
    return any(matches)
