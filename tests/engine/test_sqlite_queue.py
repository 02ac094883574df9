"""What is put is a row without a place in line until a worker asks: nothing that happens between may show."""

import asyncio
import random
import sqlite3
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.bootstrap import DATA_FILE, sqlite_engine
from chalicelib.engine.port import Engine, Message
from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.queue import UNREADABLE, SqliteQueue
from chalicelib.engine.sqlite.schema import VERSIONS
from chalicelib.gate.envelope import Envelope
from sandbox.clock import SteppedClock
from tests.engine.contract import DEDUPLICATION_SPAN, NOON, an_envelope, drained, received

VISIBLE_AFTER = timedelta(days=1)
"""Longer than any message is hidden."""


@pytest.fixture
def engine(tmp_path: Path, clock: SteppedClock) -> Iterator[Engine]:
    engine = sqlite_engine(tmp_path, clock)
    yield engine
    engine.close()


@pytest.fixture
def another(tmp_path: Path, clock: SteppedClock) -> Iterator[Engine]:
    """The same file, open in another process, such as that of ``leadkeeper replay``."""
    engine = sqlite_engine(tmp_path, clock)
    yield engine
    engine.close()


def put_together(engine: Engine, *envelopes: Envelope) -> list[BaseException | None]:
    """Put them within one turn of an event loop; what each of the senders hears."""
    work = engine.work
    assert isinstance(work, SqliteQueue)

    async def put_all() -> list[BaseException | None]:
        return await asyncio.gather(*map(work.put_async, envelopes), return_exceptions=True)

    return asyncio.run(put_all())


# Repeats


def test_a_repeat_within_one_turn_is_dropped(engine: Engine) -> None:
    assert put_together(engine, *[an_envelope()] * 3) == [None] * 3
    assert drained(engine.work) == [an_envelope()]


@pytest.mark.parametrize("is_lined_up", [True, False])
def test_a_repeat_from_another_process_is_dropped_while_the_first_one_is_there(
    engine: Engine, another: Engine, *, is_lined_up: bool
) -> None:
    engine.work.put(an_envelope())
    first = received(engine.work) if is_lined_up else None
    another.work.put(an_envelope())
    if first is not None:
        engine.work.done(first.receipt)
    assert len(drained(engine.work)) == (0 if is_lined_up else 1)
    assert engine.work.depth().messages == 0


@pytest.mark.parametrize(("later", "handed_out"), [(timedelta(seconds=-1), 1), (timedelta(), 2)])
def test_what_comes_again_after_five_minutes_is_taken_even_if_the_first_one_waits(
    engine: Engine, clock: SteppedClock, later: timedelta, handed_out: int
) -> None:
    engine.work.put(an_envelope())
    clock.now += DEDUPLICATION_SPAN + later
    engine.work.put(an_envelope())
    assert len(drained(engine.work)) == handed_out


def test_the_time_until_somebody_asks_makes_no_repeat_of_what_came_late(
    engine: Engine, another: Engine, clock: SteppedClock
) -> None:
    engine.work.put(an_envelope())
    clock.now += DEDUPLICATION_SPAN - timedelta(seconds=1)
    another.work.put(an_envelope())
    clock.now += timedelta(hours=1)  # all workers were away
    assert drained(engine.work) == [an_envelope()]


# Many in one turn


def test_more_than_one_statement_takes_keep_their_order(engine: Engine) -> None:
    envelopes = [an_envelope(f"{number:03}", "client") for number in range(150)]
    assert put_together(engine, *envelopes) == [None] * 150
    assert drained(engine.work) == envelopes


def test_on_a_full_disk_each_of_a_turn_hears_it_and_can_come_again(engine: Engine) -> None:
    work = engine.work
    assert isinstance(work, SqliteQueue)
    small, large = an_envelope("small"), an_envelope("large", body=b"x" * 200_000)

    def allow(pages: int) -> None:
        work._database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))  # noqa: SLF001 -- a full disk of its own

    allow(1)  # that is: no more than there are
    outcomes = put_together(engine, small, large, an_envelope("third"))
    assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 3
    assert work.depth().messages == 0
    assert "full" in engine.trouble()
    allow(10_000)
    assert put_together(engine, small, large) == [None, None]
    assert drained(work) == [small, large]
    assert engine.trouble() == ""


def test_what_a_sender_put_who_hung_up_is_handed_out_once(engine: Engine) -> None:
    work = engine.work
    assert isinstance(work, SqliteQueue)

    async def put_both() -> None:
        hangs_up = asyncio.create_task(work.put_async(an_envelope("a")))
        stays = asyncio.create_task(work.put_async(an_envelope("b")))
        # Both are in the turn when this runs.
        asyncio.get_running_loop().call_soon(hangs_up.cancel)
        await stays
        with pytest.raises(asyncio.CancelledError):
            await hangs_up

    asyncio.run(put_both())
    work.put(an_envelope("a"))  # who did not hear our answer sends it again
    assert drained(work) == [an_envelope("a"), an_envelope("b")]


def test_who_puts_into_a_closed_file_hears_it(tmp_path: Path, clock: SteppedClock) -> None:
    engine = sqlite_engine(tmp_path, clock)
    engine.close()
    outcomes = put_together(engine, an_envelope("a"), an_envelope("b"))
    assert [type(outcome) for outcome in outcomes] == [sqlite3.ProgrammingError] * 2


# What cannot be read


def test_what_cannot_be_read_gives_way_to_the_next_one_of_its_group(
    engine: Engine, database: Database
) -> None:
    engine.work.put(an_envelope("unreadable", "client"))
    database.write(lambda connection: connection.execute("UPDATE message SET body = 'from the future'"))
    engine.work.put(an_envelope("readable", "client"))
    assert drained(engine.work) == [an_envelope("readable", "client")]
    engine.work.put(an_envelope("later", "client"))
    assert drained(engine.work) == [an_envelope("later", "client")]
    assert database.read().execute("SELECT queue, body FROM message").fetchall() == [
        (f"work{UNREADABLE}", "from the future")
    ]


# Receipts


def test_a_stale_receipt_does_not_hit_who_got_its_number_in_the_file(
    engine: Engine, clock: SteppedClock
) -> None:
    engine.work.put(an_envelope("first"))
    stale = received(engine.work)
    clock.now += VISIBLE_AFTER
    engine.work.done(received(engine.work).receipt)
    engine.work.put(an_envelope("second"))
    second = received(engine.work)
    assert second.receipt.split(".")[0] == stale.receipt.split(".")[0]
    engine.work.done(stale.receipt)
    engine.work.retry_after(stale.receipt, timedelta())
    assert engine.work.receive() is None
    assert engine.work.depth().messages == 1


# Older files


@pytest.mark.parametrize("version", range(1, len(VERSIONS)))
def test_the_line_of_an_older_file_goes_on(tmp_path: Path, version: int) -> None:
    connection = sqlite3.connect(tmp_path / DATA_FILE, isolation_level=None)
    for script in VERSIONS[:version]:
        for statement in script.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")
    clock = SteppedClock(NOON)
    now, later = NOON.timestamp(), (NOON + timedelta(minutes=10)).timestamp()
    held, waiting, free, lost = (an_envelope(name, name[0]) for name in ("h1", "h2", "free", "lost"))
    connection.executemany(
        "INSERT INTO message (queue, group_id, is_head, visible_at, sent_at, receipt, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            ("work", held.group, 1, later, now, "1.receipt", held.to_json()),
            ("work", waiting.group, 0, now, now, "", waiting.to_json()),
            (f"work{UNREADABLE}", lost.group, 0, now, now, "", "?"),
            ("work", free.group, 1, now, now, "", free.to_json()),
        ],
    )
    connection.close()
    engine = sqlite_engine(tmp_path, clock)
    new = an_envelope("h3", "h")
    engine.work.put(new)
    assert engine.work.depth().messages == 4
    assert drained(engine.work) == [free]
    engine.work.done("1.receipt")
    assert drained(engine.work) == [waiting, new]
    engine.expire(NOON + timedelta(days=100))
    engine.close()
    connection = sqlite3.connect(tmp_path / DATA_FILE)
    assert connection.execute("SELECT count(*) FROM message").fetchone() == (0,)
    connection.close()


# However much waits


def test_no_look_at_the_whole_queue_holds_up_who_writes(
    engine: Engine, database: Database, clock: SteppedClock
) -> None:
    work = engine.work
    assert isinstance(work, SqliteQueue)
    written: list[str] = []
    work._database.write(lambda connection: connection.set_trace_callback(written.append))  # noqa: SLF001 -- what it really runs
    for name in ("unreadable", "retried", "done", "done"):
        work.put(an_envelope(name, "client"))
    database.write(lambda connection: connection.execute("UPDATE message SET body = '' WHERE sequence = 1"))
    work.retry_after(received(work).receipt, timedelta())
    drained(work)
    engine.expire(clock.now)
    work._database.write(lambda connection: connection.set_trace_callback(None))  # noqa: SLF001 -- as above
    of_messages = [sql for sql in written if "message" in sql]
    assert len({sql.split()[0] for sql in of_messages}) == len(("INSERT", "SELECT", "UPDATE", "DELETE"))
    for sql in of_messages:
        plan = [row[3] for row in database.read().execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert not [step for step in plan if step.startswith("SCAN")], (sql, plan)


# All of it together


class Model:
    """What the queue ought to do, written down plainly, beside the queue itself in two processes."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.chance = chance
        self.clock = SteppedClock(NOON)
        self.folder = folder
        self.engines = [sqlite_engine(folder, self.clock) for _ in range(2)]
        self.waiting: defaultdict[str, deque[Envelope]] = defaultdict(deque)
        self.in_hand: list[Message] = []
        self.count = 0

    @property
    def engine(self) -> Engine:
        return self.chance.choice(self.engines)

    def put(self) -> None:
        self.count += 1
        envelope = an_envelope(str(self.count), f"client {self.chance.randrange(6)}")
        self.engine.work.put(envelope)
        if self.chance.random() < 0.3:
            self.engine.work.put(envelope)
        self.waiting[envelope.group].append(envelope)

    def put_together(self) -> None:
        group = an_envelope("", f"client {self.chance.randrange(6)}").group
        names = range(self.count, self.count + self.chance.randrange(1, 40))
        self.count = names.stop
        envelopes = [Envelope(an_envelope(f"of {name}").id, group, an_envelope().webhook) for name in names]
        assert put_together(self.engine, *envelopes) == [None] * len(envelopes)
        self.waiting[group] += envelopes

    def receive(self) -> None:
        message = self.engine.work.receive()
        held = {message.envelope.group for message in self.in_hand}
        free = [group for group, envelopes in self.waiting.items() if envelopes and group not in held]
        if message is None:
            assert not free
            return
        assert message.envelope.group in free
        assert message.envelope == self.waiting[message.envelope.group][0]
        self.in_hand.append(message)

    def done(self) -> None:
        if self.in_hand:
            message = self.in_hand.pop(self.chance.randrange(len(self.in_hand)))
            self.engine.work.done(message.receipt)
            self.waiting[message.envelope.group].popleft()

    def retry(self) -> None:
        if self.in_hand:
            message = self.in_hand.pop(self.chance.randrange(len(self.in_hand)))
            self.engine.work.retry_after(message.receipt, timedelta())

    def restart(self) -> None:
        which = self.chance.randrange(2)
        self.engines[which].close()
        self.engines[which] = sqlite_engine(self.folder, self.clock)

    def let_time_pass(self) -> None:
        """So much that all that is in hand shows again."""
        self.clock.now += VISIBLE_AFTER
        self.in_hand.clear()


@pytest.mark.parametrize("seed", range(12))
def test_each_group_keeps_its_order_whatever_happens(tmp_path: Path, seed: int) -> None:
    model = Model(tmp_path, random.Random(seed))  # noqa: S311 -- to be repeated, not to be secret
    steps = [model.put, model.put_together, model.receive, model.done, model.retry]
    for _ in range(150):
        model.chance.choices([*steps, model.restart, model.let_time_pass], [8, 1, 10, 8, 3, 1, 1])[0]()
    model.let_time_pass()
    rest = drained(model.engine.work)
    assert sorted(envelope.id for envelope in rest) == sorted(
        envelope.id for group in model.waiting.values() for envelope in group
    )
    for group, envelopes in model.waiting.items():
        assert [envelope for envelope in rest if envelope.group == group] == [*envelopes]
    for engine in model.engines:
        engine.close()
