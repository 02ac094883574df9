"""What the page of one entry shows."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.console.journal.steps import Links, Step, state_of, steps_of
from chalicelib.console.journal.wording import Fact, Wording
from chalicelib.console.masks import Open
from chalicelib.entry import SET_ASIDE, Entry, Status
from chalicelib.gate.form import Unparsable
from chalicelib.gate.submissions import fields_of, flattened, unpacked, with_parameters
from chalicelib.gate.webhook import Webhook
from chalicelib.interventions import is_stuck, may_be_replayed

MOST_FIELDS = 200
MOODS = {
    Status.DONE: "good",
    Status.OPEN: "info",
    Status.OBSERVED: "info",
    Status.PARKED: "bad",
    Status.QUARANTINED: "bad",
}
"""Of the badges of statuses; all others are idle."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something in an entry's story."""

    at: datetime
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What came in.

    Attributes:
        fields: names and values; empty if it could not be taken apart.
        more: how many fields are left out.
        text: it as a whole, where it could not be taken apart.
        state: ``fields`` or ``text``, ``hidden`` or ``expired``.
    """

    state: str
    fields: tuple[tuple[str, str], ...] = ()
    more: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class EntryView:
    """What the page shows of an entry, beside itself."""

    title: str
    mood: str
    reason: str
    advice: str
    detail: str
    story: list[Moment]
    events: list[tuple[str, tuple[Fact, ...]]]
    steps: tuple[Step, ...]
    content: Content
    received: str
    updated: str
    is_stuck: bool
    may_replay: bool
    may_discard: bool
    is_masked: bool


def title_of(entry: Entry, wording: Wording) -> str:
    """What an entry is about, in a few words."""
    if entry.events:
        titles = dict.fromkeys(wording.title(event) for event in entry.events)
        return ", ".join(titles)
    words = {Status.QUARANTINED: "not_read", Status.IGNORED: "kept", Status.OPEN: "unread"}
    return wording.word(f"entry.{words.get(entry.status, 'event')}")


def story_of(entry: Entry, wording: Wording) -> list[Moment]:
    """What happened to an entry, in order."""
    came = wording.word("entry.came").format(source=source_of(entry.source, wording))
    moments = [Moment(entry.received_at, came)]
    moments += [
        Moment(
            done.at,
            wording.word(f"entry.did_{done.what}").format(who=done.who),
            wording.masks.text(done.note),
        )
        for done in entry.interventions
    ]
    for step, result in zip(entry.plan, entry.results, strict=False):
        state = wording.word(f"entry.state_{state_of(entry, 0, result)[0]}")
        moments.append(Moment(result.at, f"{wording.title(step)}: {state.lower()}"))
    last = wording.word(f"journal.status_{entry.status}")
    if not entry.is_open and entry.status is not Status.DONE:
        moments.append(Moment(entry.updated_at, last))
    return sorted(moments, key=lambda moment: moment.at)


def source_of(source: str, wording: Wording) -> str:
    """A source's name; ours has words."""
    return wording.word("journal.own_source") if source.startswith("@") else source


def fields_in(webhook: Webhook | None) -> list[tuple[str, str]] | None:
    """What came in, field by field with dotted names; None if it cannot be taken apart."""
    if webhook is None:
        return None
    try:
        return flattened(unpacked(with_parameters(fields_of(webhook, "replace"), webhook)))
    except (Unparsable, RecursionError):
        return None


def content_of(webhook: Webhook | None, wording: Wording, *, may_see_all: bool) -> Content:
    """What came in, as who reads it may see it."""
    if webhook is None:
        return Content("expired")
    found = fields_in(webhook)
    if found is None:
        text = webhook.body.decode("utf-8", "replace")
        return Content("text", text=text) if may_see_all else Content("hidden")
    fields = tuple((name, wording.masks.value(name, text)) for name, text in found[:MOST_FIELDS])
    return Content("fields", fields=fields, more=max(0, len(found) - MOST_FIELDS))


def view_of(
    entry: Entry, webhook: Webhook | None, wording: Wording, addresses: Links, now: datetime
) -> EntryView:
    """What the page of an entry shows."""
    reason, advice = wording.reason(entry)
    may_see_all = isinstance(wording.masks, Open)
    return EntryView(
        title=title_of(entry, wording),
        mood=MOODS.get(entry.status, "idle"),
        reason=reason,
        advice=advice,
        detail=wording.detail(entry.detail),
        story=story_of(entry, wording),
        events=[(wording.title(event), wording.facts(event)) for event in entry.events],
        steps=steps_of(entry, wording, addresses),
        content=content_of(webhook, wording, may_see_all=may_see_all),
        received=wording.second(entry.received_at),
        updated=wording.second(entry.updated_at),
        is_stuck=is_stuck(entry, now),
        may_replay=may_be_replayed(entry, now),
        may_discard=entry.status in SET_ASIDE,
        is_masked=not may_see_all,
    )
