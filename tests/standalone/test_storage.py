"""A disk that is full, or that may only be read."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.alerts.delivery import ConfiguredChannel
from chalicelib.bootstrap import DATA_FILE
from chalicelib.engine.sqlite.database import Database
from chalicelib.errors import ConfigurationError, Refused, Unreachable
from chalicelib.events import Alert
from chalicelib.people import Person
from chalicelib.texts import Texts
from sandbox.clock import SteppedClock
from standalone.ownership import LOCK_FILE, take_over
from standalone.storage_watch import AGAIN_AFTER, DirectAlerts, StorageWatch
from tests.engine.contract import NOON, at_once
from tests.programs import Program, wait_until
from tests.world import example_shop

MOMENT = timedelta(seconds=5)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / DATA_FILE)
    yield database
    database.close()


def remember(database: Database, key: str) -> bool:
    """Store a document of several pages; False if the disk did not take it."""
    try:
        database.write(
            lambda connection: connection.execute(
                "INSERT INTO document (key, version, content) VALUES (?, 1, ?)", (key, "x" * 20_000)
            )
        )
    except sqlite3.OperationalError:
        return False
    return True


def limit(database: Database, pages: int) -> None:
    """As large the file may get; SQLite takes it as a full disk."""
    database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())


def stored(database: Database) -> set[str]:
    return {key for (key,) in database.read().execute("SELECT key FROM document")}


def integrity(database: Database) -> str:
    return str(database.read().execute("PRAGMA integrity_check").fetchone()[0])


def test_a_full_disk_refuses_what_it_cannot_hold_and_goes_on_when_there_is_room(database: Database) -> None:
    assert database.trouble() == ""
    limit(database, 100)
    taken = {str(number) for number in range(60) if remember(database, str(number))}
    assert 0 < len(taken) < 60
    assert database.trouble() == "database or disk is full"
    assert stored(database) == taken
    limit(database, 100_000)
    assert remember(database, "after")
    assert database.trouble() == ""
    assert stored(database) == taken | {"after"}
    assert integrity(database) == "ok"


def test_of_many_who_write_at_once_to_a_full_disk_each_hears_the_truth(database: Database) -> None:
    limit(database, 200)
    outcomes = at_once(lambda number: (str(number), remember(database, str(number))), 80)
    assert not all(is_taken for _, is_taken in outcomes)
    assert stored(database) == {key for key, is_taken in outcomes if is_taken}
    limit(database, 100_000)
    assert all(at_once(lambda number: remember(database, f"again {number}"), 20))
    assert integrity(database) == "ok"


def test_a_file_that_may_no_longer_be_written_is_trouble(database: Database) -> None:
    database.write(lambda connection: connection.execute("PRAGMA query_only = 1"))
    assert not remember(database, "a")
    assert "readonly" in database.trouble()


def test_a_mistake_of_who_writes_is_no_trouble_of_the_disk(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.write(lambda connection: connection.execute("DELETE FROM missing"))
    with pytest.raises(sqlite3.IntegrityError):
        database.write(lambda connection: connection.execute("INSERT INTO document (key) VALUES (NULL)"))
    assert database.trouble() == ""


# Who hears of it


class Channel:
    """Keeps what people were told; ``failures`` come first."""

    is_shared = False

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.failures: list[Exception] = []

    def address(self, person: Person) -> str:
        return person.name

    def tell(self, address: str, alert: Alert) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((address, alert.text))


class Watched:
    """A watch on a clock, over trouble that a test makes."""

    def __init__(self) -> None:
        shop = example_shop()
        self.clock = SteppedClock(NOON)
        self.channel = Channel()
        self.trouble = ""
        texts = Texts(shop.shop.language, shop.shop.timezone)
        self.second = Channel()
        self.second.failures = [Refused("alert-refused", "no_service")] * 100
        channels = [
            ConfiguredChannel("telegram", "", self.channel),
            ConfiguredChannel("slack", "", self.second),
        ]
        alerts = DirectAlerts(shop, texts, channels)
        self._watch = StorageWatch(lambda: self.trouble, alerts, self.clock)

    def look(self, trouble: str, after: timedelta = MOMENT) -> list[str]:
        """The texts of this look."""
        self.trouble = trouble
        self.clock.now += after
        self.channel.told.clear()
        self._watch.look()
        return [text for _, text in self.channel.told]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_the_leads_hear_of_the_beginning_and_of_the_end(watched: Watched) -> None:
    assert watched.look("") == []
    (began,) = watched.look("database or disk is full")
    assert "диск полон" in began
    assert "database or disk is full" in began
    assert watched.channel.told[0][0] == "Иван Петров"
    assert watched.look("database or disk is full") == []
    (ended,) = watched.look("", timedelta(minutes=10))
    assert "снова сохраняются" in ended
    assert "10 мин" in ended
    assert watched.look("") == []


def test_a_disk_that_is_full_again_and_again_is_one_message_an_hour(watched: Watched) -> None:
    told = [text for number in range(60) for text in watched.look("full" if number % 2 else "")]
    assert len(told) == 2
    assert watched.look("full", AGAIN_AFTER)


def test_long_trouble_is_told_again(watched: Watched) -> None:
    assert watched.look("full")
    assert not watched.look("full", AGAIN_AFTER - MOMENT)
    assert watched.look("full", AGAIN_AFTER)


def test_an_alert_waits_for_a_channel_that_does_not_answer(watched: Watched) -> None:
    watched.channel.failures = [Unreachable("alert-unreachable"), Unreachable("alert-unreachable")]
    assert watched.look("full") == []
    assert watched.look("full") == []
    assert len(watched.look("full")) == 1
    assert watched.look("full") == []


def test_an_alert_that_is_refused_is_not_sent_for_ever(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.channel.failures = [Refused("alert-refused", "the bot is blocked")]
    assert watched.look("full") == []
    assert watched.look("full") == []
    assert "an alert was refused" in caplog.text


def test_a_channel_that_fails_falls_back_to_the_next(watched: Watched) -> None:
    watched.channel.failures = [Unreachable("alert-unreachable")]
    watched.second.failures = []
    assert watched.look("full") == []
    ((person, text),) = watched.second.told
    assert person == "Иван Петров"
    assert "диск полон" in text
    assert watched.look("full") == []
    assert len(watched.second.told) == 1


# The whole program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path / "data")
    yield program
    program.stop()


def allow(program: Program, bytes_of_a_file: int) -> None:
    """As large any file of the server may get. Beyond, the system refuses to write, as a full disk does."""
    limits = (bytes_of_a_file, resource.RLIM_INFINITY)
    resource.prlimit(program.server.pid, resource.RLIMIT_FSIZE, limits)


def test_a_server_without_room_says_so_and_goes_on_when_there_is_some(
    program: Program, tmp_path: Path
) -> None:
    answers = {0: program.lead(0)}
    assert answers[0] == 200
    assert program.health["status"] == "ok"
    allow(program, 4096)
    answers |= {number: program.lead(number) for number in range(1, 20)}
    assert set(answers.values()) == {200, 503}
    assert program.health["status"] == "degraded"
    assert program.health["reasons"] == ["storage: disk I/O error"]
    wait_until(lambda: len(program.state["telegram"]) == 1, "people hear of the beginning")
    allow(program, resource.RLIM_INFINITY)
    wait_until(lambda: program.health["status"] == "ok", "the storage is back")
    wait_until(lambda: len(program.state["telegram"]) == 2, "people hear of the end")
    answers |= {number: program.lead(number) for number in range(20, 40)}
    assert all(answers[number] == 200 for number in range(20, 40))
    accepted = {f"lead-tilda-kill:{number}" for number, answer in answers.items() if answer == 200}
    wait_until(lambda: set(program.orders()) >= accepted, "the orders are made")
    assert len(program.orders()) == len(set(program.orders()))
    connection = sqlite3.connect(tmp_path / "data" / DATA_FILE)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


# At the start


def test_a_lock_file_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(ConfigurationError, match=r"DATA: .* cannot be used: .*Choose a folder"):
        take_over(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["/usr/bin/env", "mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["/usr/bin/env", "umount", "--lazy", str(folder)], check=True)


def test_a_really_full_disk(small_disk: Path) -> None:
    database = Database(small_disk / DATA_FILE)
    taken = {str(number) for number in range(200) if remember(database, str(number))}
    assert 0 < len(taken) < 200
    assert database.trouble() == "database or disk is full"
    assert stored(database) == taken
    subprocess.run(["/usr/bin/env", "mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert database.trouble() == ""
    assert remember(database, "after")
    assert stored(database) == taken | {"after"}
    assert integrity(database) == "ok"
    database.close()


def test_a_folder_that_may_only_be_read_is_a_configuration_error(small_disk: Path) -> None:
    take_over(small_disk).close()
    subprocess.run(["/usr/bin/env", "mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(ConfigurationError, match=r"Read-only file system.*Choose a folder"):
        take_over(small_disk)
    with pytest.raises(ConfigurationError, match="Choose a folder that can be written"):
        Database(small_disk / DATA_FILE)


def test_a_folder_that_another_user_owns_is_a_configuration_error(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigurationError, match=r"Permission denied.*Choose a folder"):
        take_over(tmp_path)
