"""What a row of Callibri's statistics says: who called, where they came from, and whether somebody answered.

Names are those of public programs that read Callibri's API; see the README.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.events import Attribution, CallAnswered, CallMissed, CallTracked
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    plausible_moment,
    unreadable_content,
    web_address,
)
from chalicelib.providers.tracking import first_filled, tracked, visitor_ids

CALL, TRACKING = "call", "tracking"
"""What a row is read for: the path of its record."""

NO_ANSWER = "нет ответа"
LONGEST_SECONDS = 7 * 24 * 3600


class Settings(PolledSettings):
    """What a Callibri source can set.

    Attributes:
        email: of the user whose token it is.
        token: the user's token for the API.
        site_id: the site's id in Callibri.
        tells_calls: whether missed and answered calls come from here; False if telephony tells them itself.
        api_url: where the API is.
    """

    email: str = Field(min_length=1)
    token: SecretStr = Field(min_length=1)
    site_id: str = Field(min_length=1, coerce_numbers_to_str=True)
    tells_calls: bool = False
    api_url: str = "https://api.callibri.ru"


class Row(Payload):
    """One of ``calls``. ``billsec`` is how long they talked, in seconds."""

    appeal_id: Identifier
    date: str
    phone: str = ""
    status: str = ""
    duration: int = Field(default=0, ge=0, le=LONGEST_SECONDS)
    billsec: int | None = Field(default=None, ge=0, le=LONGEST_SECONDS)
    link_download: str = ""
    responsible_manager: str = ""
    source: str = ""
    query: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    landing_page: str = ""
    lid_landing: str = ""
    site_referrer: str = ""
    clbvid: str = ""
    ym_uid: str = ""
    metrika_client_id: str = ""
    ua_client_id: str = ""

    def called_at(self, zone: ZoneInfo) -> datetime:
        """When the call began.

        Raises:
            Unreadable: the time is no time.
        """
        return plausible_moment(self.date, zone)

    @property
    def was_answered(self) -> bool | None:
        """Whether somebody talked to the client; None if the row does not tell."""
        if self.status.strip().lower() == NO_ANSWER:
            return False
        return None if self.billsec is None else self.billsec > 0


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a row for what its path says.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        row = Row.model_validate(json_value(webhook.body))
        called_at = row.called_at(zone)
        return _call(row, called_at) if webhook.path == (CALL,) else _tracking(row, called_at)


def _call(row: Row, called_at: datetime) -> Reading:
    phone = normalise(row.phone, typed=False)
    match row.was_answered:
        case None:
            return Reading(note="unknown-outcome")
        case False:
            return Reading((CallMissed(call_id=row.appeal_id, phone=phone, called_at=called_at),))
        case True:
            answered = CallAnswered(
                call_id=row.appeal_id,
                phone=phone,
                direction="inbound",
                called_at=called_at,
                talked=None if row.billsec is None else timedelta(seconds=row.billsec),
                employee=row.responsible_manager,
                recording_url=web_address(row.link_download),
            )
            return Reading((answered,))


def _tracking(row: Row, called_at: datetime) -> Reading:
    return tracked(
        CallTracked(
            call_id=row.appeal_id,
            phone=normalise(row.phone, typed=False),
            attribution=Attribution(
                source=first_filled(row.utm_source, row.source),
                medium=first_filled(row.utm_medium),
                campaign=first_filled(row.utm_campaign),
                keyword=first_filled(row.query, row.utm_term),
                content=first_filled(row.utm_content),
            ),
            landing_page=first_filled(row.lid_landing, row.landing_page),
            referrer=first_filled(row.site_referrer),
            visitor_ids=visitor_ids(
                callibri=row.clbvid,
                yandex=first_filled(row.metrika_client_id, row.ym_uid),
                google=row.ua_client_id,
            ),
            called_at=called_at,
        )
    )
