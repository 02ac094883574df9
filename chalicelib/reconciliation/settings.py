"""The shop file's table ``[reconciliation]``."""

from datetime import datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from chalicelib.config_types import Table
from chalicelib.hours import last_at

NEVER = "never"


def _moment(value: object) -> object:
    if not isinstance(value, str) or value == NEVER:
        return value
    try:
        return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007 -- a time of the day in the shop's zone
    except ValueError:
        raise ValueError(f"{value!r} is no time of the day; write it like 04:00, or never") from None


class ReconciliationSettings(Table):
    """When we compare what we accepted with the CRM, and what is done about it.

    Attributes:
        at: at what time by the shop's clock, or ``never``.
        days: how far back.
        repair: whether what can safely be put right is, once a person has accepted the check.
    """

    at: Annotated[time | Literal["never"], BeforeValidator(_moment)] = time(4)
    days: int = Field(default=3, ge=1, le=30)
    repair: bool = True

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The last moment at which it was time; None if it never is."""
        if not isinstance(self.at, time):
            return None
        return last_at(self.at, now, zone).astimezone(now.tzinfo)
