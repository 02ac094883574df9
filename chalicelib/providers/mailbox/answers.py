"""What an IMAP server answers to FETCH: a list of lists (RFC 3501), whatever its length and quoting.

``imaplib`` gives an answer as it came over the wire: lines, and each text that was sent as a literal beside
the line that announced it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Value: TypeAlias = "bytes | list[Value] | None"
"""A word or a text, NIL, or a list of them."""

Line: TypeAlias = "bytes | tuple[bytes, bytes] | None"
"""As ``imaplib`` gives it: a line, or a line and the literal that it announced."""

MOST_NESTED = 100

_LITERAL = re.compile(rb"\{\d+\}\Z")
_TOKEN = re.compile(
    rb"""\s*(?: (?P<open>\() | (?P<close>\)) | "(?P<quoted>(?:[^"\\]|\\.)*)"
              | (?P<atom>(?i:BODY)\[[^\]]*\](?:<\d+>)? | [^\s()"]+) )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Nonsense(ValueError):
    """The answer is none."""


def messages(lines: Iterable[Line]) -> Iterator[dict[bytes, Value]]:
    """What the answer tells of each letter: values by name, such as ``UID`` or ``BODY[TEXT]<0>``.

    Raises:
        Nonsense: it is no such answer.
    """
    for told in parsed(lines):
        if isinstance(told, list):
            yield {
                bytes(name).upper(): value
                for name, value in zip(told[::2], told[1::2], strict=False)
                if isinstance(name, bytes)
            }


def parsed(lines: Iterable[Line]) -> list[Value]:
    """The values of an answer, lists within lists.

    Raises:
        Nonsense: its parentheses do not fit, or a text has no end.
    """
    top: list[Value] = []
    open_lists = [top]
    for kind, text in _tokens(lines):
        match kind:
            case "open":
                inner: list[Value] = []
                open_lists[-1].append(inner)
                open_lists.append(inner)
                if len(open_lists) > MOST_NESTED:
                    raise Nonsense("nested too deep")
            case "close":
                open_lists.pop()
                if not open_lists:
                    raise Nonsense("closed too often")
            case "atom":
                open_lists[-1].append(None if text.upper() == b"NIL" else text)
            case _:
                open_lists[-1].append(text)
    if len(open_lists) != 1:
        raise Nonsense("not closed")
    return top


def text_of(value: Value) -> bytes:
    """A text; empty if it is NIL or no text."""
    return value if isinstance(value, bytes) else b""


def number_of(value: Value) -> int:
    """A number; 0 if it is none."""
    text = text_of(value)
    return int(text) if text.isdigit() else 0


def items(value: Value) -> Sequence[Value]:
    """The items of a list; none if it is no list."""
    return value if isinstance(value, list) else []


def _tokens(lines: Iterable[Line]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        if isinstance(line, tuple):
            yield from _tokens_of(_LITERAL.sub(b"", line[0]))
            yield "literal", line[1]
        elif line is not None:
            yield from _tokens_of(line)


def _tokens_of(line: bytes) -> Iterator[tuple[str, bytes]]:
    at, end = 0, len(line.rstrip())
    while at < end:
        found = _TOKEN.match(line, at)
        if found is None or found.lastgroup is None:
            raise Nonsense("a text has no end")
        at = found.end()
        text = found[found.lastgroup]
        yield found.lastgroup, _ESCAPED.sub(rb"\1", text) if found.lastgroup == "quoted" else text
