"""Hide clients' phones, e-mail addresses, names and addresses from who only looks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Protocol

from chalicelib.entry import Entry
from chalicelib.logs import masked

HIDDEN = "…"
SHORTEST_WORD = 3
"""Shorter parts of a name stand in too many other words."""

SHORTEST_STEM = 3
LONGEST_ENDING = 4
"""Letters: Russian names are declined, ``Ольга`` is ``Ольгой``."""

MOST_WORDS = 500

OWN_NAMES = frozenset(
    {"name", "first_name", "last_name", "patronymic", "email", "phone", "phone_typed", "delivery_address"}
)
"""The fields of events and actions that say who a client is, or where they live."""

TO_CLIENT = re.compile(r"(?:^|\.)sms\.text$")
"""What we write to a client: their name and address stand in it, and maybe in no field of the entry."""

WORDS = re.compile(r"[^\W\d_]+")
PART_OF_NAME = re.compile(r"[A-ZА-ЯЁ]?[a-zа-яё]+|[A-ZА-ЯЁ]+")
PERSONAL = frozenset(
    {"from", "name", "names", "fio", "фио", "имя", "имени", "фамилия", "отчество", "firstname", "lastname"}
    | {"surname", "patronymic", "fullname", "nickname", "username", "login", "user", "author", "sender"}
    | {"address", "addr", "адрес", "street", "улица", "flat", "apartment", "квартира", "email", "mail"}
    | {"почта", "phone", "tel", "телефон", "contact", "contacts", "контакт", "client", "klient", "клиент"}
    | {"customer", "adres", "imya", "familiya", "telefon", "pochta", "svyaz", "zovut"}
)
"""Words in the names of a sender's fields that may hold the same."""

THINGS = frozenset(
    {"form", "product", "products", "item", "items", "offer", "offers", "file", "files", "attachment"}
    | {"attachments", "attribution", "page", "source", "event", "status", "utm", "company", "campaign"}
    | {"type", "id", "ids", "line", "url", "title", "service", "site", "code"}
)
"""Words by which such a field is of no client, as in ``form_name``, ``products.0.name``."""


class Masks(Protocol):
    """What somebody may read."""

    def text(self, text: str) -> str:
        """As they may read it."""
        ...

    def value(self, name: str, text: str) -> str:
        """The value of a sender's field with this dotted name, as they may read it."""
        ...

    def own(self, name: str, text: str) -> str:
        """The value of an event's or an action's field with this dotted name, as they may read it."""
        ...


class Open:
    """Nothing is hidden. Implements :class:`Masks`."""

    def text(self, text: str) -> str:
        """See the protocol."""
        return text

    def value(self, name: str, text: str) -> str:  # noqa: ARG002 -- the protocol's
        """See the protocol."""
        return text

    def own(self, name: str, text: str) -> str:  # noqa: ARG002 -- the protocol's
        """See the protocol."""
        return text


class Closed:
    """Personal data is hidden, as far as we know it or can tell it. Implements :class:`Masks`."""

    def __init__(self, words: Iterable[str]) -> None:
        """Hide these words, too, wherever they stand."""
        known = islice(dict.fromkeys(word.casefold() for word in words), MOST_WORDS)
        each = sorted(map(_declined, known), key=len, reverse=True)
        # Without words it matches nothing.
        self._words = re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)" if each else r"(?!)", re.IGNORECASE)

    def text(self, text: str) -> str:
        """See the protocol."""
        return self._words.sub(HIDDEN, masked(text))

    def value(self, name: str, text: str) -> str:
        """See the protocol."""
        is_hidden = _is_personal(name) or TO_CLIENT.search(name)
        return _hidden(text) if text and is_hidden else self.text(text)

    def own(self, name: str, text: str) -> str:
        """See the protocol."""
        is_hidden = _is_own(name) or TO_CLIENT.search(name)
        return _hidden(text) if text and is_hidden else self.text(text)


def _hidden(text: str) -> str:
    """Of a phone the last digits, of an e-mail address its domain, of anything else nothing."""
    shown = masked(text)
    return shown if shown.startswith(HIDDEN) and " " not in shown else HIDDEN


def masks_of(entry: Entry, content: Iterable[tuple[str, str]] = ()) -> Closed:
    """What hides the client of an entry.

    Args:
        entry: what was read and planned.
        content: the fields of what came in, by their dotted names.
    """
    read = (_texts("", model.model_dump(exclude={"kind"})) for model in (*entry.events, *entry.plan))
    own = (text for texts in read for name, text in texts if _is_own(name))
    sent = (text for name, text in content if _is_personal(name))
    return Closed(
        word
        for text in (*own, *sent)
        # Of an e-mail address its domain is no name.
        for word in WORDS.findall(text.partition("@")[0])
        if len(word) >= SHORTEST_WORD
    )


def _declined(word: str) -> str:
    """An expression for a word with whatever ending."""
    if len(word) <= SHORTEST_STEM:
        return re.escape(word)
    return rf"{re.escape(word[:-1])}\w{{0,{LONGEST_ENDING}}}"


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 -- whatever models hold
    """Each text with its dotted name."""
    match value:
        case str():
            yield name, value
        case Mapping():
            for inner_name, inner in value.items():
                yield from _texts(f"{name}.{inner_name}", inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(name, inner)


def _is_own(name: str) -> bool:
    """True if a field of our own events and actions with this dotted name says who a client is."""
    return name.rsplit(".", 1)[-1] in OWN_NAMES and _is_personal(name)


def _is_personal(name: str) -> bool:
    """True if a dotted name such as ``contact.name`` says so; what it is part of may say otherwise."""
    *_, parent, last = ["", *(part for part in name.split(".") if part and not part.isdecimal())]
    last_words = _words(last)
    return not last_words.isdisjoint(PERSONAL) and (last_words | _words(parent)).isdisjoint(THINGS)


def _words(name: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in PART_OF_NAME.findall(name))
