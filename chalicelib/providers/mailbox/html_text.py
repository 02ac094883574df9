"""A letter's HTML as plain text. What it quotes gets a ``>``, as in a plain letter.

The library's parser needs most of a minute for 100 kB that are broken on purpose, and anybody can send these.
Here each character is looked at once: so a tag ends at the first ``>``, also in an attribute.
"""

import re
from html import unescape

SILENT = frozenset({"script", "style", "template", "title"})
BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "center",
            "dd",
            "div",
            "dl",
            "dt",
            "fieldset",
            "footer",
        ),
        *(
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "ol",
            "p",
            "pre",
            "section",
        ),
        *("table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
CELLS = frozenset({"td", "th"})
QUOTE = "blockquote"

_MARKUP = re.compile(
    r"<!--(?:.*?-->|.*)|<(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>|<[!?/][^<>]*+>", re.DOTALL
)
_WHITE_SPACE = re.compile(r"[ \t\r\n]+")


def plain(html: str) -> str:
    """The text that a person sees."""
    text = _Text()
    at = 0
    for markup in _MARKUP.finditer(html):
        text.say(html[at : markup.start()])
        at = markup.end()
        if markup["tag"]:
            name = markup["tag"].lower()
            if markup["end"]:
                text.end(name)
            else:
                text.begin(name)
    text.say(html[at:])
    return str(text)


class _Text:
    """The lines so far."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._silent = ""
        self._quotes = 0

    def __str__(self) -> str:
        return "\n".join(self._line(words) for words in self._lines)

    def begin(self, tag: str) -> None:
        if self._silent:
            return
        if tag in SILENT:
            self._silent = tag
        if tag in BLOCKS:
            self._break()
        if tag == "br":
            self._lines.append([])
        elif tag == "li":
            self.say("- ")
        elif tag in CELLS:
            self.say(" ")
        elif tag == QUOTE:
            self._quotes += 1

    def end(self, tag: str) -> None:
        if self._silent:
            self._silent = "" if tag == self._silent else self._silent
            return
        if tag in BLOCKS:
            self._break()
        if tag == QUOTE:
            self._quotes = max(0, self._quotes - 1)

    def say(self, text: str) -> None:
        if self._silent or (not self._lines[-1] and not text.strip()):
            return
        if self._quotes and not self._lines[-1]:
            self._lines[-1].append("> ")
        self._lines[-1].append(unescape(text))

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append([])

    @staticmethod
    def _line(words: list[str]) -> str:
        return _WHITE_SPACE.sub(" ", "".join(words)).strip(" ")
