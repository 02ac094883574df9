"""A message in VK, in each of the three shapes that the versions of its API give it.

Since 5.103 it stands in ``object.message``, before that in ``object``, and until about 5.80 (unverified)
with other names: ``user_id``, ``body``.
"""

from collections.abc import Iterator

from pydantic import AliasChoices, Field

from chalicelib.events import Attachment
from chalicelib.providers.messengers import Latitude, Longitude, Second, origin_of_mark, place
from chalicelib.providers.origin import Origin
from chalicelib.providers.reading import Payload
from chalicelib.providers.tracking import first_filled
from chalicelib.providers.vk.attached import Attached

FIRST_GROUP_CHAT = 2_000_000_000
OURS = "1"

ID = r"^-?[0-9]{1,20}$"
"""Of a person; with a minus, of a community."""


class Coordinates(Payload):
    """In degrees."""

    latitude: Latitude
    longitude: Longitude


class Geo(Payload):
    """A place; older versions write its coordinates as one text."""

    coordinates: Coordinates | str = ""

    @property
    def attachment(self) -> Attachment:
        """Where people can look at it, if they can."""
        if isinstance(self.coordinates, str):
            return Attachment(name="location")
        return place(self.coordinates.latitude, self.coordinates.longitude)


class Content(Payload):
    """What somebody wrote, and what they passed on with it."""

    text: str = Field(default="", validation_alias=AliasChoices("text", "body"))
    attachments: tuple[Attached, ...] = ()
    geo: Geo | None = None
    fwd_messages: tuple["Content", ...] = ()
    reply_message: "Content | None" = None

    @property
    def words(self) -> str:
        """The text; below it what was passed on, marked as in a letter."""
        passed_on = (f"> {line}" for one in self._passed_on for line in one.words.splitlines())
        return "\n".join(filter(None, (self.text, *passed_on)))

    @property
    def files(self) -> Iterator[Attachment]:
        """The files, also of what was passed on."""
        yield from (attached.attachment for attached in self.attachments)
        if self.geo:
            yield self.geo.attachment
        for one in self._passed_on:
            yield from one.files

    @property
    def _passed_on(self) -> tuple["Content", ...]:
        return (*self.fwd_messages, *((self.reply_message,) if self.reply_message else ()))


class Message(Content):
    """A message as VK tells of it."""

    date: Second
    sender: str = Field(validation_alias=AliasChoices("from_id", "user_id"), pattern=ID)
    peer: str = Field(default="", validation_alias=AliasChoices("peer_id", "user_id"), pattern=ID)
    chat_id: str = ""
    out: str = ""
    ref: str = ""
    ref_source: str = ""

    @property
    def why_not(self) -> str:
        """Why no client wrote it to the shop, as a note; empty if one did."""
        if self.out == OURS:
            return "own-message"
        if self.sender.startswith("-"):
            return "from-community"
        return "group-chat" if self.is_group_chat else ""

    @property
    def is_group_chat(self) -> bool:
        """Whether several people talk there."""
        return bool(self.chat_id) or int(self.chat) > FIRST_GROUP_CHAT

    @property
    def chat(self) -> str:
        """The conversation, by which it is answered."""
        return self.peer or self.sender

    @property
    def origin(self) -> Origin:
        """What the marks of the link say by which the client came."""
        found = origin_of_mark(self.ref)
        source = found.attribution.source or first_filled(self.ref_source)
        return found._replace(attribution=found.attribution.model_copy(update={"source": source}))
