"""What a provider's ``poll.py`` offers, for a third party that calls nobody and must be asked.

Each thing that it tells becomes an envelope, and goes the same way as a webhook: journal, ``read.py``, rules.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx
from pydantic import Field

from chalicelib.config_types import Duration
from chalicelib.errors import Refused, Unreachable
from chalicelib.events import ParcelStatus
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import SourceSettings

TIMEOUT = httpx.Timeout(20, connect=5)
EVERY = timedelta(minutes=2)
LONGEST_ROUND = timedelta(minutes=2)
"""A source that needs longer goes on in its next round: others wait for their turn."""

LONGEST_CALL = timedelta(hours=2)
"""A call is told by the time when it began, but many services tell it only when it is over."""

FOR_EVER = timedelta(days=3650)
"""The overlap of a source that tells each thing once: however late that is, it is taken."""


class PolledSettings(SourceSettings):
    """What each source can set that is asked.

    Attributes:
        every: how often it is asked.
    """

    every: Duration = Field(default=EVERY, ge=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that the third party tells.

    Attributes:
        dedup_id: what makes it the same thing when it is told again, as a ``Ticket`` has it.
        group: whose order it keeps, as a ``Ticket`` has it.
        at: when it happened; None if that cannot be read: it is taken whenever it was.
        content: as it came, or its JSON written again if it was a part of something larger.
        path: tells the reader what it is, where a source tells several kinds of things.
        content_type: of the content.
    """

    dedup_id: str
    group: str
    at: datetime | None
    content: bytes
    path: tuple[str, ...] = ()
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Followed:
    """A parcel of one of the CRM's orders that is still on its way.

    Attributes:
        order_id: the CRM's id of the order.
        order_number: the shop's number of it.
        track_number: as the order has it. It is the ``parcel_id`` of what is told about the parcel.
        status: where it stands, as far as the courier told; None if it told nothing yet.
        since: when the courier set the newest status that we know; None likewise.
        heard_at: when we heard of the parcel last; None likewise.
    """

    order_id: int
    order_number: str
    track_number: str
    status: ParcelStatus | None = None
    since: datetime | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What to ask for.

    Attributes:
        since: what happened before is of no interest; it may be told all the same.
        until: the same for what happens later.
        heard: the webhooks of this very source that came in since then, if it also calls us; at the first run
            those of the poller's overlap, too.
        is_known: whether something with this dedup id was taken before: no need to ask for more of it.
        parcels: of a poller that is ``FollowsParcels``, the parcels that are due, in pages for one request
            each. Who takes the next page says that the parcels of the one before are dealt with: what
            was told about them was yielded, or what is needed for it was remembered.
        recall: what the poller remembered last; empty at first.
        remember: replaces that, durably and at once. So what is over with a page, such as a cursor that goes
            behind it, is remembered once the page was yielded.
        only_looks: True if a person looks what is there: nothing may be changed, at the third party either.
    """

    since: datetime
    until: datetime
    heard: Callable[[], Iterator[Webhook]]
    is_known: Callable[[str], bool]
    parcels: Callable[[], Iterator[Sequence[Followed]]] = lambda: iter(())
    recall: Callable[[], Mapping[str, Any]] = dict
    remember: Callable[[Mapping[str, Any]], None] = lambda _: None
    only_looks: bool = False


class Poller(Protocol):
    """Asks one source."""

    @property
    def every(self) -> timedelta:
        """How often."""
        ...

    @property
    def overlap(self) -> timedelta:
        """How late something may be told after it happened: so much is asked again each time."""
        ...

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """Everything that happened in that time, page by page.

        When a page was yielded and the next one is asked for, the page is durable: what tells the third
        party that we have it stands behind the ``yield``.

        Raises:
            Unreachable: the third party does not answer, or not as it should.
            Refused: it will not answer until somebody changes something.
        """
        ...


class PollModule(Protocol):
    """The module ``providers/<name>/poll.py``."""

    def poller(
        self,
        settings: Any,  # noqa: ANN401 -- each provider has settings of its own
        zone: ZoneInfo,
        transport: httpx.BaseTransport | None,
    ) -> Poller | None:
        """What asks this source; None if its settings say that it is not to be asked."""
        ...


def answer(http: httpx.Client, method: str, path: str, **request: Any) -> object:  # noqa: ANN401 -- as httpx takes it
    """The JSON that a third party answers. No URL and no content is part of an error: both hold secrets.

    Raises:
        Unreachable: it does not answer, asks us to come again later, or answers no JSON.
        Refused: it refuses.
    """
    return json_of(respond(http, method, path, **request))


def respond(http: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 -- likewise
    """Whatever a third party answers. As with ``answer``, an error tells no secret.

    Raises:
        Unreachable: it does not answer.
    """
    try:
        return http.request(method, path, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable("source-unreachable", type(error).__name__) from None


def json_of(response: httpx.Response) -> object:
    """The JSON of an answer.

    Raises:
        Unreachable: it asks us to come again later, or is no JSON.
        Refused: it refuses.
    """
    check_success(response)
    try:
        content: object = response.json()
    except (ValueError, RecursionError):
        raise Unreachable("source-unreachable", f"{response.url.host} answers no JSON") from None
    return content


def check_success(response: httpx.Response) -> None:
    """Nothing, if the third party did what it was asked.

    Raises:
        Unreachable: it asks us to come again later.
        Refused: it refuses.
    """
    detail = f"{response.url.host} answers {response.status_code}"
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise Unreachable("source-unreachable", detail)
    if not response.is_success:
        raise Refused("source-refused", detail)
