"""A letter as it goes on the queue: what the server told of it, a blank line, and its first bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.utils import format_datetime

from chalicelib.errors import Unreadable
from chalicelib.providers.mailbox.headers import addresses, moment, value, values

CONTENT_TYPE = "message/rfc822"
BLANK_LINE = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter and what the server told of it.

    Attributes:
        id: what makes it the same letter wherever it lies.
        arrived_at: when the server got it; None if that is not known.
        size: of the whole letter in bytes.
        attachments: the files of a letter that was not fetched as a whole, each as a
            ``Content-Disposition``.
        content: its first bytes as they came.
    """

    id: str
    arrived_at: datetime | None
    size: int
    attachments: Sequence[bytes]
    content: bytes

    @property
    def is_whole(self) -> bool:
        """Whether the content is all of it."""
        return len(self.content) >= self.size

    @property
    def group(self) -> str:
        """The ordering group: letters from one address keep their order."""
        letter = BytesParser().parsebytes(self.content, headersonly=True)
        return next((f"mail:{address}" for _, address in addresses(letter, "from")), "")


def written(letter: Letter) -> bytes:
    """The content of its record."""
    notes = [b"Id: %s" % letter.id.encode(), b"Size: %d" % letter.size]
    if letter.arrived_at is not None:
        notes.append(b"Arrived: %s" % format_datetime(letter.arrived_at).encode())
    notes += [b"Attachment: %s" % attachment for attachment in letter.attachments]
    return b"\r\n".join(notes) + BLANK_LINE + letter.content


def from_content(content: bytes) -> Letter:
    """Read what ``written`` wrote.

    Raises:
        Unreadable: it is no such content.
    """
    head, _, letter = content.partition(BLANK_LINE)
    notes: Message = BytesParser().parsebytes(head, headersonly=True)
    letter_id, size = value(notes, "id"), value(notes, "size")
    if not letter_id or not size.isdecimal() or len(size) > len(str(2**63)):
        raise Unreadable("unexpected-content", "what the server told of the letter is not there")
    attachments = [told.encode("utf-8", "surrogateescape") for told in values(notes, "attachment")]
    return Letter(letter_id, moment(notes, "arrived"), int(size), attachments, letter)
