import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from chalicelib.bootstrap import DATA_FILE, sqlite_engine
from chalicelib.clock import Clock
from chalicelib.engine.port import Document, Engine, VersionConflict
from chalicelib.engine.sqlite.database import MAX_BATCH, Database
from chalicelib.engine.sqlite.queue import take_back
from chalicelib.engine.sqlite.repeats import MOST, Repeats
from chalicelib.engine.sqlite.schema import SCHEMA_VERSION
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from sandbox.clock import SteppedClock
from tests.engine.contract import NOON, EngineContract, an_envelope, at_once, drained, received

ROOT = Path(__file__).parent.parent.parent


class TestContract(EngineContract):
    def open_engine(self, folder: Path, clock: Clock) -> Engine:
        return sqlite_engine(folder, clock)


def count(database: Database) -> int:
    (found,) = database.read().execute("SELECT count(*) FROM document").fetchone()
    return int(found)


def insert(connection: sqlite3.Connection, key: str) -> None:
    connection.execute("INSERT INTO document (key, version, content) VALUES (?, 1, '{}')", (key,))


def test_ids_of_repeats_do_not_pile_up() -> None:
    repeats = Repeats()
    for second in range(0, 3000, 60):
        repeats.add(str(second), second)
    assert [second for second in range(0, 3000, 60) if repeats.knows(str(second), 0)] == [
        *range(2700, 3000, 60)
    ]
    for number in range(MOST + 5):
        repeats.add(f"many {number}", 3000)
    assert not repeats.knows("many 4", 3000)
    assert repeats.knows("many 5", 3000)


def test_what_did_not_come_to_the_disk_is_no_repeat(tmp_path: Path, database: Database) -> None:
    engine = sqlite_engine(tmp_path, SteppedClock(NOON))
    database.write(lambda connection: connection.execute("ALTER TABLE message RENAME TO away"))
    with pytest.raises(sqlite3.OperationalError):
        engine.work.put(an_envelope("first"))
    database.write(lambda connection: connection.execute("ALTER TABLE away RENAME TO message"))
    engine.work.put(an_envelope("first"))
    engine.work.put(an_envelope("first"))
    assert engine.work.depth().messages == 1
    engine.close()


def test_two_who_have_the_file_open_see_each_others_writes(tmp_path: Path) -> None:
    clock = SteppedClock(NOON)
    one, two = sqlite_engine(tmp_path, clock), sqlite_engine(tmp_path, clock)
    one.work.put(an_envelope("first", "client"))
    two.work.put(an_envelope("second", "client"))
    message = received(two.work)
    assert one.work.receive() is None
    entry = one.journal.open(message.envelope, NOON)
    assert two.journal.open(message.envelope, NOON) == entry
    saved = two.journal.save(entry.closed(Status.DONE, "", "", NOON))
    assert one.journal.get(entry.id) == saved
    with pytest.raises(VersionConflict):
        one.journal.save(entry)
    claim = one.documents.put(Document("client:1", {"by": "one"}, 0))
    assert two.documents.get("client:1") == claim
    one.work.done(message.receipt)
    assert drained(one.work) == [an_envelope("second", "client")]
    one.close()
    two.close()


def test_retry_after_spends_the_receipt(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path, SteppedClock(NOON))
    engine.work.put(an_envelope())
    receipt = received(engine.work).receipt
    engine.work.retry_after(receipt, timedelta(seconds=40))
    engine.work.done(receipt)
    engine.work.retry_after(receipt, timedelta())
    assert engine.work.depth().messages == 1
    assert engine.work.receive() is None
    engine.close()


def test_what_a_dead_process_had_in_hand_is_taken_back_and_what_waits_goes_on_waiting(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path, SteppedClock(NOON))
    for name in ("in hand", "waiting"):
        engine.work.put(an_envelope(name))
    engine.notify.put(an_envelope("in hand too"))
    held, waiting = received(engine.work), received(engine.work)
    received(engine.notify)
    engine.work.retry_after(waiting.receipt, timedelta(minutes=15))
    engine.close()
    database = Database(tmp_path / DATA_FILE)
    take_back(database, NOON)
    database.close()
    engine = sqlite_engine(tmp_path, SteppedClock(NOON))
    again = received(engine.work)
    assert again.envelope == held.envelope
    assert again.receive_count == 2
    assert engine.work.receive() is None
    assert drained(engine.notify) == [an_envelope("in hand too")]
    engine.work.done(held.receipt)  # should the dead one live after all, its receipt is worth nothing
    assert engine.work.depth().messages == 2
    engine.close()


def test_many_can_open_a_new_file_at_once(tmp_path: Path) -> None:
    all_here = threading.Barrier(8)

    def open_it(folder: Path, _number: int) -> Database:
        all_here.wait()
        return Database(folder / DATA_FILE)

    for attempt in range(20):
        databases = at_once(partial(open_it, tmp_path / str(attempt)), 8)
        assert [count(database) for database in databases] == [0] * 8
        for database in databases:
            database.close()


def test_a_job_that_fails_is_undone_alone(database: Database) -> None:
    def fail_halfway(connection: sqlite3.Connection) -> None:
        insert(connection, "half")
        raise KeyError("on purpose")

    def work(number: int) -> str:
        if number % 2:
            database.write(partial(insert, key=str(number)))
            return "done"
        with pytest.raises(KeyError, match="on purpose"):
            database.write(fail_halfway)
        return "failed"

    assert sorted(at_once(work, 40)) == ["done"] * 20 + ["failed"] * 20
    assert count(database) == 20


def test_jobs_that_come_together_are_committed_together_and_fail_alone(database: Database) -> None:
    writer_is_busy, all_wait = threading.Event(), threading.Event()

    def hold(_connection: sqlite3.Connection) -> None:
        writer_is_busy.set()
        all_wait.wait()

    def write(key: str) -> None:
        try:
            database.write(partial(insert, key=key))
        except sqlite3.IntegrityError:
            outcomes.append("failed")
        else:
            outcomes.append("done")

    outcomes: list[str] = []
    holder = threading.Thread(target=lambda: database.write(hold))
    holder.start()
    writer_is_busy.wait()
    writers = [threading.Thread(target=write, args=(key,)) for key in ("a", "a", "b", "c", "c", "c")]
    for writer in writers:
        writer.start()
    all_wait.set()
    for thread in (holder, *writers):
        thread.join()
    assert sorted(outcomes) == ["done"] * 3 + ["failed"] * 3
    assert count(database) == 3


def test_more_jobs_than_one_commit_takes_are_all_done(database: Database) -> None:
    def write(number: int) -> None:
        for step in range(10):
            database.write(partial(insert, key=f"{number}.{step}"))

    at_once(write, MAX_BATCH // 10 + 10)
    assert count(database) == 10 * (MAX_BATCH // 10 + 10)


def test_closing_finishes_what_was_given_to_write(tmp_path: Path) -> None:
    database = Database(tmp_path / DATA_FILE)
    at_once(lambda number: database.write(partial(insert, key=str(number))), 8)
    database.close()
    again = Database(tmp_path / DATA_FILE)
    assert count(again) == 8
    again.close()


def test_reading_connections_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        insert(database.read(), "a")


def test_reading_does_not_wait_for_writing(database: Database) -> None:
    is_writing, may_end = threading.Event(), threading.Event()

    def hold(connection: sqlite3.Connection) -> None:
        insert(connection, "uncommitted")
        is_writing.set()
        may_end.wait()

    holder = threading.Thread(target=lambda: database.write(hold))
    holder.start()
    is_writing.wait()
    assert count(database) == 0
    may_end.set()
    holder.join()
    assert count(database) == 1


def test_the_disk_is_flushed_at_each_commit(database: Database) -> None:
    def modes(connection: sqlite3.Connection) -> tuple[object, object]:
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        return journal, synchronous

    assert database.write(modes) == ("wal", 2)


def test_a_folder_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    with pytest.raises(ConfigurationError, match=r"DATA: .* Choose a folder that can be written"):
        sqlite_engine(in_the_way)


def test_a_folder_in_place_of_the_file_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / DATA_FILE).mkdir()
    with pytest.raises(ConfigurationError, match="DATA: "):
        sqlite_engine(tmp_path)


def test_a_file_that_is_no_database_is_a_configuration_error_and_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / DATA_FILE
    file.write_bytes(b"some other file of the shop owner's" * 100)
    with pytest.raises(ConfigurationError, match=r"DATA: .*not a database"):
        sqlite_engine(tmp_path)
    assert file.read_bytes() == b"some other file of the shop owner's" * 100


def test_the_file_of_a_newer_version_is_a_configuration_error_and_is_left_alone(tmp_path: Path) -> None:
    sqlite_engine(tmp_path).close()
    connection = sqlite3.connect(tmp_path / DATA_FILE)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(ConfigurationError, match="newer version"):
        sqlite_engine(tmp_path)
    connection = sqlite3.connect(tmp_path / DATA_FILE)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
    connection.close()


@pytest.mark.parametrize("printed_before", [1, 40, 200])
def test_what_was_put_survives_kill_9(tmp_path: Path, printed_before: int) -> None:
    command = [sys.executable, "-m", "tests.engine.put_until_killed", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(printed_before)]
        process.kill()
        printed += process.stdout.readlines()
    ids = [line.strip() for line in printed if line.endswith("\n")]
    assert len(ids) >= printed_before
    engine = sqlite_engine(tmp_path)
    found = {envelope.id for envelope in drained(engine.work)}
    engine.close()
    assert set(ids) <= found
    assert len(found) <= len(ids) + 1  # the last one may have been durable without being printed
