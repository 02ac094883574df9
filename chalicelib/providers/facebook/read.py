"""What a lead of Facebook or Instagram says, once Meta has been asked for it.

Facts are from Meta's "Webhooks for Leads" and "Retrieving leads".
"""

from zoneinfo import ZoneInfo

from pydantic import Field as Setting
from pydantic import SecretStr

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import LeadSubmitted
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.meta_graph import API
from chalicelib.providers.facebook.gate import announced
from chalicelib.providers.forms import Field, lead
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    told_moment,
    unreadable_content,
)
from chalicelib.providers.tracking import first_filled

LEAD = ("lead",)
"""The path of a record of ours; the gate keeps no webhook with a path."""

PLATFORMS = {"ig": "instagram", "fb": "facebook"}
TEST_VALUE = "<test lead: "
"""How the values of Meta's own test leads begin (unverified)."""


class Settings(PolledSettings):
    """What a Facebook source can set.

    Attributes:
        app_secret: the Meta app's secret; a list while it is being replaced.
        verify_token: a random text of our own, which Meta repeats while the URL is entered.
        token: of the page, or of a system user for several pages: with it each lead is asked for.
        api_url: of the Graph API, with the version.
    """

    app_secret: Secrets
    verify_token: Secrets
    token: SecretStr = Setting(min_length=1)
    api_url: Url = API


class Answer(Payload):
    """One field of a form; with a choice of several, several values."""

    name: Identifier
    values: tuple[str, ...] = ()

    @property
    def field(self) -> Field:
        """As forms have it."""
        return Field(self.name, ", ".join(self.values))


class Lead(Payload):
    """What Meta answers."""

    created_time: str = ""
    form_id: str = ""
    field_data: tuple[Answer, ...] = ()
    ad_id: str = ""
    ad_name: str = ""
    campaign_id: str = ""
    campaign_name: str = ""
    is_organic: bool | None = None
    platform: str = ""

    @property
    def is_test(self) -> bool:
        """Whether it comes from Meta's own testing tool."""
        values = [value for answer in self.field_data for value in answer.values]
        return bool(values) and all(value.startswith(TEST_VALUE) for value in values)


class Announcement(Payload):
    """What the webhook said of the lead."""

    ad_id: str = ""
    form_id: str = ""


class Found(Payload):
    """A record: the announcement, and the lead or what kept us from it."""

    id: Identifier
    told: Announcement = Announcement()
    lead: Lead | None = None
    trouble: str = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an announcement, of which nothing comes by itself, or what ``poll.py`` was answered.

    Raises:
        Unreadable: ``no-lead`` if Meta does not give it to us; ``empty``, or a code of the form of it all.
    """
    del settings
    with unreadable_content():
        if webhook.path != LEAD:
            return Reading(note="lead-announced" if announced(webhook.body) else "no-announcement")
        found = Found.model_validate(json_value(webhook.body))
    if found.lead is None:
        where = f"lead {found.id} of form {found.told.form_id}"
        raise Unreadable("no-lead", f"{where} is in Meta's Leads Center, but Meta says: {found.trouble}")
    if found.lead.is_test:
        return Reading(note="test-data")
    return Reading((_submitted(found, found.lead, webhook, zone),))


def _submitted(found: Found, told: Lead, webhook: Webhook, zone: ZoneInfo) -> LeadSubmitted:
    ad_id = told.ad_id or found.told.ad_id
    is_paid = bool(ad_id) if told.is_organic is None else not told.is_organic
    came_from = {
        "utm_source": PLATFORMS.get(told.platform, "facebook"),
        "utm_medium": "cpc" if is_paid else "social",
        "utm_campaign": first_filled(told.campaign_name, told.campaign_id),
        "utm_content": first_filled(told.ad_name, ad_id),
    }
    return lead(
        [answer.field for answer in told.field_data],
        lead_id=found.id,
        submitted_at=told_moment(told.created_time, zone, webhook.received_at),
        form=told.form_id or found.told.form_id,
        places=[came_from],
    )
