"""What a shop sets of its CRM."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from chalicelib.config_types import Duration, Table, Url, Zone
from chalicelib.events import ParcelStatus
from chalicelib.pauses import LONGEST_BACK_OFF
from chalicelib.providers.reading import Identifier
from chalicelib.shopfile import LOOPBACK_HOSTS


class Codes(Table):
    """The CRM's symbolic codes that the rules use. Each shop edits its own lists in the CRM.

    Attributes:
        new: the status of the orders that we make.
        unprocessed: the statuses that mean that nobody has looked at an order yet; empty for ``new`` alone.
    """

    missed_call_method: str = "missed-call"
    landing_method: str = "landing-page"
    messenger_method: str = "messenger"
    mail_method: str = "e-mail"
    new: str = "new"
    unprocessed: frozenset[str] = frozenset()


VisitorField = Literal[
    "landing_page",
    "referrer",
    "yandex",
    "google",
    "roistat",
    "calltouch",
    "callibri",
    "mango",
    "uis",
    "vk",
    "yclid",
    "gclid",
    "wbraid",
    "gbraid",
    "rb_clickid",
    "fbclid",
    "ctwa_clid",
]
"""What may be known of a client's visit besides the five values of the order's source."""


class CrmSettings(Table):
    """How to reach the CRM.

    Attributes:
        timezone: the account's zone: the CRM writes local times without offset.
        search_lag: how long the CRM's searches may not show what was just written.
        requests_per_second: the key's limit.
        reserved_per_second: what of it is kept for checks and people.
        finished_groups: the status groups that mean that an order is finished.
        visitor_fields: the code of the order's custom field for what is known of a client's visit; what is
            left out stands in the manager comment alone.
        parcel_statuses: which order status a parcel status means; what is left out changes nothing.
    """

    kind: Literal["retailcrm"] = "retailcrm"
    url: Url
    api_key: SecretStr
    timezone: Zone = ZoneInfo("Europe/Moscow")
    search_lag: Duration = Field(default=timedelta(seconds=60), le=LONGEST_BACK_OFF)
    requests_per_second: float = Field(default=10, gt=0, allow_inf_nan=False)
    reserved_per_second: float = Field(default=2, ge=0)
    finished_groups: frozenset[str] = frozenset({"complete", "cancel"})
    codes: Codes = Codes()
    visitor_fields: Mapping[VisitorField, Identifier] = Field(default_factory=dict)
    parcel_statuses: Mapping[ParcelStatus, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_something(self) -> "CrmSettings":
        if self.reserved_per_second >= self.requests_per_second:
            raise ValueError("reserved_per_second leaves nothing of requests_per_second")
        return self

    @field_validator("url")
    @classmethod
    def _is_encrypted(cls, url: str) -> str:
        """The key goes in a header of each request."""
        if not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK_HOSTS:
            raise ValueError("the key must not travel unencrypted; use https://")
        return url
