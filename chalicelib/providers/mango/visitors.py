"""Whose call it is: what Mango's dynamic call tracking knows of the visitor to whom it showed the number."""

from datetime import UTC, datetime

from pydantic import Field

from chalicelib.events import Attribution, CallTracked
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    Identifier,
    Payload,
    Reading,
)
from chalicelib.providers.tracking import first_filled, tracked, visitor_ids

VISITOR = ("queries", "user_info_by_dct_number")
"""The path of a record of ours; the gate keeps no webhook of this path."""


class Party(Payload):
    """The caller; a hidden one has no number."""

    number: str = ""


class Number(Payload):
    """A number of call tracking."""

    number: Identifier


class Ringing(Payload):
    """The fields of ``events/call`` that tell which number rings, and from whom. Epoch seconds, UTC."""

    entry_id: Identifier
    timestamp: int = Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)
    caller: Party = Field(default=Party(), alias="from")
    dct: Number

    @property
    def at(self) -> datetime:
        """When it rang."""
        return datetime.fromtimestamp(self.timestamp, UTC)


class Channel(Payload):
    """How the visitor came."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    content: str = ""
    term: str = ""


class Page(Payload):
    """Where the visitor is."""

    url: str = ""


class Visitor(Payload):
    """What Mango answers; nothing of it if the number is tied to nobody any more."""

    uid: str = ""
    ga_cid: str = ""
    ya_cid: str = ""
    rs_cid: str = ""
    channel: Channel = Channel()
    current_page: Page = Page()


class Answer(Payload):
    """A record: the call, and the answer to our question about it."""

    call: Ringing
    visitor: Visitor = Visitor()


def read_visitor(webhook: Webhook) -> Reading:
    """Read what ``poll.py`` has asked for.

    Raises:
        Unparsable, ValidationError: it cannot be read.
    """
    answer = Answer.model_validate(json_value(webhook.body))
    call, visitor = answer.call, answer.visitor
    channel = visitor.channel
    return tracked(
        CallTracked(
            call_id=call.entry_id,
            phone=normalise(call.caller.number, typed=False),
            attribution=Attribution(
                source=first_filled(channel.source),
                medium=first_filled(channel.medium),
                campaign=first_filled(channel.campaign),
                keyword=first_filled(channel.term),
                content=first_filled(channel.content),
            ),
            landing_page=first_filled(visitor.current_page.url),
            visitor_ids=visitor_ids(
                mango=visitor.uid, yandex=visitor.ya_cid, google=visitor.ga_cid, roistat=visitor.rs_cid
            ),
            called_at=call.at,
        )
    )
