"""What a status from Boxberry says about a client's parcel.

Facts are from the SDK ``iamwildtuna/boxberry-sdk`` (README and Client.php, commit 0904b02).
"""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.config_types import Url, Zone
from chalicelib.events import ParcelMoved, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import FollowingSettings, not_of_the_future
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    plausible_moment,
    unreadable_content,
)

LONGEST_CITY = 100
"""Characters. It stands in a text message, and a gateway refuses one that is too long."""

GERMAN_DATES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")

STATUSES = {
    "загружен реестр им": ParcelStatus.CREATED,
    "заказ создан в личном кабинете": ParcelStatus.CREATED,
    "заказ передан на доставку": ParcelStatus.CREATED,
    "принято к доставке": ParcelStatus.IN_TRANSIT,
    "отправлен на сортировочный терминал": ParcelStatus.IN_TRANSIT,
    "передано на сортировку": ParcelStatus.IN_TRANSIT,
    "отправлено в город назначения": ParcelStatus.IN_TRANSIT,
    "передан на доставку до пункта выдачи": ParcelStatus.IN_TRANSIT,
    "в городе получателя": ParcelStatus.IN_CITY,
    "передано на курьерскую доставку": ParcelStatus.COURIER,
    "поступило в пункт выдачи": ParcelStatus.WAITING,
    "выдано": ParcelStatus.DELIVERED,
    # The courier brought it back unhanded: no return to the shop yet.
    "возвращено с курьерской доставки": ParcelStatus.ATTEMPT_FAILED,
    "готовится к возврату": ParcelStatus.RETURNING,
    "отправлено в пункт приема": ParcelStatus.RETURNING,
    "возвращено в пункт приема": ParcelStatus.RETURNING,
    "возвращено в им": ParcelStatus.RETURNED,
}
"""By the status's name, which is all that there is: in small letters, ``ё`` as ``е``, with single blanks."""

log = logging.getLogger(__name__)


class Settings(FollowingSettings):
    """What a Boxberry source can set.

    Attributes:
        token: of the API.
        timezone: of Boxberry's times, which have no offset.
    """

    token: SecretStr
    timezone: Zone | None = ZoneInfo("Europe/Moscow")
    api_url: Url = "https://api.boxberry.ru/json.php"


class Status(Payload):
    """A status of a parcel, as ``ListStatuses`` tells it."""

    date: str = Field(alias="Date")
    name: str = Field(alias="Name", max_length=LONGEST_IDENTIFIER)
    comment: str = Field(default="", alias="Comment")

    @property
    def code(self) -> str:
        """The name in the one form in which ``STATUSES`` has it."""
        return " ".join(self.name.lower().replace("ё", "е").split())

    @property
    def city(self) -> str:
        """Of a parcel that waits: the comment begins with it, before the address."""
        return self.comment.split("(")[0].split(",")[0].strip()[:LONGEST_CITY]

    def at(self, zone: ZoneInfo) -> datetime:
        """When it was set, in UTC.

        Raises:
            Unreadable: the date is in no form that is known.
        """
        for form in GERMAN_DATES:
            try:
                local = datetime.strptime(self.date, form).replace(tzinfo=zone)
            except ValueError:
                continue
            return plausible_moment(local.isoformat(), zone)
        return plausible_moment(self.date, zone)


class Told(Payload):
    """The content of a record: whose status it is, and the status."""

    track_number: Identifier
    order_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    status: Status


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        told = Told.model_validate(json_value(webhook.body))
    at = told.status.at(zone)
    not_of_the_future(at, webhook.received_at)
    status = STATUSES.get(told.status.code)
    if status is None:
        log.warning("unknown status", extra={"source": webhook.source, "status": told.status.code})
        return Reading(note=f"unknown-status:{told.status.code}")
    moved = ParcelMoved(
        parcel_id=told.track_number,
        track_number=told.track_number,
        order_number=told.order_number,
        status=status,
        code=told.status.code,
        at=at,
        city=told.status.city if status is ParcelStatus.WAITING else "",
    )
    return Reading((moved,))
