"""The shop file's table ``[client_time]``."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, SecretStr, field_validator

from chalicelib.config_types import Table, Url
from chalicelib.hours import WorkingHours

DEFAULT_QUIET = WorkingHours.parse("Mon-Sun 21:00-10:00")
DEFAULT_CALLS = WorkingHours.parse("Mon-Sun 09:00-21:00")


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


OptionalHours = Annotated[WorkingHours | None, BeforeValidator(_none_if_empty)]
"""An empty text stands for no hours at all."""


class GeoHelperSettings(Table):
    """Who tells the region of a phone number."""

    url: Url = "https://geohelper.info"
    api_key: SecretStr


class ClientTimeSettings(Table):
    """When clients may be written to or called, by their own clock.

    Attributes:
        quiet: when text messages wait; empty for never.
        quiet_for_urgent: the same for those that are urgent.
        calls: when managers should call.
        geohelper: None if the shop has no account there.
    """

    quiet: OptionalHours = DEFAULT_QUIET
    quiet_for_urgent: OptionalHours = None
    calls: WorkingHours = DEFAULT_CALLS
    geohelper: GeoHelperSettings | None = None

    @field_validator("quiet", "quiet_for_urgent")
    @classmethod
    def _ends(cls, quiet: WorkingHours | None) -> WorkingHours | None:
        if quiet is not None and quiet.longest >= timedelta(weeks=1):
            raise ValueError("quiet hours without an end would hold messages back for ever")
        return quiet

    def quiet_hours(self, *, is_urgent: bool) -> WorkingHours | None:
        """When such messages wait; None for never."""
        return self.quiet_for_urgent if is_urgent else self.quiet
