from pathlib import Path

from benchmarks.filling import PARKED_EACH, an_envelope, fill_journal, fill_queue
from chalicelib.bootstrap import sqlite_engine
from chalicelib.entry import Status
from tests.engine.contract import NOON


def test_a_filled_folder_is_as_the_program_would_have_left_it(tmp_path: Path) -> None:
    fill_journal(tmp_path, PARKED_EACH + 1, NOON)
    fill_queue(tmp_path, 5, NOON)
    engine = sqlite_engine(tmp_path)
    assert engine.journal.counts(tuple(Status))[Status.DONE] == PARKED_EACH - 1
    assert engine.journal.counts(tuple(Status))[Status.PARKED] == 2
    newest = engine.journal.latest(limit=2)[-1]
    assert newest.status is Status.DONE
    assert engine.journal.get(newest.id) == newest
    assert engine.journal.envelope(newest.id) == an_envelope(PARKED_EACH - 1, newest.received_at)
    assert engine.work.depth().messages == 5
    engine.close()
