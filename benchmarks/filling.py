"""A data folder with a long history, made fast."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from chalicelib.actions import CreateOrder
from chalicelib.bootstrap import DATA_FILE
from chalicelib.engine.sqlite.database import Database
from chalicelib.entry import Entry, Result, Status
from chalicelib.events import LeadSubmitted
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook

PARKED_EACH = 1_000
"""One entry of so many waits for a person."""

APART = timedelta(seconds=60)
ENTRY = (
    "INSERT INTO entry (id, source, status, received_at, version, state, envelope)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
MESSAGE = (
    "INSERT INTO message (queue, group_id, deduplication_id, is_head, visible_at, sent_at, body)"
    " VALUES (?, ?, ?, 1, ?, ?, ?)"
)


def fill_journal(folder: Path, entries: int, now: datetime) -> None:
    """Make a data folder whose journal has so many leads, the last of them a minute ago.

    They are as a landing page's leads are once their orders were made; a few are parked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    Database(folder / DATA_FILE).close()
    with closing(sqlite3.connect(folder / DATA_FILE)) as connection, connection:
        connection.executemany(ENTRY, _rows(entries, now))


def fill_queue(folder: Path, messages: int, now: datetime) -> None:
    """Let so many leads of as many clients wait in the queue, put off by a dead CRM."""
    Database(folder / DATA_FILE).close()
    with closing(sqlite3.connect(folder / DATA_FILE)) as connection, connection:
        connection.executemany(
            MESSAGE,
            (
                (
                    "work",
                    envelope.group,
                    envelope.deduplication_id,
                    (now + timedelta(minutes=15)).timestamp(),
                    now.timestamp(),
                    envelope.to_json(),
                )
                for envelope in (an_envelope(-number, now) for number in range(1, messages + 1))
            ),
        )


def an_envelope(number: int, at: datetime) -> Envelope:
    """One lead."""
    form = {
        "tranid": f"filled:{number}",
        "formid": "form100000001",
        "formname": "Расчёт тента",
        "Name": "Мария",
        "Phone": _phone(number),
        "Textarea": "Нужен тент 3×6, цвет серый, люверсы через 30 см. Перезвоните, пожалуйста, после обеда.",
        "utm_source": "yandex",
    }
    webhook = Webhook(
        source="tilda",
        method="POST",
        path=(),
        query={},
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
        received_at=at,
    )
    return Envelope.seal(webhook, form["tranid"], f"phone:{form['Phone']}")


def _phone(number: int) -> str:
    return f"+7901{number % 10_000_000:07}"


def _rows(entries: int, now: datetime) -> Iterator[tuple[str, str, str, float, int, str, str]]:
    for number in range(entries):
        at = now - (entries - number) * APART
        envelope = an_envelope(number, at)
        entry = an_entry(number, envelope, at)
        if number % PARKED_EACH == 0:
            entry = entry.closed(Status.PARKED, "crm-refused", "status: unknown code", at)
        yield (
            entry.id,
            entry.source,
            entry.status,
            at.timestamp(),
            entry.version,
            entry.model_dump_json(),
            envelope.to_json(),
        )


def an_entry(number: int, envelope: Envelope, at: datetime) -> Entry:
    """What became of it: an order."""
    lead = LeadSubmitted(
        lead_id=f"filled:{number}",
        form="form100000001",
        form_name="Расчёт тента",
        name="Мария",
        phone=_phone(number),
        phone_typed=_phone(number),
        submitted_at=at,
    )
    order = CreateOrder(
        client=f"client:{_phone(number)}",
        external_id=f"lead-tilda-filled:{number}",
        occurred_at=at,
        method="landing-page",
        status="new",
        name="Мария",
        phone=_phone(number),
        customer_comment="Нужен тент 3×6, цвет серый, люверсы через 30 см. Перезвоните, пожалуйста.",
    )
    result = Result(state="done", reference=f"order {number}", note=f"number {number}A", at=at)
    return Entry.opened(envelope, at).frozen((lead,), (order,), at).recorded(result)
