"""Ask a third party that speaks SOAP 1.1. What it answers is read in pieces: it may be long.

A document type is refused where it begins, before anything in it is read. Without one there is no entity to
expand but XML's own five and numbers of characters, and none to fetch. Names are local ones: prefixes differ
from answer to answer.
"""

import re
from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

import httpx

from chalicelib.errors import Unreachable
from chalicelib.providers.polling import check_success

MOST_BYTES = 32 * 1024 * 1024
"""Of an answer. Three thousand parcels with fifty operations each are some twenty million."""

PIECE = 64 * 1024
FAULT = "Fault"
CODE_OF_A_FAULT = re.compile(r"[a-zA-Z.:-]{1,50}")
"""The code only: nobody knows what a text repeats of what we sent."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of(value: object) -> str:
    """A value as XML writes it between two tags, without what XML cannot hold."""
    return escape(_FORBIDDEN.sub("", str(value)))


def envelope(body: str, **namespaces: str) -> bytes:
    """A request with this body, whose prefixes stand for these namespaces."""
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"{declared}>'
        f"<soapenv:Header/><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def asked(http: httpx.Client, url: str, request: bytes, names: Collection[str]) -> Iterator[Element]:
    """The elements of these local names in the answer, each as soon as it is read; of nested ones the outer.

    Raises:
        Unreachable: it does not answer, with a fault, with no XML, or with too much of it.
        Refused: it refuses.
    """
    body = _answer(http, url, request)
    for element in elements(body, {*names, FAULT}):
        if element.tag == FAULT:
            raise Unreachable("source-unreachable", f"it answers the fault {_code(element)}")
        yield element


def elements(body: bytes, names: Collection[str]) -> Iterator[Element]:
    """The elements of these local names in a document.

    Raises:
        Unreachable: it is no XML, or has a document type. What stands before that is given.
    """
    collector = _Collector(names)
    # The encoding is said here, whatever the document declares.
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = collector.start
    parser.CharacterDataHandler = collector.text
    parser.EndElementHandler = collector.end
    try:
        for first in range(0, len(body), PIECE):
            parser.Parse(body[first : first + PIECE], False)
            yield from collector.taken()
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise Unreachable("source-unreachable", "it answers no XML, or a part of it") from None


def _answer(http: httpx.Client, url: str, request: bytes) -> bytes:
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
    pieces = bytearray()
    try:
        with http.stream("POST", url, content=request, headers=headers) as response:
            for piece in response.iter_bytes(PIECE):
                pieces += piece
                if len(pieces) > MOST_BYTES:
                    raise Unreachable("source-unreachable", f"it answers more than {MOST_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable("source-unreachable", type(error).__name__) from None
    # SOAP tells a fault with 500.
    if response.status_code != httpx.codes.INTERNAL_SERVER_ERROR or b"Fault" not in pieces:
        check_success(response)
    return bytes(pieces)


def _code(fault: Element) -> str:
    """The most precise code of a fault: the service's own stands in its detail."""
    codes = [one.text.strip() for name in ("code", "faultcode") for one in fault.iter(name) if one.text]
    return next((code for code in codes if CODE_OF_A_FAULT.fullmatch(code)), "without a code")


def _refuse_doctype(*_: object) -> None:
    raise Unreachable("source-unreachable", "it answers with a document type")


class _Collector:
    """Hears of each element from the parser, and keeps those that are wanted."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._builder: TreeBuilder | None = None
        self._depth = 0
        self._taken: list[Element] = []

    def taken(self) -> list[Element]:
        """Those that are complete, each once."""
        taken, self._taken = self._taken, []
        return taken

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if self._builder is None and local in self._names:
            self._builder = TreeBuilder()
        if self._builder is not None:
            self._depth += 1
            self._builder.start(local, {_local(key): value for key, value in attributes.items()})

    def text(self, piece: str) -> None:
        if self._builder is not None:
            self._builder.data(piece)

    def end(self, name: str) -> None:
        if self._builder is None:
            return
        self._builder.end(_local(name))
        self._depth -= 1
        if self._depth == 0:
            self._taken.append(self._builder.close())
            self._builder = None


def _local(name: str) -> str:
    return name.rpartition(":")[2]
