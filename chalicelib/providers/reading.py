"""What a provider's ``read.py`` offers: from a raw webhook to events."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, model_validator

from chalicelib.config_types import Duration, Mode, Zone
from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent
from chalicelib.gate.form import Unparsable
from chalicelib.gate.webhook import Webhook
from chalicelib.hours import ALWAYS, WorkingHours

FIRST_PLAUSIBLE_YEAR = 2000
LAST_PLAUSIBLE_YEAR = 2099
FIRST_PLAUSIBLE_SECOND = int(datetime(FIRST_PLAUSIBLE_YEAR, 1, 2, tzinfo=UTC).timestamp())
LAST_PLAUSIBLE_SECOND = int(datetime(LAST_PLAUSIBLE_YEAR, 12, 30, tzinfo=UTC).timestamp())
"""In epoch seconds. A moment beyond them is a mistake, such as milliseconds taken for seconds."""

MOST_DIGITS = 10
"""Of a moment in epoch seconds. A time in ISO 8601 without any mark has more."""

BLANKS: tuple[object, ...] = (None, "", [], {})
"""The ways to say "nothing" in JSON."""

LONGEST_ADDRESS = 2000
"""Characters. No browser and no CRM takes a longer URL."""

LONGEST_IDENTIFIER = 200
"""Characters. A longer id or number is a mistake, and fits into no key of a store and no URL."""

Identifier = Annotated[str, Field(min_length=1, max_length=LONGEST_IDENTIFIER)]
"""An id or a number of the third party's."""

_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.ASCII)

Secret = Annotated[str, Field(min_length=1)]

Secrets = Annotated[Secret | tuple[Secret, ...], Field(min_length=1, repr=False)]
"""One secret, or several while one is being replaced by another. Never shown in a ``repr``."""


class Part(NamedTuple):
    """One of several independent things in a webhook, such as one client's message.

    Attributes:
        dedup_id: as a ``Ticket`` has it: the same as if it had come alone.
        group: likewise.
        content: the body of a webhook that tells this thing alone.
    """

    dedup_id: str
    group: str
    content: bytes


class Reading(NamedTuple):
    """What a webhook says.

    Attributes:
        events: what happened; empty if nothing of interest.
        note: for an empty reading, why: a short code such as ``call-answered``.
        parts: of a webhook without events: what each of them says is read apart, in an envelope of its own.
    """

    events: tuple[AnyEvent, ...] = ()
    note: str = ""
    parts: tuple[Part, ...] = ()


TAKEN_APART = "taken-apart"
"""The note about a webhook of which each part became an envelope of its own."""


def taken_apart(parts: tuple[Part, ...]) -> Reading:
    """Say that a webhook tells several independent things, each of which is known by its own id.

    Its sender may put them together otherwise when it repeats them.
    """
    return Reading(note=TAKEN_APART, parts=parts)


class SourceSettings(BaseModel):
    """What each source can set in ``shop.toml``. A provider's own settings extend it.

    Attributes:
        provider: the provider's folder.
        mode: ``act`` or ``observe``; None follows the shop.
        timezone: the zone of local times in this source's webhooks; None is the shop's zone.
        expect_every: how long it may be silent, counted in its hours, before a person is told; None is
            for ever.
        expect_hours: when it usually sends.
        per_week: how many events come in seven days at least and at most; None if that says nothing.
    """

    # Secrets are among the input, so an error must not show it.
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    provider: str
    mode: Mode | None = None
    timezone: Zone | None = None
    expect_every: Duration | None = None
    expect_hours: WorkingHours = ALWAYS
    per_week: tuple[NonNegativeInt, NonNegativeInt] | None = None

    @property
    def can_reply(self) -> bool:
        """Whether we can answer a client there: a messenger whose token the shop file has.

        A provider that overrides this has a file in the folder ``messengers``.
        """
        return False


class Reader(Protocol):
    """The module ``providers/<name>/read.py``."""

    @property
    def Settings(self) -> type[SourceSettings]:  # noqa: N802 -- it is a class
        """What a source of this provider can set."""
        ...

    def read(self, webhook: Webhook, settings: Any, zone: ZoneInfo) -> Reading:  # noqa: ANN401 -- each reader has settings of its own
        """Read an authentic webhook.

        Args:
            webhook: as the gate let it in, without secrets.
            settings: an instance of this module's ``Settings``.
            zone: of local times in this source's webhooks.

        Raises:
            Unreadable: it goes to quarantine with the reason.
        """
        ...


class Payload(BaseModel):
    """A part of what a third party sends.

    Third parties are loose with types: a number may stand where a text is due and the other way round,
    and what is absent in one webhook is null, an empty text, list or object in the next. So numbers are
    taken as texts where a text is due, and whatever is blank is absent: the field gets its default.
    """

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: content for name, content in value.items() if content not in BLANKS}


def unreadable(error: ValidationError) -> Unreadable:
    """Say where a payload differs from what its provider documents. Values are not repeated."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "body"
    return Unreadable("unexpected-content", f"{place}: {first['msg']}")


@contextmanager
def unreadable_content() -> Iterator[None]:
    """Around parsing and validation: whatever they complain about becomes ``Unreadable``."""
    try:
        yield
    except Unparsable as error:
        raise Unreadable(str(error)) from None
    except ValidationError as error:
        raise unreadable(error) from None
    except RecursionError:
        raise Unreadable("broken-json", "nested too deep") from None


def plausible_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a time in ISO 8601.

    Args:
        text: with ``Z``, ``+0000`` or ``+00:00``, or without an offset.
        zone: of a time without an offset.

    Returns:
        The moment in UTC.

    Raises:
        Unreadable: it is no time, or none of this century.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("unexpected-content", "a time is not in ISO 8601") from None
    if not FIRST_PLAUSIBLE_YEAR <= moment.year <= LAST_PLAUSIBLE_YEAR:
        raise Unreadable("unexpected-content", "a time is out of this century")
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    # By its zone it may be in another century all the same, or what is reckoned from it.
    if not FIRST_PLAUSIBLE_SECOND <= moment.timestamp() <= LAST_PLAUSIBLE_SECOND:
        raise Unreadable("unexpected-content", "a time is out of this century")
    return moment


def web_address(text: str) -> str:
    """A URL on which people can click, such as of a recording; empty if the text is none."""
    stripped = text.strip()
    return stripped if len(stripped) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(stripped) else ""


def told_moment(text: str, zone: ZoneInfo, otherwise: datetime) -> datetime:
    """The moment that a sender tells, for what must not be lost by its clock.

    Args:
        text: ISO 8601 as for ``plausible_moment``, or seconds since 1970.
        zone: of a time without an offset.
        otherwise: if it tells none, or one that cannot be.
    """
    second = int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None
    if second is not None and FIRST_PLAUSIBLE_SECOND <= second <= LAST_PLAUSIBLE_SECOND:
        return datetime.fromtimestamp(second, UTC)
    try:
        return plausible_moment(text, zone)
    except Unreadable:
        return otherwise
