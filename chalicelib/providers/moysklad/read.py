"""What MoySklad's webhooks say, which is only that something changed, and what it answers when asked."""

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, SecretStr, model_validator

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import OfferStock, StockTold
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import Payload, Reading, Secrets, unreadable_content

STOCK = ("stock",)
"""The path of a record of ours; the gate keeps no webhook with a path."""


class Settings(PolledSettings):
    """What a MoySklad source can set.

    Attributes:
        token: a random text of our own in the URL; a list while it is being replaced.
        api_token: of a user who may see stock; or ``login`` and ``password``.
        api_url: of the JSON API.
        figure: which of MoySklad's figures the CRM gets: what lies there (``stock``), the same without what
            is reserved (``freeStock``), or with what is on its way besides (``quantity``).
        sku: which of MoySklad's fields of an offer the CRM knows it by.
        requests_per_second: how fast MoySklad is asked at most.
    """

    token: Secrets
    api_token: SecretStr | None = None
    login: str = ""
    password: SecretStr | None = None
    api_url: Url = "https://api.moysklad.ru/api/remap/1.2"
    figure: Literal["stock", "freeStock", "quantity"] = "freeStock"
    sku: Literal["id", "code", "article", "externalCode"] = "id"
    requests_per_second: float = Field(default=2, gt=0, le=15)

    @model_validator(mode="after")
    def _may_ask(self) -> "Settings":
        if self.api_token is None and not (self.login and self.password):
            raise ValueError("set api_token, or login and password")
        return self


class StockWebhook(Payload):
    """Stock changed: its report can be asked for."""

    report_url: str = Field(default="", alias="reportUrl")
    events: tuple[Mapping[str, object], ...] = ()


class Told(Payload):
    """What MoySklad was asked: quantities by store by sku."""

    at: AwareDatetime
    offers: Mapping[str, Mapping[str, float]]


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a webhook, of which nothing comes by itself, or what ``poll.py`` was answered.

    Raises:
        Unreadable: ``foreign-report-url`` if its report is not MoySklad's, or a code of the form of it all.
    """
    del zone
    with unreadable_content():
        content = json_value(webhook.body)
        if webhook.path == STOCK:
            return Reading((_told(webhook.source, Told.model_validate(content)),))
        found = StockWebhook.model_validate(content)
    if found.report_url:
        if not is_of(settings.api_url, found.report_url):
            raise Unreadable(
                "foreign-report-url", "somebody else knows the URL of this source: change its token"
            )
        return Reading(note="stock-changed")
    if found.events:
        return Reading(note="entity-changed")
    raise Unreadable("unexpected-content", "neither reportUrl nor events")


def is_of(api_url: str, url: str) -> bool:
    """Whether a URL is one of the API's: only there our token may go."""
    return url.startswith(f"{api_url}/")


def _told(source: str, told: Told) -> StockTold:
    offers = tuple(
        OfferStock(sku=sku, stores=tuple(quantities.items())) for sku, quantities in told.offers.items()
    )
    return StockTold(source=source, offers=offers, at=told.at)
