"""The files that came with a letter, without fetching them: what IMAP calls its BODYSTRUCTURE."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from chalicelib.providers.mailbox.answers import Value, items, number_of, text_of

PARAMETERS, ENCODING, SIZE = 2, 5, 6
"""Places in what is told of a part that has no parts of its own."""

BASE64_LINE, BYTES_OF_LINE = 78, 57
"""A line of base64 has 76 characters and a line end, and holds 57 bytes."""

MOST = 50
LONGEST = 500


def attachments(structure: Value) -> list[bytes]:
    """The files as a letter's own ``Content-Disposition`` has them: ``attachment; filename="…"; size=…``."""
    return [header for part in _leaves(structure) if (header := _header(part))][:MOST]


def _leaves(structure: Value) -> Iterator[Sequence[Value]]:
    """Each part that has no parts of its own; a letter within the letter is one, too."""
    parts = items(structure)
    if parts and isinstance(parts[0], list):
        # Behind the parts stand the container's own words.
        for part in takewhile(lambda one: isinstance(one, list), parts):
            yield from _leaves(part)
    elif parts:
        yield parts


def _header(part: Sequence[Value]) -> bytes:
    """Empty for a part without a name: that is text."""
    name = _name(part)
    if not name or len(name) > LONGEST:
        return b"attachment" if name or text_of(part[0]).upper() == b"MESSAGE" else b""
    size = number_of(part[SIZE]) if len(part) > SIZE else 0
    if len(part) > ENCODING and text_of(part[ENCODING]).upper() == b"BASE64":
        size = size * BYTES_OF_LINE // BASE64_LINE
    return b"attachment%s; size=%d" % (name, size)


def _name(part: Sequence[Value]) -> bytes:
    """The parameters that name the file, perhaps in pieces: of its disposition, else of its type."""
    for value in part[SIZE:]:
        disposition = items(value)
        if len(disposition) > 1 and isinstance(disposition[0], bytes):
            name = _parameters(disposition[1], b"filename")
            if name:
                return name
    return _parameters(part[PARAMETERS], b"name") if len(part) > PARAMETERS else b""


def _parameters(told: Value, wanted: bytes) -> bytes:
    words = items(told)
    return b"".join(
        b'; filename%s="%s"' % (name[len(wanted) :], _quoted(value))
        for name, value in zip(words[::2], words[1::2], strict=False)
        if isinstance(name, bytes) and isinstance(value, bytes) and name.lower().split(b"*")[0] == wanted
    )


def _quoted(value: bytes) -> bytes:
    """Fit for a header's quoted text, which has one line."""
    return b" ".join(value.split()).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
