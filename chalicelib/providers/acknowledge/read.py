"""A click on our own link becomes ``Acknowledged``."""

from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from chalicelib.config_types import Duration, Url
from chalicelib.events import Acknowledged
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
)

MAX_KEY_LENGTH = 500
SHORTEST_TOKEN = 16


class Settings(SourceSettings):
    """What such a source can set.

    Attributes:
        token: signs the links; a list while it is being replaced: the first one signs, each is accepted.
        url: where this Leadkeeper is reached from outside, up to ``/hooks``.
        valid: how long a link can be used.
    """

    token: Secrets
    url: Url
    valid: Duration = timedelta(days=1)

    @field_validator("token")
    @classmethod
    def _is_long(cls, token: Secrets) -> Secrets:
        """Who has one link could try all short tokens on it."""
        if any(len(one) < SHORTEST_TOKEN for one in ([token] if isinstance(token, str) else token)):
            raise ValueError("too short; make one with: openssl rand -hex 24")
        return token


class Link(Payload):
    """What a link says."""

    kind: Literal["acknowledge"]
    incident: str = Field(min_length=1, max_length=MAX_KEY_LENGTH)
    person: Identifier
    told_at: Identifier
    expires_at: Identifier


def read(webhook: Webhook, settings: Any, zone: ZoneInfo) -> Reading:  # noqa: ANN401 -- see the protocol
    """See ``providers.reading.Reader``."""
    del settings
    with unreadable_content():
        link = Link.model_validate(json_value(webhook.body))
    acknowledged = Acknowledged(
        incident=link.incident,
        person=link.person,
        told_at=plausible_moment(link.told_at, zone),
        at=webhook.received_at,
    )
    return Reading((acknowledged,))
