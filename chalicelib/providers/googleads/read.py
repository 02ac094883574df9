"""What a lead of a form in a Google advertisement says.

Facts are from Google's page "Google Ads Webhook: implementation".
"""

from zoneinfo import ZoneInfo

from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.forms import Field, lead
from chalicelib.providers.googleads.gate import is_test
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    told_moment,
    unreadable_content,
)
from chalicelib.providers.test_leads import TEST_LEAD

COLUMNS = {
    "full_name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "phone_number": "phone",
    "work_phone": "phone",
    "email": "email",
    "work_email": "email",
}
"""Our name for each of Google's columns that has a place of its own; any other is an answer."""

FORM_NAME = "Google Ads"
"""For managers: Google tells a form's id, and no name."""


class Settings(SourceSettings):
    """What a Google Ads source can set.

    Attributes:
        google_key: the key of the form's settings; a list while it is being replaced, or if forms have
            different ones.
    """

    google_key: Secrets


class Column(Payload):
    """One question and what the client answered. Questions of the shop's own have ids of their own."""

    column_id: str = ""
    column_name: str = ""
    string_value: str = ""


class Lead(Payload):
    """The client's answers, and which advertisement they saw."""

    lead_id: Identifier
    user_column_data: tuple[Column, ...] = ()
    form_id: str = ""
    campaign_id: str = ""
    creative_id: str = ""
    gcl_id: str = ""
    lead_submit_time: str = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a lead: one event, nothing of a test.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json``, ``unexpected-content``, ``too-many-fields``
            or ``empty``.
    """
    del settings
    with unreadable_content():
        content = json_value(webhook.body)
        if isinstance(content, dict) and is_test(content):
            return Reading(note=TEST_LEAD)
        sent = Lead.model_validate(content)
    event = lead(
        (Field(one.column_id, one.string_value, one.column_name) for one in sent.user_column_data),
        lead_id=sent.lead_id,
        form=sent.form_id,
        form_name=FORM_NAME,
        mapping=COLUMNS,
        places=(_link(sent),),
        submitted_at=told_moment(sent.lead_submit_time, zone, webhook.received_at),
    )
    return Reading((event,))


def _link(sent: Lead) -> dict[str, str]:
    """What the link of an advertisement would say: the form opens without one."""
    return {
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": sent.campaign_id,
        "utm_content": sent.creative_id,
        "gclid": sent.gcl_id,
    }
