"""What a webhook of the WhatsApp Cloud API says: messages of clients, several at once.

Facts are from Meta's "WhatsApp Cloud API: webhooks".
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.events import MessageReceived
from chalicelib.gate.meta_signature import changes
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.origin import Origin, origin
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)
from chalicelib.providers.whatsapp.content import Content
from chalicelib.providers.whatsapp.gate import FAILED, FIELD

NOT_WRITTEN = frozenset({"reaction", "system", "request_welcome"})
"""Types that are no words of a client's: a smile at a message, a new number, a chat that was opened."""

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a WhatsApp source can set.

    Attributes:
        app_secret: the Meta app's secret; a list while it is being replaced.
        verify_token: a random text of our own, which Meta repeats while the URL is entered.
    """

    app_secret: Secrets
    verify_token: Secrets


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
    timestamp: int = Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)
    referral: Referral | None = None


class Problem(Payload):
    """Why a message of ours did not arrive."""

    code: str = ""


class Status(Payload):
    """What became of a message of ours."""

    status: str = ""
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
        values = [Value.model_validate(value) for value in changes(webhook.body, FIELD)]
        events = {event.message_id: event for value in values for event in _received(value)}
    if events:
        return Reading(tuple(events.values()))
    return Reading(note=next(_notes(values), "no-message"))


def _received(value: Value) -> Iterator[MessageReceived]:
    for message in value.messages:
        if message.type in NOT_WRITTEN:
            continue
        came = message.referral.origin if message.referral else Origin()
        yield MessageReceived(
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


def _notes(values: list[Value]) -> Iterator[str]:
    for value in values:
        for status in value.statuses:
            if status.status == FAILED:
                code = next((problem.code for problem in status.errors), "")
                log.warning("a message of ours did not arrive", extra={"code": code})
                yield f"not-delivered:{code}"
        for message in value.messages:
            yield f"not-written:{message.type}"
