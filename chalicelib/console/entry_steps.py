"""The plan of an entry, with what was made of it in the CRM."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.actions import AnyAction
from chalicelib.console.wording import Fact, Wording
from chalicelib.entry import Entry, Result, Status


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
    """

    title: str
    facts: tuple[Fact, ...]
    state: str
    mood: str
    links: tuple[Link, ...]
    note: str
    at: datetime | None


def steps_of(entry: Entry, wording: Wording, links: Links) -> tuple[Step, ...]:
    """The plan, with what became of each action."""
    return tuple(_step(entry, number, action, wording, links) for number, action in enumerate(entry.plan))


def made_by(entry: Entry, wording: Wording, links: Links) -> tuple[Link, ...]:
    """What was made or changed outside, each once."""
    pairs = zip(entry.plan, entry.results, strict=False)
    made = (link for action, result in pairs for link in _made(action, result, wording, links))
    return tuple(dict.fromkeys(made))


def _step(entry: Entry, number: int, action: AnyAction, wording: Wording, links: Links) -> Step:
    result = entry.results[number] if number < len(entry.results) else None
    state, mood = state_of(entry, number, result)
    found = (*_made(action, result, wording, links), *_about_order(action, result, wording, links))
    return Step(
        title=wording.title(action),
        facts=wording.facts(action),
        state=state,
        mood=mood,
        links=found,
        note=wording.masks.text(result.note) if result else "",
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
    if number == len(entry.results) and entry.uncertain_since is not None:
        return "unknown", "warn"
    if number == len(entry.results) and entry.is_open:
        return "next", "info"
    return "waits", "idle"


def _made(action: AnyAction, result: Result | None, wording: Wording, links: Links) -> Iterator[Link]:
    """What the result refers to."""
    kind, _, name = (result.reference if result else "").partition(" ")
    match kind:
        case "":
            return
        case "order" if name.isdecimal():
            number = _number(action, result) or name
            yield Link(wording.word("entry.ref_order").format(number=number), links.order(int(name)))
        case "task":
            # The CRM shows a task on its order.
            order_id = getattr(action, "order_id", None)
            href = links.order(order_id) if order_id else ""
            yield Link(wording.word("entry.ref_task").format(number=name), href)
        case "note":
            customer_id = getattr(action, "customer_id", None)
            href = links.customer(customer_id) if customer_id else ""
            yield Link(wording.word("entry.ref_note"), href)
        case "entry":
            yield Link(wording.word("entry.ref_entry").format(number=name), links.entry(name))
        case _:
            yield Link(wording.masks.text(f"{kind} {name}".strip()))


def _about_order(action: AnyAction, result: Result | None, wording: Wording, links: Links) -> Iterator[Link]:
    """The order that an action is about, where its result does not name it already."""
    order_id = getattr(action, "order_id", None)
    if order_id and not (result and result.reference.startswith(("order ", "task "))):
        number = getattr(action, "order_number", "") or order_id
        yield Link(wording.word("entry.ref_order").format(number=number), links.order(order_id))


def _number(action: AnyAction, result: Result | None) -> str:
    """The order's number, which the note of a new one tells."""
    noted = result.note.removeprefix("number ") if result and result.note.startswith("number ") else ""
    return noted or str(getattr(action, "order_number", ""))
