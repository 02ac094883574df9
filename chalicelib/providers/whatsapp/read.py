"""What a webhook of the WhatsApp Cloud API says: a client's message; of several each is read apart.

Facts are from Meta's "WhatsApp Cloud API: webhooks".
"""

import json
import logging
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from chalicelib.config_types import Url
from chalicelib.events import MessageReceived
from chalicelib.gate.tickets import phone_group
from chalicelib.gate.webhook import Webhook
from chalicelib.meta_graph import API
from chalicelib.phones import normalise
from chalicelib.providers.messengers import Second
from chalicelib.providers.origin import Origin, origin
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Part,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    taken_apart,
    unreadable_content,
)
from chalicelib.providers.whatsapp.content import Content
from chalicelib.providers.whatsapp.gate import FIELD, Told, told

NOT_WRITTEN = frozenset({"reaction", "system", "request_welcome"})
"""Types that are no words of a client's: a smile at a message, a new number, a chat that was opened."""

HIGHEST_CODE = 9_999_999

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a WhatsApp source can set.

    Attributes:
        app_secret: the Meta app's secret; a list while it is being replaced.
        verify_token: a random text of our own, which Meta repeats while the URL is entered.
        token: of a system user who may send from the number; without it clients get no replies.
        phone_number_id: Meta's id of the number; no part of the number itself.
        api_url: of the Graph API, with the version.
    """

    app_secret: Secrets
    verify_token: Secrets
    token: SecretStr | None = None
    phone_number_id: str = Field(default="", pattern=r"^[0-9]{0,40}$")
    api_url: Url = API

    @model_validator(mode="after")
    def _can_send_from_somewhere(self) -> "Settings":
        if self.can_reply and not self.phone_number_id:
            raise ValueError("phone_number_id is missing: with a token it says from which number to reply")
        return self

    @property
    def can_reply(self) -> bool:
        """Whether we may write from the number."""
        return bool(self.number_token)

    @property
    def number_token(self) -> str:
        """The token; empty if there is none."""
        return self.token.get_secret_value() if self.token else ""


class Profile(Payload):
    """What a client calls themselves."""

    name: str = ""


class Contact(Payload):
    """Who wrote."""

    wa_id: str = ""
    user_id: str = ""
    profile: Profile = Profile()


class Referral(Payload):
    """The advertisement or post from which the client came to the chat."""

    source_url: str = ""
    source_type: str = ""
    source_id: str = ""
    headline: str = ""
    ctwa_clid: str = ""

    @property
    def origin(self) -> Origin:
        """In the shop's words; the advertisement's id is ``content``."""
        said = {
            "utm_source": "instagram" if "instagram" in self.source_url else "facebook",
            "utm_medium": "cpc" if self.source_type == "ad" else "social",
            "utm_campaign": self.headline,
            "utm_content": self.source_id,
        }
        found = origin([said], landing_page=self.source_url)
        click = (("ctwa_clid", self.ctwa_clid),) if self.ctwa_clid else ()
        return found._replace(visitor_ids=(*found.visitor_ids, *click))


class Message(Content):
    """One message. ``timestamp`` is in epoch seconds, UTC."""

    id: Identifier
    phone: str = Field(default="", alias="from", max_length=LONGEST_IDENTIFIER)
    user: str = Field(default="", alias="from_user_id", max_length=LONGEST_IDENTIFIER)
    timestamp: Second
    referral: Referral | None = None


def _code(value: object) -> int | None:
    """The note of the code stands in the log: nothing else may."""
    return value if isinstance(value, int) and 0 <= value <= HIGHEST_CODE else None


class Problem(Payload):
    """Why a message of ours did not arrive; None if Meta tells no code."""

    code: Annotated[int | None, BeforeValidator(_code)] = None


class Status(Payload):
    """What became of a message of ours."""

    errors: tuple[Problem, ...] = ()


class Value(Payload):
    """What one change tells."""

    contacts: tuple[Contact, ...] = ()
    messages: tuple[Message, ...] = ()
    statuses: tuple[Status, ...] = ()

    def name_of(self, message: Message) -> str:
        """How the sender of this message calls themselves."""
        ids = {message.phone, message.user} - {""}
        return next((one.profile.name for one in self.contacts if ids & {one.wa_id, one.user_id}), "")


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read what the gate let in.

    Raises:
        Unreadable: it is not what Meta documents.
    """
    del settings, zone  # Meta's times are epoch seconds.
    with unreadable_content():
        things = told(webhook.body)
        if len(things) > 1:
            return taken_apart(tuple(_part(thing) for thing in things))
        values = [Value.model_validate(thing.value) for thing in things]
    for value in values:
        for message in value.messages:
            return _received(message, value)
        for status in value.statuses:
            return _not_delivered(status)
    return Reading(note="no-message")


def _part(thing: Told) -> Part:
    content = {"entry": [{"changes": [{"field": FIELD, "value": thing.value}]}]}
    return Part(thing.id, phone_group(thing.client), json.dumps(content, sort_keys=True).encode())


def _received(message: Message, value: Value) -> Reading:
    if message.type in NOT_WRITTEN:
        return Reading(note=f"not-written:{message.type}")
    came = message.referral.origin if message.referral else Origin()
    event = MessageReceived(
        message_id=message.id,
        medium="whatsapp",
        chat=message.phone or message.user or message.id,
        name=value.name_of(message),
        phone=normalise(f"+{message.phone}", typed=False),
        text=message.words,
        attachments=tuple(message.files),
        **came._asdict(),
        at=datetime.fromtimestamp(message.timestamp, UTC),
    )
    return Reading((event,))


def _not_delivered(status: Status) -> Reading:
    code = next((problem.code for problem in status.errors), None)
    log.warning("a message of ours did not arrive", extra={"code": code})
    return Reading(note=f"not-delivered:{code}" if code else "not-delivered")
