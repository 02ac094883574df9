from pathlib import Path

from tests.month.running import run
from tests.month.turns import given, most_apart, turns


def test_every_rule_fires_where_it_must_and_nowhere_else(tmp_path: Path) -> None:
    month = run(tmp_path, seed=4, orders=40, days=8)

    assert month.differences == []
    assert month.right.total() > 120
    assert month.right["possible double told"] > 1
    # A few happen to be due in an outage; a whole month has one in a hundred and fifty.
    assert month.undecided <= month.right.total() / 50


def test_turns_are_given_fairly(tmp_path: Path) -> None:
    taken, wrong = turns(given(tmp_path, seed=4, orders=40, days=4))

    assert wrong == []
    assert most_apart(taken) == 1
    assert len(taken) > 20
