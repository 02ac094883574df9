"""A message, as the Bot API tells of it. Its fields are those of Telegram's documentation."""

from pydantic import ConfigDict, Field

from chalicelib.events import Attachment
from chalicelib.phones import normalise
from chalicelib.providers.messengers import FileId, FileName, Latitude, Longitude, Second, Size, place
from chalicelib.providers.reading import Identifier, Payload

FILES = {
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "voice": "voice",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
}
"""Our word for each kind of file; one with a name is called by its name."""

OTHERS = {
    "dice": "sticker",
    "story": "video",
    "poll": "file",
    "checklist": "file",
    "game": "file",
    "paid_media": "file",
}
"""Likewise for what is no file. Nothing of what it says is read."""


class User(Payload):
    """Who wrote."""

    id: Identifier
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""

    @property
    def name(self) -> str:
        """How they call themselves."""
        return f"{self.first_name} {self.last_name}".strip()


class Chat(User):
    """Where it was written. A private chat has the id and the names of the other side."""

    type: str


class Contact(Payload):
    """A card out of somebody's address book."""

    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: str = ""

    @property
    def card(self) -> str:
        """As a person reads it."""
        return " ".join(part for part in (self.first_name, self.last_name, self.phone_number) if part)


class Location(Payload):
    """A place on the map."""

    latitude: Latitude
    longitude: Longitude


class File(Payload):
    """A file of any kind."""

    file_id: FileId = ""
    file_name: FileName = ""
    file_size: Size = None

    def attachment(self, kind: str) -> Attachment:
        """As the rules see it."""
        return Attachment(name=self.file_name or kind, size=self.file_size, file_id=self.file_id)


class Message(Payload):
    """A message of either kind."""

    model_config = ConfigDict(extra="allow")

    message_id: Identifier
    date: Second
    chat: Chat
    sender: User | None = Field(default=None, alias="from")
    business_connection_id: str = ""
    sender_business_bot: User | None = None
    is_from_offline: bool = False
    """Sent by itself: a greeting, an absence note, or at a time that was set before."""
    text: str = ""
    caption: str = ""
    contact: Contact | None = None
    location: Location | None = None
    photo: tuple[File, ...] = ()
    """The same photo in several sizes, the largest last."""
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    voice: File | None = None
    audio: File | None = None
    document: File | None = None
    """Of an animation, too: then it is the same file once more."""
    sticker: File | None = None

    @property
    def is_programs(self) -> bool:
        """Whether nobody wrote it: a bot did, or the business account by itself."""
        return self.sender_business_bot is not None or self.client.is_bot or self.is_from_offline

    @property
    def is_shops(self) -> bool:
        """Whether the owner of the business account wrote it, whose chats a bot may read."""
        return bool(self.business_connection_id) and self.client.id != self.chat.id

    @property
    def client(self) -> User:
        """Who wrote, of a message of theirs."""
        return self.sender or self.chat

    @property
    def clients_phone(self) -> str | None:
        """In E.164, if the client shared their own card; anybody can send somebody else's."""
        if self.contact is None or self.contact.user_id != self.client.id:
            return None
        return normalise(self.contact.phone_number, typed=False)

    @property
    def written(self) -> str:
        """The text, and of a card what it says."""
        card = self.contact.card if self.contact else ""
        return "\n".join(part for part in (self.text or self.caption, card) if part)

    @property
    def id(self) -> str:
        """Its number is one of its conversation's alone."""
        return f"{self.conversation}:{self.message_id}"

    @property
    def conversation(self) -> str:
        """Where to reply: the chat; one of a business account behind the bot's connection to it."""
        return ":".join(part for part in (self.business_connection_id, self.chat.id) if part)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files. A link to one would hold the bot's token, so there is none."""
        files = [
            file.attachment(word)
            for kind, word in FILES.items()
            if isinstance(file := getattr(self, kind), File) and not (kind == "document" and self.animation)
        ]
        photos = [file.attachment("photo") for file in self.photo[-1:]]
        others = [Attachment(name=word) for kind, word in OTHERS.items() if kind in (self.model_extra or {})]
        places = [place(self.location.latitude, self.location.longitude)] if self.location else []
        return (*photos, *files, *others, *places)
