"""What a page asks of AWS does not grow with the journal."""

from pathlib import Path

from benchmarks.pages import FIRST_PAGES, PAGES, calls_on_aws


def test_the_first_pages_make_as_many_calls_however_much_came_in(tmp_path: Path) -> None:
    few, many = (calls_on_aws(tmp_path / str(entries), entries) for entries in (5, 65))
    assert few.keys() == PAGES.keys()
    for name in FIRST_PAGES:
        assert few[name] == many[name] <= 10
