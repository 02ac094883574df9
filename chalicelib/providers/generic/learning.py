"""Guess from one captured sample what the fields of a form mean. A person looks at it before it is used.

Bolder than the reader: it also goes by parts of names and by what the values look like.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chalicelib.gate.submissions import LONGEST_ID, fields_of, flattened, plain_name
from chalicelib.gate.webhook import Webhook
from chalicelib.providers import forms
from chalicelib.providers.generic.hints import COLUMNS, HINTS, SINGLE_PRODUCT, Hint
from chalicelib.providers.generic.items import NAME, PRICE, QUANTITY, without_numbers
from chalicelib.providers.generic.read import ID, named_texts

ID_NAMES = frozenset({"id", "uuid", "guid", "tranid", "leadid", "orderid", "requestid", "submissionid"})
"""As ``plain_name`` writes them."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Learnt(NamedTuple):
    """What one field seems to mean.

    Attributes:
        name: as the table of the shop names it: without the places in lists.
        text: the first text that it has in the sample.
        ours: our word for it, such as ``phone``; ``answer`` if nothing else fits.
    """

    name: str
    text: str
    ours: str


def learnt(sample: Webhook) -> list[Learnt]:
    """What each filled field of the sample seems to mean, in its order.

    Raises:
        Unparsable: it is no form of any kind that we read.
    """
    sent = fields_of(sample)
    texts = [(name, text) for name, text in named_texts(sent) if text.strip()]
    first = {without_numbers(name): text for name, text in reversed(texts)}
    names = dict.fromkeys(without_numbers(name) for name, _ in texts)
    meanings = _of_a_cart(texts)
    meanings |= _of_single_fields({name: first[name] for name in names if name not in meanings})
    if ID not in meanings.values():
        # Not out of JSON within a form: the gate, which needs the id, does not look into that.
        left = {name: text for name, text in flattened(sent) if meanings.get(name) == forms.ANSWER}
        meanings |= _of_an_id(left)
    return [Learnt(name, first[name], meanings[name]) for name in names]


def _of_a_cart(texts: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The first list whose lines have a name, and a price or a quantity; else the fields of one product."""
    lists: dict[str, dict[str, str]] = {}
    for name, text in texts:
        for parent, column in _places(name):
            lists.setdefault(parent, {}).setdefault(column, text)
    for parent, columns in lists.items():
        found = _matched(columns, COLUMNS)
        if _is_cart(found):
            return {f"{parent}.{column}": found.get(column, forms.ANSWER) for column in columns}
    found = _matched({name: text for name, text in texts if not [*_places(name)]}, SINGLE_PRODUCT)
    return found if _is_cart(found) else {}


def _is_cart(found: Mapping[str, str]) -> bool:
    meanings = {*found.values()}
    return NAME in meanings and bool(meanings & {PRICE, QUANTITY})


def _places(name: str) -> Iterator[tuple[str, str]]:
    """The list that a field belongs to, and its name in there; nothing of one that is in no list."""
    parts = name.split(".")
    numbered = [place for place, part in enumerate(parts) if part.isdecimal() and 0 < place < len(parts) - 1]
    if numbered:
        yield without_numbers(".".join(parts[: numbered[-1]])), ".".join(parts[numbered[-1] + 1 :])


def _of_single_fields(texts: Mapping[str, str]) -> dict[str, str]:
    meanings = dict.fromkeys(texts, forms.ANSWER)
    for name, text in texts.items():
        ours = forms.guess(forms.Field(name, text))
        if ours not in meanings.values() and forms.fits(ours, text):
            meanings[name] = ours
    left = {name: text for name, text in texts.items() if meanings[name] == forms.ANSWER}
    hints = tuple(hint for hint in HINTS if hint.ours not in meanings.values())
    return meanings | _matched(left, hints)


def _matched(texts: Mapping[str, str], hints: Sequence[Hint]) -> dict[str, str]:
    """The first field that fits to each hint; no field and no meaning twice."""
    found: dict[str, str] = {}
    for hint in hints:
        for name, text in texts.items():
            is_free = name not in found and hint.ours not in found.values()
            if is_free and hint.is_at(name, text):
                found[name] = hint.ours
    return found


def _of_an_id(texts: Mapping[str, str]) -> dict[str, str]:
    """The submission's own id: by its name at the top, else anything that is unique by its form."""
    for is_id in (
        lambda name, _: plain_name(name) in ID_NAMES,
        lambda _, text: _UUID.fullmatch(text.strip()) is not None,
        lambda name, _: plain_name(name.rpartition(".")[2]) in ID_NAMES,
    ):
        for name, text in texts.items():
            if is_id(name, text) and 0 < len(text.strip()) <= LONGEST_ID:
                return {name: ID}
    return {}
