"""Read ``multipart/form-data``, which browsers and plugins send where a form may hold files."""

import re
from dataclasses import dataclass

from chalicelib.gate.form import MAX_FIELDS, Unparsable

_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]+)\"|([^\s;]+))", re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:\s*form-data\b(.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER = re.compile(rb";\s*(name|filename)=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;]+))", re.IGNORECASE)
_ESCAPED = re.compile(rb"%(22|0[AaDd])|\\([\"\\])")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the form.

    Attributes:
        filename: None if it is no file; empty if no file was chosen.
    """

    name: bytes
    filename: bytes | None
    content: bytes


def parts(body: bytes, content_type: str) -> list[Part]:
    """The fields in the order in which they came.

    Args:
        body: as it came.
        content_type: the whole header: its parameter ``boundary`` tells where a part ends.

    Raises:
        Unparsable: ``broken-form`` or ``too-many-fields``.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise Unparsable("broken-form")
    delimiter = b"\r\n--" + (boundary[1] or boundary[2]).encode("utf-8", "replace")
    _, *pieces = (b"\r\n" + body).split(delimiter, MAX_FIELDS + 2)
    if len(pieces) > MAX_FIELDS + 1:
        raise Unparsable("too-many-fields")
    # The last delimiter has two dashes behind it. Without it the rest of the form was lost on its way.
    if not pieces or not pieces[-1].startswith(b"--"):
        raise Unparsable("broken-form")
    return [_part(piece) for piece in pieces[:-1]]


def _part(piece: bytes) -> Part:
    head, separator, content = piece.partition(b"\r\n\r\n")
    disposition = _DISPOSITION.search(head.replace(b"\r\n", b"\n"))
    if not separator or disposition is None:
        raise Unparsable("broken-form")
    given = {
        key.lower(): _ESCAPED.sub(_unescaped, quoted) or plain
        for key, quoted, plain in _PARAMETER.findall(disposition[1])
    }
    if b"name" not in given:
        raise Unparsable("broken-form")
    return Part(given[b"name"], given.get(b"filename"), content)


def _unescaped(escaped: re.Match[bytes]) -> bytes:
    """Browsers write a quotation mark as ``%22``, others put a backslash before it."""
    return bytes.fromhex(escaped[1].decode()) if escaped[1] else escaped[2]
