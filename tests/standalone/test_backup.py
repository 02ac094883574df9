import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.bootstrap import DATA_FILE, sqlite_engine
from chalicelib.engine.port import Engine, Timer
from chalicelib.engine.sqlite.schema import SCHEMA_VERSION
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from standalone.backup import back_up, restore
from standalone.cli import main
from standalone.ownership import lock, take_over
from tests.engine.contract import NOON, an_envelope, drained, received

DATA = Path("data") / DATA_FILE
BACKUP = Path("backup.sqlite3")


def leadkeeper(*arguments: str) -> Result:
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine that works with the data while the commands run."""
    engine = sqlite_engine(Path("data"))
    yield engine
    engine.close()


def entries_in(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    ids = [entry_id for (entry_id,) in connection.execute("SELECT id FROM entry")]
    connection.close()
    return ids


def folder_of(name: str, *entries: str) -> Path:
    """A data folder with these entries, that nobody works with."""
    folder = Path(name)
    engine = sqlite_engine(folder)
    for entry in entries:
        engine.journal.open(an_envelope(entry), NOON)
    engine.close()
    return folder


# backup


def test_a_backup_of_data_in_use_has_everything_and_is_for_its_owner_alone(engine: Engine) -> None:
    for name in ("one", "two"):
        engine.journal.open(an_envelope(name), NOON)
    engine.work.put(an_envelope("waiting"))
    engine.timers.set(Timer(NOON, "notify", an_envelope("held")))
    done = leadkeeper("backup", str(BACKUP))
    assert done.exit_code == 0
    assert "journal entries: 2, the newest of 2026-11-20 12:00:00 UTC; messages that wait: 2" in done.stdout
    assert stat.S_IMODE(BACKUP.stat().st_mode) == 0o600
    assert sorted(entries_in(BACKUP)) == sorted(an_envelope(name).id for name in ("one", "two"))
    assert [path.name for path in Path().iterdir() if "backup" in path.name] == [BACKUP.name]


def test_a_backup_in_the_middle_of_writes_has_all_that_was_durable_before(engine: Engine) -> None:
    durable: list[str] = []
    stopped = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not stopped.is_set():
            envelope = an_envelope(f"{writer}:{number}", body=b"x" * 3000)
            engine.work.put(envelope)
            engine.journal.open(envelope, NOON)
            durable.append(envelope.id)
            number += 1

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    try:
        for number in range(6):
            while len(durable) < 40 * (number + 1):
                pass
            before = set(durable)
            target = Path(f"{number}.sqlite3")
            contents = back_up(DATA, target, overwrite=False)
            found = set(entries_in(target))
            assert before <= found
            assert contents.entries == len(found)
            # Whatever is in the journal was put before: the copy shows one moment.
            assert contents.waiting >= contents.entries
    finally:
        stopped.set()
        for writer in writers:
            writer.join()


@pytest.mark.usefixtures("engine")
def test_a_backup_replaces_a_file_only_when_told() -> None:
    BACKUP.write_text("precious")
    refused = leadkeeper("backup", str(BACKUP))
    assert refused.exit_code == 2
    assert "backup.sqlite3: there is such a file. Choose another name, or add --overwrite" in refused.stderr
    assert BACKUP.read_text() == "precious"
    assert leadkeeper("backup", "--overwrite", str(BACKUP)).exit_code == 0
    assert entries_in(BACKUP) == []
    assert stat.S_IMODE(BACKUP.stat().st_mode) == 0o600


def test_a_backup_never_replaces_the_data_itself(engine: Engine) -> None:
    engine.journal.open(an_envelope(), NOON)
    Path("link").symlink_to(DATA)
    for target in (str(DATA), "link"):
        done = leadkeeper("backup", "--overwrite", target)
        assert done.exit_code == 2
        assert "Choose another name" in done.stderr
    assert engine.journal.get(an_envelope().id) is not None


@pytest.mark.usefixtures("engine")
def test_a_backup_that_cannot_be_written_is_a_sentence() -> None:
    done = leadkeeper("backup", "no/such/folder/backup.sqlite3")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_damaged_data_leaves_no_backup_and_the_older_one_as_it_is() -> None:
    data = folder_of("data", *map(str, range(200))) / DATA_FILE
    BACKUP.write_text("the older one")
    raw = bytearray(data.read_bytes())
    raw[8 * 4096 : 40 * 4096] = b"\x55" * (32 * 4096)
    data.write_bytes(raw)
    done = leadkeeper("backup", "--overwrite", str(BACKUP))
    assert done.exit_code == 2
    assert BACKUP.read_text() == "the older one"
    assert [path.name for path in Path().iterdir() if "backup" in path.name] == [BACKUP.name]


def test_without_data_there_is_nothing_to_back_up() -> None:
    done = leadkeeper("backup", str(BACKUP))
    assert done.exit_code == 2
    assert "there is no data in" in done.stderr
    assert not BACKUP.exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_the_table_on_aws_has_backups_of_its_own(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADKEEPER_TABLE", "leadkeeper-prod")
    done = leadkeeper(command, str(BACKUP))
    assert done.exit_code == 2
    assert "the data is on AWS" in done.stderr


# restore


def test_after_a_restore_everything_goes_on_from_the_time_of_the_backup(tmp_path: Path) -> None:
    engine = sqlite_engine(Path("data"))
    for name in ("in hand", "waiting", "done"):
        engine.work.put(an_envelope(name))
    held = received(engine.work)
    entry = engine.journal.open(held.envelope, NOON)
    back_up(DATA, BACKUP, overwrite=False)
    engine.journal.save(entry.closed(Status.DONE, "", "", NOON))
    engine.work.done(held.receipt)
    drained(engine.work)
    engine.journal.open(an_envelope("later"), NOON)
    engine.close()

    done = leadkeeper("restore", str(BACKUP))
    assert done.exit_code == 0
    assert "journal entries: 1" in done.stdout
    assert "messages that wait: 3" in done.stdout
    take_over(tmp_path / "data").close()
    engine = sqlite_engine(Path("data"))
    assert engine.journal.get(entry.id) == entry
    assert engine.journal.get(an_envelope("later").id) is None
    waited = {envelope.id for envelope in drained(engine.work)}
    assert waited == {an_envelope(name).id for name in ("in hand", "waiting", "done")}
    engine.close()
    assert stat.S_IMODE(DATA.stat().st_mode) == 0o600


def test_what_was_there_is_kept_with_what_only_its_log_had(tmp_path: Path) -> None:
    back_up(folder_of("other", "other") / DATA_FILE, BACKUP, overwrite=False)
    folder_of("data", "one")
    # As a killed process leaves it: the newest change is in the log only.
    killed = sqlite3.connect(DATA, isolation_level=None)
    killed.execute("UPDATE entry SET source = 'changed'")
    log = DATA.with_name(f"{DATA.name}-wal")
    assert log.stat().st_size
    kept_log, kept_data = log.read_bytes(), DATA.read_bytes()
    killed.close()
    log.write_bytes(kept_log)
    DATA.write_bytes(kept_data)

    _, kept = restore(BACKUP, DATA, datetime(2026, 11, 21, 3, 17, tzinfo=UTC))
    assert kept == DATA.with_name(f"{DATA_FILE}.before-restore-20261121T031700Z")
    assert entries_in(DATA) == [an_envelope("other").id]
    connection = sqlite3.connect(kept)
    assert connection.execute("SELECT source FROM entry").fetchall() == [("changed",)]
    connection.close()
    assert not any(path.name.endswith(("-wal", "-shm")) for path in (tmp_path / "data").iterdir())


def test_damaged_data_is_set_aside_too() -> None:
    back_up(folder_of("other", "other") / DATA_FILE, BACKUP, overwrite=False)
    DATA.parent.mkdir()
    DATA.write_bytes(b"damaged" * 1000)
    assert leadkeeper("restore", str(BACKUP)).exit_code == 0
    assert entries_in(DATA) == [an_envelope("other").id]
    (kept,) = DATA.parent.glob("*before-restore*")
    assert kept.read_bytes() == b"damaged" * 1000


def test_a_restore_into_a_new_folder_makes_it() -> None:
    back_up(folder_of("other", "other") / DATA_FILE, BACKUP, overwrite=False)
    done = leadkeeper("restore", str(BACKUP))
    assert done.exit_code == 0
    assert "is kept as" not in done.stdout
    assert entries_in(DATA) == [an_envelope("other").id]


def test_nothing_is_restored_while_a_server_works_with_the_data(tmp_path: Path) -> None:
    back_up(folder_of("other") / DATA_FILE, BACKUP, overwrite=False)
    folder_of("data", "one")
    held = lock(tmp_path / "data")
    done = leadkeeper("restore", str(BACKUP))
    held.close()
    assert done.exit_code == 2
    assert "another Leadkeeper works with" in done.stderr
    assert entries_in(DATA) == [an_envelope("one").id]


def another_program() -> None:
    connection = sqlite3.connect(BACKUP)
    connection.execute("CREATE TABLE entry (id)")
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def newer_version() -> None:
    back_up(folder_of("other") / DATA_FILE, BACKUP, overwrite=False)
    connection = sqlite3.connect(BACKUP)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


def half_a_file() -> None:
    back_up(folder_of("other", *map(str, range(100))) / DATA_FILE, BACKUP, overwrite=False)
    BACKUP.write_bytes(BACKUP.read_bytes()[: BACKUP.stat().st_size // 2])


def data_with_a_log() -> None:
    BACKUP.write_bytes((folder_of("other") / DATA_FILE).read_bytes())
    Path(f"{BACKUP}-wal").write_bytes(b"changes")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: None, "there is no such file"),
        (lambda: BACKUP.write_text("some text of the shop owner's"), "it is no backup of Leadkeeper"),
        (BACKUP.touch, "it is no backup of Leadkeeper"),
        (another_program, "it is no backup of Leadkeeper"),
        (newer_version, "it was made by a newer version"),
        (half_a_file, "it is"),
        (data_with_a_log, "its newest changes are in backup.sqlite3-wal"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(make: object, problem: str) -> None:
    folder_of("data", "one")
    assert callable(make)
    make()
    done = leadkeeper("restore", str(BACKUP))
    assert done.exit_code == 2
    assert problem in done.stderr
    assert entries_in(DATA) == [an_envelope("one").id]
    assert not list(DATA.parent.glob("*before-restore*"))


def test_a_full_disk_during_a_restore_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(folder_of("other", "other") / DATA_FILE, BACKUP, overwrite=False)
    folder_of("data", "one")

    def fill_up(_source: object, _copy: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("standalone.backup.copyfileobj", fill_up)
    with pytest.raises(ConfigurationError, match=r"cannot be written: .*No space left"):
        restore(BACKUP, DATA, NOON + timedelta(days=1))
    assert entries_in(DATA) == [an_envelope("one").id]
    assert [path.name for path in DATA.parent.iterdir()] == [DATA_FILE]
