"""What a provider's ``read.py`` offers: from a raw webhook to events."""

from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent
from chalicelib.gate.webhook import Webhook


class Reading(NamedTuple):
    """What a webhook says.

    Attributes:
        events: what happened; empty if nothing of interest.
        note: for an empty reading, why: a short code such as ``call-answered``.
    """

    events: tuple[AnyEvent, ...] = ()
    note: str = ""


class SourceSettings(BaseModel):
    """What each source can set in ``shop.toml``. A provider's own settings extend it.

    Attributes:
        provider: the provider's folder.
        mode: ``act`` or ``observe``; None follows the shop.
        timezone: the zone of local times in this source's webhooks; None is the shop's zone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    mode: str | None = None
    timezone: str | None = None


class Reader(Protocol):
    """The module ``providers/<name>/read.py``."""

    Settings: type[SourceSettings]

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


def unreadable(error: ValidationError) -> Unreadable:
    """Say where a payload differs from what its provider documents. Values are not repeated."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "body"
    return Unreadable("unexpected-content", f"{place}: {first['msg']}")
