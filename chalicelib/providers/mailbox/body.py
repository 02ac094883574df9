"""A letter's text and the files that came with it."""

from collections.abc import Iterator
from email.message import Message

from chalicelib.events import Attachment
from chalicelib.plain_text import printable
from chalicelib.providers.mailbox.headers import readable, text_in
from chalicelib.providers.mailbox.html_text import plain
from chalicelib.providers.mailbox.quotes import own_words

LONGEST_TEXT = 10_000
LONGEST_READ = 100_000
LONGEST_NAME = 200
MOST_PARTS = 200
LETTER = "letter.eml"
"""The name of a letter within the letter."""


def text(letter: Message) -> str:
    """What the sender wrote, without what they quote; from the HTML if there is no plain text."""
    parts = [part for part in _leaves(letter) if not _file_name(part)]
    written = _joined(_decoded(part) for part in parts if part.get_content_type() == "text/plain")
    if not written.strip():
        written = _joined(plain(_decoded(part)) for part in parts if part.get_content_type() == "text/html")
    own = own_words(printable(written))
    return own if len(own) <= LONGEST_TEXT else f"{own[:LONGEST_TEXT]}…"


def files(letter: Message, *, is_whole: bool) -> Iterator[Attachment]:
    """The files by name; the size of one that was fetched as a whole."""
    for part in _leaves(letter):
        name = _file_name(part)
        if name:
            content = part.get_payload(decode=True) if is_whole else None
            yield Attachment(name=name, size=len(content) if isinstance(content, bytes) else None)


def told_file(disposition: bytes) -> Attachment:
    """A file that was not fetched."""
    part = Message()
    part["Content-Disposition"] = disposition.decode("utf-8", "replace")
    size = str(part.get_param("size", "", "Content-Disposition"))
    name = _file_name(part)
    is_named = part.get_filename() is not None
    return Attachment(name=name if is_named else LETTER, size=int(size) if size.isdecimal() else None)


def _leaves(letter: Message) -> Iterator[Message]:
    """Each part that holds no other one; a letter within the letter is one, too."""
    waiting = [letter]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting[:0] = [one for one in inner if isinstance(one, Message)]
        else:
            yield part


def _file_name(part: Message) -> str:
    """Empty for a part without a name: that is text."""
    name = readable(part.get_filename() or "")[:LONGEST_NAME]
    if name:
        return name
    if part.get_content_maintype() == "message":
        return LETTER
    return part.get_content_type() if part.get_content_disposition() == "attachment" else ""


def _joined(texts: Iterator[str]) -> str:
    return "\n".join(texts)[:LONGEST_READ]


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    decoded = text_in(content[:LONGEST_READ], part.get_content_charset() or "")
    return decoded.replace("\r\n", "\n").replace("\r", "\n")
