"""The journal for people: tables, or JSON for programs."""

import json
import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.actions import AnyAction
from chalicelib.engine.port import Journal
from chalicelib.entry import Entry, Status
from chalicelib.events import AnyEvent
from chalicelib.texts import Texts, check_all

SHORT_ID = 12
WIDE = 140
STYLES = {"done": "green", "parked": "red", "quarantined": "red", "open": "yellow", "observed": "cyan"}


def print_entries(entries: Sequence[Entry], zone: ZoneInfo, *, as_json: bool) -> None:
    """Print a list of entries."""
    if as_json:
        print_json([json.loads(entry.model_dump_json(exclude={"version"})) for entry in entries])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "received", "source", "status", "events"):
        table.add_column(heading, no_wrap=True)
    table.add_column("actions", overflow="fold")
    table.add_column("why", overflow="fold")
    for entry in entries:
        table.add_row(
            entry.id[:SHORT_ID],
            f"{entry.received_at.astimezone(zone):%d.%m. %H:%M:%S}",
            entry.source,
            Text(entry.status, style=STYLES.get(entry.status, "")),
            "\n".join(event.kind for event in entry.events),
            Text(_actions(entry)),
            Text(_why(entry, zone)),
        )
    console().print(table)


def print_entry(journal: Journal, entry: Entry, zone: ZoneInfo, *, as_json: bool) -> None:
    """Print one entry with its content, events, plan and results."""
    envelope = journal.envelope(entry.id)
    body = envelope.webhook.body.decode("utf-8", "replace") if envelope else "(expired)"
    if as_json:
        print_json({**json.loads(entry.model_dump_json(exclude={"version"})), "content": body})
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("id", entry.id)
    table.add_row("source", entry.source)
    table.add_row("received", f"{entry.received_at.astimezone(zone):%d.%m.%Y %H:%M:%S %Z}")
    table.add_row("status", Text(entry.status, style=STYLES.get(entry.status, "")))
    if entry.reason:
        table.add_row("why", Text(_why(entry, zone)))
    if entry.status is Status.EXPIRED:
        table.add_row("why", "its personal data has expired; the id is kept to recognise a repeat")
        console().print(table)
        return
    table.add_row("attempts", str(entry.attempts))
    for done in entry.interventions:
        when = f"{done.at.astimezone(zone):%d.%m.%Y %H:%M:%S}"
        table.add_row(done.what, Text(f"{when} {done.who}" + (f": {done.note}" if done.note else "")))
    table.add_row("content", Text(body))
    for event in entry.events:
        table.add_row("event", Text(_fields(event)))
    for number, action in enumerate(entry.plan):
        result = entry.results[number] if number < len(entry.results) else None
        table.add_row(f"action {number + 1}", Text(_fields(action)))
        outcome = f"{result.state} {result.reference} {result.note}" if result else "not yet"
        table.add_row("", Text(f"→ {outcome}", style="green" if result else "yellow"))
    console().print(table)


def print_texts(texts: Texts) -> int:
    """Render each text with sample data; print what is wrong and return how many are."""
    problems = [checked for checked in check_all(texts) if checked.problem is not None]
    for checked in problems:
        Console(stderr=True).print(Text(f"{checked.template}: {checked.problem}"))
    return len(problems)


def print_json(content: object) -> None:
    """Print JSON for programs."""
    Console().print_json(json.dumps(content, ensure_ascii=False))


def _why(entry: Entry, zone: ZoneInfo) -> str:
    """Why it stands where it stands, and until when it waits."""
    why = ": ".join(part for part in (entry.reason, entry.detail) if part)
    if entry.waits_until is None:
        return why
    return f"{why}; waits until {entry.waits_until.astimezone(zone):%d.%m. %H:%M}"


def _actions(entry: Entry) -> str:
    parts = []
    for number, action in enumerate(entry.plan):
        result = entry.results[number] if number < len(entry.results) else None
        parts.append(f"{action.kind} → {result.reference or result.state}" if result else action.kind)
    return "\n".join(parts)


def _fields(model: AnyEvent | AnyAction) -> str:
    """A line for each field that says something."""
    fields = json.loads(model.model_dump_json(exclude_defaults=True, exclude={"kind"}))
    lines = (f"  {name}: {_plain(value)}" for name, value in fields.items())
    return "\n".join([model.kind, *lines])


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def console() -> Console:
    """As wide as the terminal; wide enough for a table if the output goes elsewhere."""
    return Console(width=None if sys.stdout.isatty() else WIDE)
