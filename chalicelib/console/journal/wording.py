"""Events, actions and their fields in words of a person."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from zoneinfo import ZoneInfo

from chalicelib.actions import Action, AnyAction
from chalicelib.console.journal.notes import told, told_zone
from chalicelib.console.masks import Masks
from chalicelib.console.words import words_of
from chalicelib.entry import SET_ASIDE, Entry, Status
from chalicelib.events import AnyEvent
from chalicelib.phones import readable
from chalicelib.texts import Texts
from chalicelib.texts.filters import filters

MONEY = frozenset({"price", "total", "discount", "delivery_cost"})
OUR_OWN_BUSINESS = frozenset({"kind", "client", "once", "marker", "before", "topic"})
"""Fields that tell a person nothing."""


NOT_IN_KEYS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of an event or an action.

    Attributes:
        label: in words, or the field's own name if it has none.
        is_known: True if it has words.
    """

    label: str
    value: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """How somebody reads entries: in which language, by which clock, and what is hidden from them."""

    language: str
    zone: ZoneInfo
    masks: Masks

    def word(self, key: str, fallback: str = "") -> str:
        """A word that may be missing."""
        found = words_of(self.language).get(key, fallback)
        return found if isinstance(found, str) else fallback

    def title(self, model: AnyEvent | AnyAction) -> str:
        """What happened, or what is to be done."""
        group = "action" if isinstance(model, Action) else "event"
        return self.word(f"happening.{group}_{model.kind.replace('-', '_')}", model.kind)

    def second(self, moment: datetime) -> str:
        """A moment to the second, by the shop's clock."""
        return f"{moment.astimezone(self.zone):%d.%m.%Y %H:%M:%S}"

    def reason(self, entry: Entry) -> tuple[str, str]:
        """Why an entry stands where it stands, and what to do about it; empty where nobody can say."""
        if entry.status in {*SET_ASIDE, Status.DISCARDED} and entry.reason:
            return self.reason_in_words(entry.reason)
        return self.note(entry.reason), ""

    def note(self, code: str) -> str:
        """Codes of ours, such as ``already-told``, and what stands beside them, in words if they have any."""
        codes = self.masks.text(code).split(", ")
        told = [self._note(each) for each in codes]
        return (". " if all(map(str.__ne__, codes, told)) else ", ").join(told)

    def detail(self, text: str) -> str:
        """What an entry's reason means here, such as where a client's clock stands."""
        return told(text, self.language) if told_zone(text, self.language) else self.masks.text(text)

    def _note(self, code: str) -> str:
        what, colon, detail = code.partition(":")
        if whole := self._reason(code):
            return whole
        return told(code, self.language) or (self._reason(what) or what) + colon + detail

    def _reason(self, code: str) -> str:
        return self.word(f"reasons.{NOT_IN_KEYS.sub('_', code.casefold())}")

    def reason_in_words(self, reason: str) -> tuple[str, str]:
        """What the reason of a set-aside entry means, and what to do about it."""
        text = _reasons(self.language, self.zone).render("alert/reason", reason=reason)
        what, _, advice = text.partition("\n")
        return what, advice

    def facts(self, model: AnyEvent | AnyAction) -> tuple[Fact, ...]:
        """What it says, without what is as ever."""
        fields = model.model_dump(exclude_defaults=True, exclude=set(OUR_OWN_BUSINESS))
        return tuple(
            self._fact(name, value)
            for name, value in _leaves("", fields)
            if value not in {"", None} and not OUR_OWN_BUSINESS.intersection(name.split("."))
        )

    def _fact(self, name: str, value: object) -> Fact:
        parts = [part for part in name.split(".") if not part.isdecimal()]
        last = parts[-1]
        label = self.word(f"happening.field_{'_'.join(parts[-2:])}", self.word(f"happening.field_{last}"))
        if not isinstance(value, str):
            return Fact(label or name, self._written(last, value), bool(label))
        match last:
            case "phone":
                text = readable(value)
            case "template":
                text = self.word(f"texts.{value}", value)
            case "zone":
                text = told_zone(value, self.language) or value
            case _:
                text = value
        return Fact(label or name, self.masks.own(name, text), bool(label))

    def _written(self, name: str, value: object) -> str:
        write = filters(self.language, self.zone)
        match value:
            case bool():
                return self.word("entry.yes" if value else "entry.no")
            case datetime():
                return self.second(value)
            case date():
                return value.isoformat()
            case timedelta():
                return write["duration"](value)
            case Decimal():
                return write["money"](value) if name in MONEY else f"{value:f}"
            case Enum():
                return str(value.value)
            case _:
                return str(value)


@cache
def _reasons(language: str, zone: ZoneInfo) -> Texts:
    return Texts(language, zone)


def _leaves(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Each value with its dotted name; the texts of a list are joined."""
    match value:
        case Mapping():
            for inner_name, inner in value.items():
                yield from _leaves(f"{name}.{inner_name}".strip("."), inner)
        case list() | tuple() | set() | frozenset() if any(isinstance(one, Mapping) for one in value):
            for number, inner in enumerate(value, 1):
                yield from _leaves(f"{name}.{number}", inner)
        case list() | tuple() | set() | frozenset():
            yield name, ", ".join(map(str, value))
        case _:
            yield name, value
