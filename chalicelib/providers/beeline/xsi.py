"""An event of BroadSoft's XSI in XML, as a flat table of texts. Standard library only.

A document type is refused where it begins, before anything in it is read. Without one there is no entity to
expand but XML's own five and numbers of characters, none to fetch, and no default that somebody else set.
"""

from xml.parsers import expat

from chalicelib.gate.form import Unparsable


def event_fields(body: bytes) -> dict[str, str]:
    """The texts of a document's elements, blank ones left out; of a repeated one the first.

    Prefixes differ from sender to sender, so names are local ones. An element is there by its name
    (``callId``) and by its parent's and its own (``remoteParty/address``), an attribute by its element's
    name and its own (``eventData@type``).

    Raises:
        Unparsable: ``wrong-encoding`` (no UTF-8), ``forbidden-doctype`` or ``broken-xml``.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unparsable("wrong-encoding") from None
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = collector.start
    parser.CharacterDataHandler = collector.text
    parser.EndElementHandler = collector.end
    try:
        # A text, not bytes: so expat reads it as UTF-8, whatever encoding the document declares.
        parser.Parse(text, True)
    except expat.ExpatError:
        raise Unparsable("broken-xml") from None
    return collector.fields


def local(name: str) -> str:
    """A name, or a type's name, without its prefix."""
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise Unparsable("forbidden-doctype")


class _Collector:
    """Hears of each element from the parser."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._open: list[tuple[str, list[str]]] = [("", [])]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            self._keep(f"{local(name)}@{local(attribute)}", value)
        self._open.append((local(name), []))

    def text(self, piece: str) -> None:
        self._open[-1][1].append(piece)

    def end(self, _: str) -> None:
        name, pieces = self._open.pop()
        text = "".join(pieces)
        self._keep(name, text)
        self._keep(f"{self._open[-1][0]}/{name}", text)

    def _keep(self, key: str, text: str) -> None:
        if text.strip():
            self.fields.setdefault(key, text.strip())
