"""What a client's WhatsApp message holds: words and files of many kinds.

Meta tells a file's id only; its content needs a token. So a file has a name here, and no address.
"""

from collections.abc import Iterator

from chalicelib.events import Attachment
from chalicelib.providers.messengers import FileId, FileName, Latitude, Longitude, place
from chalicelib.providers.reading import Payload

KINDS = {
    "image": "photo",
    "video": "video",
    "audio": "audio",
    "voice": "voice",
    "document": "file",
    "sticker": "sticker",
}
"""Our name for each type of file."""


class Words(Payload):
    """A text message (``body``), or a button of a template (``text``)."""

    body: str = ""
    text: str = ""


class File(Payload):
    """A file that came with a message."""

    id: FileId = ""
    caption: str = ""
    filename: FileName = ""
    voice: bool = False


class Choice(Payload):
    """What a client chose of buttons or a list, or filled in (``response_json``)."""

    title: str = ""
    response_json: str = ""


class Interactive(Payload):
    """An answer to buttons, a list or a form."""

    button_reply: Choice = Choice()
    list_reply: Choice = Choice()
    nfm_reply: Choice = Choice()


class Place(Payload):
    """Where something is."""

    latitude: Latitude
    longitude: Longitude
    name: str = ""
    address: str = ""


class CardName(Payload):
    """The name on a contact card."""

    formatted_name: str = ""


class CardPhone(Payload):
    """A phone on a contact card."""

    phone: str = ""


class Card(Payload):
    """A contact card: somebody's, not always the sender's."""

    name: CardName = CardName()
    phones: tuple[CardPhone, ...] = ()


class Wish(Payload):
    """A product of the catalogue that the client wants."""

    product_retailer_id: str = ""
    quantity: str = ""
    item_price: str = ""
    currency: str = ""


class Cart(Payload):
    """What the client put together from the catalogue."""

    text: str = ""
    product_items: tuple[Wish, ...] = ()


class Content(Payload):
    """The part of a message that differs by its type."""

    type: str = ""
    text: Words = Words()
    button: Words = Words()
    interactive: Interactive = Interactive()
    image: File | None = None
    video: File | None = None
    audio: File | None = None
    voice: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Place | None = None
    contacts: tuple[Card, ...] = ()
    order: Cart = Cart()

    @property
    def words(self) -> str:
        """What the client wrote, chose or pointed at, a line each."""
        chosen = self.interactive
        lines = [
            self.text.body,
            self.button.text,
            _joined(self.location.name, self.location.address) if self.location else "",
            *(choice.title for choice in (chosen.button_reply, chosen.list_reply)),
            chosen.nfm_reply.response_json,
            *(file.caption for _, file in self._files),
            self.order.text,
            *(
                _joined(item.product_retailer_id, item.quantity, item.item_price, item.currency)
                for item in self.order.product_items
            ),
            *(
                _joined(card.name.formatted_name, *(one.phone for one in card.phones))
                for card in self.contacts
            ),
        ]
        return "\n".join(filter(None, lines))

    @property
    def files(self) -> Iterator[Attachment]:
        """The files by name or kind; what we do not know is named by its type, so that nobody misses it."""
        for kind, file in self._files:
            is_voice = kind == "audio" and file.voice
            name = file.filename or KINDS["voice" if is_voice else kind]
            yield Attachment(name=name, file_id=file.id)
        if self.location:
            yield place(self.location.latitude, self.location.longitude)
        elif not self._files and not self.words:
            yield Attachment(name=self.type or "message")

    @property
    def _files(self) -> list[tuple[str, File]]:
        found = ((kind, getattr(self, kind)) for kind in KINDS)
        return [(kind, file) for kind, file in found if file is not None]


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
