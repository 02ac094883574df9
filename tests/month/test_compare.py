from dataclasses import replace
from datetime import timedelta

from tests.month.compare import compared
from tests.month.effects import WHENEVER, Expected, Span, Task
from tests.month.observed import Found
from tests.world import MORNING

TASK = Task("lead-1", "callback", "", performer=1, is_complete=False)
IN_TIME = MORNING + timedelta(minutes=2)
EXPECTED = Expected(TASK, Span(MORNING, MORNING + timedelta(minutes=6)))


def test_the_same_in_time_is_right() -> None:
    comparison = compared([EXPECTED], [Found(TASK, IN_TIME)])

    assert comparison.differences == []
    assert comparison.right == {"callback": 1}


def test_what_is_missing_differs() -> None:
    assert len(compared([EXPECTED], []).differences) == 1


def test_what_is_missing_and_has_no_moment_is_told() -> None:
    assert "at any time" in compared([replace(EXPECTED, made=WHENEVER)], []).differences[0]


def test_what_nobody_expects_differs() -> None:
    assert len(compared([EXPECTED], [Found(TASK, IN_TIME), Found(TASK, IN_TIME)]).differences) == 1


def test_who_has_it_what_it_says_and_whether_it_is_open_all_count() -> None:
    for other in (
        replace(TASK, performer=2),
        replace(TASK, detail="2"),
        replace(TASK, is_complete=True),
        replace(TASK, order="lead-2"),
    ):
        assert len(compared([EXPECTED], [Found(other, IN_TIME)]).differences) == 2


def test_what_comes_late_differs() -> None:
    late = MORNING + timedelta(minutes=7)

    assert len(compared([EXPECTED], [Found(TASK, late)]).differences) == 2


def test_what_may_stand_in_its_place_is_right_too() -> None:
    other = replace(TASK, performer=2)
    expected = replace(EXPECTED, instead=(other,))

    assert compared([expected], [Found(other, IN_TIME)]).differences == []


def test_what_nobody_can_say_may_be_there_or_not() -> None:
    unsure = replace(EXPECTED, is_sure=False)

    for there in ([], [Found(TASK, IN_TIME)]):
        comparison = compared([unsure], there)
        assert comparison.differences == []
        assert comparison.undecided == 1
