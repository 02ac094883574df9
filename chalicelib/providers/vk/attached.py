"""What is attached to a message in VK: photos, documents, voice messages, pages."""

import re
from collections.abc import Mapping

from pydantic import model_validator

from chalicelib.events import Attachment
from chalicelib.providers.messengers import Address, FileName, Size
from chalicelib.providers.reading import Payload

WORDS = {
    "photo": "photo",
    "graffiti": "photo",
    "video": "video",
    "audio": "audio",
    "audio_message": "voice",
    "sticker": "sticker",
    "link": "link",
}
"""Our word for each kind; all else is a ``file``. One with a title is called by it."""

PAGES = {"video": "video", "wall": "wall", "market": "product"}
"""What has a page in VK instead of a URL, by the word in that page's address (unverified)."""

SIZES = "smopqrxyzw"
"""The letters of a photo's sizes, from small to large: some old photos have no other measure."""

OLD_SIZES = ("photo_2560", "photo_1280", "photo_807", "photo_604", "photo_130", "photo_75")

_ID = re.compile(r"-?[0-9]{1,20}", re.ASCII)


class PhotoSize(Payload):
    """A photo in one of its sizes."""

    url: Address = ""
    type: str = ""
    width: Size = None
    height: Size = None

    @property
    def rank(self) -> tuple[int, int]:
        """The larger, the higher."""
        return (self.width or 0) * (self.height or 0), SIZES.find(self.type)


class Thing(Payload):
    """The attached thing itself. Each kind has some of these fields."""

    id: str = ""
    owner_id: str = ""
    title: FileName = ""
    url: Address = ""
    link_mp3: Address = ""
    link_ogg: Address = ""
    size: Size = None
    sizes: tuple[PhotoSize, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _old_sizes(cls, value: object) -> object:
        """Before 5.77 a photo had a field for each size."""
        if not isinstance(value, Mapping) or value.get("sizes"):
            return value
        found = next((value[name] for name in OLD_SIZES if value.get(name)), "")
        return {**value, "sizes": [{"url": found}]} if found else value

    @property
    def address(self) -> str:
        """Where people can open it; of a photo the largest size. Empty if VK does not tell."""
        largest = max(self.sizes, key=lambda one: one.rank, default=PhotoSize())
        return self.url or largest.url or self.link_mp3 or self.link_ogg

    def page(self, kind: str) -> str:
        """Its page in VK; empty if it has none."""
        has_page = kind in PAGES and _ID.fullmatch(self.owner_id) and _ID.fullmatch(self.id)
        return f"https://vk.com/{PAGES[kind]}{self.owner_id}_{self.id}" if has_page else ""


class Attached(Payload):
    """One attachment: its kind, and a field of that name with the thing."""

    type: str = ""
    thing: Thing = Thing()

    @model_validator(mode="before")
    @classmethod
    def _under_its_kind(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        kind = str(value.get("type", ""))
        return {"type": kind, "thing": value.get(kind)}

    @property
    def attachment(self) -> Attachment:
        """In the shop's words."""
        return Attachment(
            name=self.thing.title or WORDS.get(self.type, "file"),
            url=self.thing.address or self.thing.page(self.type),
            size=self.thing.size,
        )
