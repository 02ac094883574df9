"""Read URL-encoded and JSON bodies without losing a byte."""

import json
import re
from binascii import unhexlify
from collections.abc import Mapping
from functools import lru_cache

MAX_FIELDS = 1000
ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


class Unparsable(ValueError):
    """The body is not what its sender says. The text is a reason code such as ``broken-json``."""


def form_fields(body: bytes, undecodable: str = "replace") -> Mapping[str, bytes]:
    """The decoded fields of an ``application/x-www-form-urlencoded`` body; of a repeated one the last.

    Values stay bytes: a signature covers them as they were sent, and the sender's encoding is
    the reader's business.

    Args:
        body: as it came.
        undecodable: what to do with bytes in a field's name that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: more than ``MAX_FIELDS`` fields.
        UnicodeDecodeError: a name is no UTF-8, and ``undecodable`` is ``strict``.
    """
    return {name.decode("utf-8", undecodable): value for name, value in form_pairs(body)}


@lru_cache(maxsize=16)
def form_pairs(body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The decoded names and values of a form in the order in which they came, repeated ones too.

    Remembered for a moment: who authenticates a body and who reads it ask one after the other.

    Raises:
        Unparsable: more than ``MAX_FIELDS`` fields.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise Unparsable("too-many-fields")
    pairs = [pair.partition(b"=") for pair in body.split(b"&") if pair]
    return tuple([(_decoded(name), _decoded(value)) for name, _, value in pairs])


def form_texts(body: bytes, undecodable: str = "strict") -> dict[str, str]:
    """The fields of a form in UTF-8.

    Args:
        body: as it came.
        undecodable: what to do with bytes that are no UTF-8, as for ``bytes.decode``.

    Raises:
        Unparsable: ``too-many-fields`` or ``wrong-encoding``.
    """
    try:
        fields = form_fields(body, undecodable)
        return {name: value.decode("utf-8", undecodable) for name, value in fields.items()}
    except UnicodeDecodeError:
        raise Unparsable("wrong-encoding") from None


def without_form_fields(body: bytes, names: frozenset[str]) -> bytes:
    """The same body without the named fields; every other byte stays as it was."""
    return b"&".join(pair for pair in body.split(b"&") if _field_name(pair) not in names)


def _field_name(pair: bytes) -> str:
    return _decoded(pair.split(b"=")[0]).decode("utf-8", "replace")


def _decoded(raw: bytes) -> bytes:
    """Each run of escapes at once: the standard library takes one by one, which is slow for Cyrillic."""
    spaced = raw.replace(b"+", b" ")
    return ESCAPES.sub(_run, spaced) if b"%" in spaced else spaced


def _run(escapes: re.Match[bytes]) -> bytes:
    return unhexlify(escapes.group().replace(b"%", b""))


def json_value(body: bytes) -> object:
    """The JSON value of a UTF-8 body.

    Half a surrogate pair (an emoji that its sender cut in two) becomes a question mark: JSON may hold
    it, but it is no text, and everything that stores or sends texts would refuse it.

    Raises:
        Unparsable: ``wrong-encoding`` or ``broken-json``.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unparsable("wrong-encoding") from None
    try:
        value: object = json.loads(text)
        if "\\ud" in text.lower():
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unparsable("broken-json") from None
    return value


def json_mapping(body: bytes) -> Mapping[str, object]:
    """The JSON object of a body; an empty one if there is none, or the body cannot be read.

    For the gate, which looks for an id and refuses nothing: the reader says what is wrong.
    """
    try:
        value = json_value(body)
    except Unparsable:
        return {}
    return value if isinstance(value, Mapping) else {}
