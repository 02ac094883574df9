"""What is in the file and how large it grows: personal data leaves no trace, free pages are used again."""

import base64
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.actions import CreateTask
from chalicelib.bootstrap import DATA_FILE, sqlite_engine
from chalicelib.engine.port import Document, Engine
from chalicelib.engine.sqlite.database import JOURNAL_BYTES, Database
from chalicelib.engine.sqlite.expiry import BATCH, expire
from chalicelib.engine.sqlite.queue import UNREADABLE
from chalicelib.engine.sqlite.schema import FIRST, SCHEMA_VERSION
from chalicelib.entry import Entry, Result, Status
from chalicelib.events import CallMissed
from chalicelib.gate.envelope import Envelope
from chalicelib.memory import client_key
from chalicelib.retention import Retention
from sandbox.clock import SteppedClock
from tests.engine.contract import IDS, NOON, PERSONAL_DATA, an_envelope, at_once, received

DAY = timedelta(days=1)
CLIENTS_AT_ONCE = 12


@pytest.fixture
def engine(tmp_path: Path, clock: SteppedClock) -> Iterator[Engine]:
    engine = sqlite_engine(tmp_path, clock)
    yield engine
    engine.close()


def phone_of(number: int) -> str:
    return f"+7916{number:07}"


def live_through(engine: Engine, number: int, now: datetime) -> Entry:
    """One client's call on its whole way: queue, journal, memory. With others, it may be another one's."""
    phone = phone_of(number)
    body = f"phone={phone}&name=Client-{phone}&text={'I would like a tent. ' * (number % 60)}".encode()
    engine.work.put(an_envelope(str(number), phone, body, at=now))
    message = engine.work.receive()
    assert message is not None
    entry = engine.journal.open(message.envelope, now)
    remembered = engine.documents.get(client_key(phone, ""))
    engine.documents.put(Document(remembered.key, {"phone": phone, "number": number}, remembered.version))
    call = CallMissed(call_id=str(number), phone=phone, called_at=now)
    task = CreateTask(
        text=f"call {phone}", commentary=body.decode(), due_at=now, performer_id=1, client=f"client:{phone}"
    )
    entry = engine.journal.save(entry.frozen((call,), (task,), now))
    entry = engine.journal.save(entry.recorded(Result(state="done", reference="task 1", note=phone, at=now)))
    engine.work.done(message.receipt)
    return entry


def bytes_of(folder: Path) -> bytes:
    """The data file with its log."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{DATA_FILE}*")))


def test_no_trace_of_personal_data_is_left_in_the_file(
    tmp_path: Path, engine: Engine, clock: SteppedClock
) -> None:
    count = 600
    for number in range(count):
        live_through(engine, number, clock.now)
    traces = [phone_of(number)[2:].encode() for number in range(count)]
    before = bytes_of(tmp_path)
    assert all(trace in before for trace in traces)
    assert base64.b64encode(b"phone=+79") in before
    clock.now += PERSONAL_DATA
    live_through(engine, count, clock.now)
    engine.expire(clock.now)
    after = bytes_of(tmp_path)
    assert [trace for trace in traces if trace in after] == []
    assert after.count(base64.b64encode(b"phone=+79")) <= 2  # the one of today, queued and kept
    assert phone_of(count)[2:].encode() in after
    assert all(engine.journal.get(an_envelope(str(number)).id) for number in range(count))


def test_a_year_of_traffic_does_not_make_the_file_larger_than_a_few_months(
    tmp_path: Path, engine: Engine, clock: SteppedClock
) -> None:
    every, sizes = 5 * DAY, []

    def live(number: int) -> None:
        live_through(engine, first + number, clock.now)

    for step in range(365 // every.days):
        first = step * CLIENTS_AT_ONCE
        at_once(live, CLIENTS_AT_ONCE)
        clock.now += every
        engine.expire(clock.now)
        sizes.append((tmp_path / DATA_FILE).stat().st_size)
    five_months = sizes[150 // every.days]
    assert five_months > 1_000_000
    assert max(sizes) <= 1.2 * five_months
    assert (tmp_path / f"{DATA_FILE}-wal").stat().st_size <= JOURNAL_BYTES


def test_the_log_is_short_after_something_expired(
    tmp_path: Path, engine: Engine, clock: SteppedClock
) -> None:
    for number in range(30):
        live_through(engine, number, clock.now)
    assert (tmp_path / f"{DATA_FILE}-wal").stat().st_size
    clock.now += PERSONAL_DATA
    engine.expire(clock.now)
    assert (tmp_path / f"{DATA_FILE}-wal").stat().st_size == 0


def test_the_log_is_cut_after_it_had_to_grow(tmp_path: Path, database: Database) -> None:
    log = tmp_path / f"{DATA_FILE}-wal"
    reader = sqlite3.connect(tmp_path / DATA_FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM document").fetchall()

    def write(number: int) -> None:
        content = "x" * 1_000_000
        database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO document (key, version, content) VALUES (?, 1, ?)", (number, content)
            )
        )

    for number in range(20):
        write(number)
    assert log.stat().st_size > 2 * JOURNAL_BYTES  # a reader, such as a backup, holds it
    reader.execute("COMMIT")
    reader.close()
    for number in range(20):
        write(number)
    assert log.stat().st_size <= JOURNAL_BYTES


def test_others_write_between_small_batches(database: Database, engine: Engine) -> None:
    for number in range(3 * BATCH):
        live_through(engine, number, NOON)
    largest = 0
    write = database.write

    def watched(operation: object) -> object:
        nonlocal largest
        assert callable(operation)
        removed = write(operation)
        assert isinstance(removed, int)
        largest = max(largest, removed)
        return removed

    database.write = watched  # type: ignore[method-assign,assignment]  # to see each transaction
    assert expire(database, Retention(), NOON + PERSONAL_DATA) == 6 * BATCH  # entries and documents
    assert largest == BATCH


def test_documents_that_an_open_entry_may_rely_on_stay(engine: Engine, clock: SteppedClock) -> None:
    forgotten = engine.documents.put(Document("client:forgotten", {}, 0))
    clock.now += timedelta(seconds=1)
    opened = engine.journal.open(an_envelope(at=clock.now), clock.now)
    claimed = engine.documents.put(Document("client:claimed", {"claim": opened.id}, 0))
    clock.now += 2 * PERSONAL_DATA
    engine.expire(clock.now)
    assert engine.documents.get(forgotten.key).version == 0
    assert engine.documents.get(claimed.key) == claimed
    engine.journal.save(opened.closed(Status.DONE, "", "", clock.now))
    engine.expire(clock.now)
    assert engine.documents.get(claimed.key).version == 0


def queues(database: Database) -> list[str]:
    """In which one each message is."""
    rows = database.read().execute("SELECT queue FROM message ORDER BY sequence")
    return [queue for (queue,) in rows]


def test_what_waits_in_a_queue_stays_and_what_nobody_could_read_goes(
    database: Database, engine: Engine, clock: SteppedClock
) -> None:
    engine.work.put(an_envelope("waiting"))
    engine.work.put(an_envelope("unreadable"))
    database.write(lambda connection: connection.execute("UPDATE message SET body = '?' WHERE sequence = 2"))
    received(engine.work)
    assert engine.work.receive() is None
    assert queues(database) == ["work", f"work{UNREADABLE}"]
    clock.now += PERSONAL_DATA
    engine.expire(clock.now)
    assert queues(database) == ["work"]


def test_the_shop_says_for_how_long(tmp_path: Path, clock: SteppedClock) -> None:
    retention = Retention(personal_data=timedelta(days=30), ids=timedelta(days=60))
    engine = sqlite_engine(tmp_path, clock, retention)
    entry = live_through(engine, 1, clock.now)
    clock.now += timedelta(days=30)
    engine.expire(clock.now)
    found = engine.journal.get(entry.id)
    assert found is not None
    assert found.status is Status.EXPIRED
    clock.now += timedelta(days=30)
    engine.expire(clock.now)
    assert engine.journal.get(entry.id) is None
    engine.close()


def of_first_version(path: Path, envelope: Envelope) -> None:
    """A file as the first version made it."""
    entry = Entry.opened(envelope, NOON).closed(Status.DONE, "", "", NOON)
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in FIRST.split(";"):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry.id,
            entry.source,
            entry.status,
            NOON.timestamp(),
            entry.version,
            entry.model_dump_json(),
            envelope.to_json(),
        ),
    )
    connection.execute("INSERT INTO document VALUES ('client:1', 7, '{\"a\": 1}')")
    connection.execute(
        "INSERT INTO message (queue, group_id, is_head, visible_at, sent_at, body)"
        " VALUES ('work', ?, 1, 0, 0, ?)",
        (envelope.group, envelope.to_json()),
    )
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_the_file_of_the_first_version_goes_on(tmp_path: Path) -> None:
    envelope = an_envelope()
    of_first_version(tmp_path / DATA_FILE, envelope)
    now = datetime.now(UTC)
    engine = sqlite_engine(tmp_path)
    kept = engine.journal.get(envelope.id)
    assert kept is not None
    assert kept.status is Status.DONE
    document = engine.documents.get("client:1")
    assert document == Document("client:1", {"a": 1}, 7)
    message = engine.work.receive()
    assert message is not None
    assert message.envelope == envelope
    # Nobody knows how old the documents are: they have their time from now on.
    engine.expire(now + PERSONAL_DATA - DAY)
    assert engine.documents.get("client:1") == document
    engine.expire(now + PERSONAL_DATA + DAY)
    assert engine.documents.get("client:1").version == 0
    engine.expire(NOON + IDS)
    assert engine.journal.get(envelope.id) is None
    engine.close()
    connection = sqlite3.connect(tmp_path / DATA_FILE)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    connection.close()
