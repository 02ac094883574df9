"""Where a client's clock stands: the best guess, and how it was made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.client_time.by_phone import zone_of_phone
from chalicelib.client_time.ranges import PhoneRanges
from chalicelib.client_time.regions import zone_of_city, zone_of_region

RUSSIAN = "+7"
GREENWICH = ZoneInfo("UTC")

How = Literal["region", "city", "phone range", "phone", "default"]
"""``phone range`` is a range of numbers that GeoHelper knows; ``default`` stands for a guess of nothing."""


@dataclass(frozen=True, slots=True)
class ClientZone:
    """A client's time zone.

    Attributes:
        zone: the zone.
        how: by what it was guessed.
    """

    zone: ZoneInfo
    how: How

    @property
    def is_known(self) -> bool:
        """False if nothing was known, and it is the shop's own zone."""
        return self.how != "default"

    @property
    def of_last_days(self) -> ZoneInfo:
        """On whose clock to read the end of a day at the client's place.

        Of a place that nobody knows it is read in UTC: a day that ends east of it has the same date there, on
        the shop's own clock it might be the next one, and a client who relies on that comes too late.
        """
        return self.zone if self.is_known else GREENWICH

    @property
    def note(self) -> str:
        """For the journal, such as ``zone Asia/Omsk by region``."""
        return f"zone {self.zone.key} by {self.how}"

    def hours_ahead(self, of: ZoneInfo, now: datetime) -> float:
        """How many hours the client's clock is ahead of another zone's; negative if it is behind."""
        theirs, ours = now.astimezone(self.zone).utcoffset(), now.astimezone(of).utcoffset()
        assert theirs is not None  # noqa: S101 -- a zone always knows its offset
        assert ours is not None  # noqa: S101 -- likewise
        return (theirs - ours).total_seconds() / 3600


class ClientZones:
    """Guesses clients' zones. It never fails: at last it is the shop's own zone."""

    def __init__(self, default: ZoneInfo, ranges: PhoneRanges | None) -> None:
        """Guess with GeoHelper's ranges, if the shop has it."""
        self._default = default
        self._ranges = ranges

    def zone_of(self, phone: str, city: str = "", region: str = "") -> ClientZone:
        """The zone of a client.

        Args:
            phone: E.164, or empty.
            city: where the order is delivered, as the CRM writes it, or empty.
            region: likewise.
        """
        if zone := zone_of_region(region):
            return ClientZone(zone, "region")
        if zone := zone_of_city(city):
            return ClientZone(zone, "city")
        return self._by_phone(phone) or ClientZone(self._default, "default")

    def _by_phone(self, phone: str) -> ClientZone | None:
        if not phone:
            return None
        if self._ranges is not None and phone.startswith(RUSSIAN):
            zone = self._ranges.zone_of(phone)
            if zone is not None:
                return ClientZone(zone, "phone range")
        zone = zone_of_phone(phone)
        return ClientZone(zone, "phone") if zone else None
