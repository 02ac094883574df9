"""A letter's BODYSTRUCTURE, as an IMAP server tells it (RFC 3501)."""

import re
from email.message import Message

_PARAMETER = re.compile(r';\s*([^=\s]+)=("(?:[^"\\]|\\.)*"|[^;\s]*)')


def structure(part: Message) -> bytes:
    """The structure of a part with all parts in it."""
    main, sub = part.get_content_maintype().upper(), part.get_content_subtype().upper()
    inner = part.get_payload()
    if isinstance(inner, list) and main == "MULTIPART":
        parts = b"".join(structure(one) for one in inner if isinstance(one, Message))
        return b"(%s %s %s NIL NIL)" % (parts, _text(sub), _parameters(part, "Content-Type"))
    content = part.as_bytes().partition(b"\n\n")[2].replace(b"\n", b"\r\n")
    words = [
        _text(main),
        _text(sub),
        _parameters(part, "Content-Type"),
        b"NIL",
        b"NIL",
        _text(str(part.get("Content-Transfer-Encoding", "7bit")).upper()),
        b"%d" % len(content),
    ]
    if main == "MESSAGE":
        words += [b"NIL", b"NIL"]
    if main in {"TEXT", "MESSAGE"}:
        words.append(b"%d" % content.count(b"\n"))
    return b"(%s NIL %s NIL NIL)" % (b" ".join(words), _disposition(part))


def _disposition(part: Message) -> bytes:
    word = part.get_content_disposition()
    if not word:
        return b"NIL"
    return b"(%s %s)" % (_text(word.upper()), _parameters(part, "Content-Disposition"))


def _parameters(part: Message, header: str) -> bytes:
    """Names and values as they stand in the letter, not decoded."""
    words = b" ".join(
        _text(one.strip('"')) for told in _PARAMETER.findall(str(part.get(header, ""))) for one in told
    )
    return b"(%s)" % words if words else b"NIL"


def _text(text: str) -> bytes:
    """In quotes, or as a literal if it has a quote or is not ASCII."""
    raw = text.encode("utf-8", "surrogateescape")
    if text.isascii() and '"' not in text and "\\" not in text:
        return b'"%s"' % raw
    return b"{%d}\r\n%s" % (len(raw), raw)
