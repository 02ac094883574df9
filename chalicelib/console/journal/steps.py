"""The plan of an entry, with what was made of it in the CRM."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.actions import AddNote, Announce, AnyAction
from chalicelib.books.rows import row_of
from chalicelib.console.journal.wording import Fact, Wording
from chalicelib.entry import Entry, Result, Status

ORDER = "order "
NUMBER = "number "
"""How ``perform`` notes what it made: ``order 12``, ``number 1012A``."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place to look at: ``href`` is empty where there is none."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that an entry's page leads to: of an order, a client, another entry."""

    order: Callable[[int], str]
    customer: Callable[[int], str]
    entry: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Step:
    """One action of the plan.

    Attributes:
        state: how it stands, as ``entry.state_{state}`` has it.
        mood: of its badge.
        links: what was made or changed, in the CRM or here.
        reference: the same as a code, for support.
    """

    title: str
    facts: tuple[Fact, ...]
    state: str
    mood: str
    links: tuple[Link, ...]
    note: str
    reference: str
    at: datetime | None


def steps_of(entry: Entry, wording: Wording, links: Links) -> tuple[Step, ...]:
    """The plan, with what became of each action."""
    names = _Names(entry, wording, links)
    return tuple(_step(entry, number, names) for number in range(len(entry.plan)))


def made_by(entry: Entry, wording: Wording, links: Links) -> tuple[Link, ...]:
    """What was made or changed outside, each once."""
    names = _Names(entry, wording, links)
    pairs = zip(entry.plan, entry.results, strict=False)
    return tuple(dict.fromkeys(link for action, result in pairs for link in names.made(action, result)))


def _step(entry: Entry, number: int, names: "_Names") -> Step:
    action = entry.plan[number]
    result = entry.results[number] if number < len(entry.results) else None
    state, mood = state_of(entry, number, result)
    note = result.note if result else ""
    return Step(
        title=names.wording.title(action),
        facts=names.wording.facts(action),
        state=state,
        mood=mood,
        links=(*(names.made(action, result) if result else ()), *names.about(action, result)),
        note="" if note.startswith(NUMBER) else names.wording.note(note),
        reference=names.wording.masks.text(result.reference) if result else "",
        at=result.at if result else None,
    )


def state_of(entry: Entry, number: int, result: Result | None) -> tuple[str, str]:
    """How an action stands, as ``entry.state_{state}`` has it, and the mood of that."""
    if result is not None:
        if result.state == "skipped":
            return "skipped", "idle"
        return ("found" if result.note.startswith("found") else "done"), "good"
    if entry.status is Status.OBSERVED:
        return "observed", "info"
    if number == len(entry.results) and entry.may_be_done:
        return "unknown", "warn"
    if number == len(entry.results) and entry.is_open:
        return "next", "info"
    return "waits", "idle"


class _Names:
    """Says what an entry's results refer to."""

    def __init__(self, entry: Entry, wording: Wording, links: Links) -> None:
        self.wording = wording
        self._links = links
        self._numbers = _numbers_in(entry)

    def made(self, action: AnyAction, result: Result) -> Iterator[Link]:
        """What an action made or changed."""
        kind, _, name = result.reference.partition(" ")
        match kind:
            case "order" if name.isdecimal():
                yield self._order(int(name))
            case "task":
                # The CRM shows a task on its order.
                order_id = _order_id(action)
                yield Link(self._word("task", name), self._links.order(order_id) if order_id else "")
            case "note" if isinstance(action, AddNote):
                yield Link(self._word("note"), self._links.customer(action.customer_id))
            case "entry" if isinstance(action, Announce) and action.due_at > result.at:
                # Its entry is not in the journal until then.
                words = self._word("later", self.wording.second(action.due_at))
                yield Link(words, self._links.entry(name))
            case "entry":
                words = self.wording.word(f"entry.ref_{action.kind.replace('-', '_')}")
                yield Link(words or self._word("entry", name), self._links.entry(name))
            case "sms":
                yield Link(self._word("sms"))

    def about(self, action: AnyAction, result: Result | None) -> Iterator[Link]:
        """The order that an action is about, where its result does not lead there already."""
        order_id = _order_id(action)
        if order_id and not (result and result.reference.startswith(("order ", "task "))):
            yield self._order(order_id)

    def _order(self, order_id: int) -> Link:
        number = self._numbers.get(order_id)
        words = self._word("order", number) if number else self._word("order_id", str(order_id))
        return Link(words, self._links.order(order_id))

    def _word(self, name: str, number: str = "") -> str:
        return self.wording.word(f"entry.ref_{name}").format(number=number)


def _order_id(action: AnyAction) -> int | None:
    """The CRM's id of the order that an action is about."""
    order_id: int | None = getattr(action, "order_id", None)
    return order_id


def _numbers_in(entry: Entry) -> Mapping[int, str]:
    """The numbers of orders by their ids, as far as the entry tells them."""
    found = {
        int(result.reference.removeprefix(ORDER)): result.note.removeprefix(NUMBER)
        for result in entry.results
        if result.reference.startswith(ORDER) and result.note.startswith(NUMBER)
    }
    for model in (*entry.events, *entry.plan):
        order_id, number = getattr(model, "order_id", None), getattr(model, "order_number", "")
        if order_id and number:
            found[order_id] = number
    row = row_of(entry)
    if row and len(row.order_ids) == len(row.numbers) == 1 and row.order_ids[0].isdecimal():
        found.setdefault(int(row.order_ids[0]), row.numbers[0])
    return found
