import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.saturation import fill_journal
from chalicelib.bootstrap import DATA_FILE
from chalicelib.entry import Status
from tests.world import World


def test_a_filled_journal_has_so_many_more_entries(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.lead("1:1", Phone="+79161234567")
    world.work()
    fill_journal(tmp_path / DATA_FILE, 2_500)
    assert world.engine.journal.counts([Status.DONE]) == {Status.DONE: 2_501}
    world.close()
    with closing(sqlite3.connect(tmp_path / DATA_FILE)) as connection:
        assert connection.execute("SELECT count(DISTINCT id) FROM entry").fetchone() == (2_501,)
