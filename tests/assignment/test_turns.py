"""Each in turn, and who has the fewest tasks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions import AnyAction, CreateOrder, CreateTask
from chalicelib.assignment.settings import Choice
from chalicelib.assignment.turns import MOST_COUNTED, MOST_TURNS, TURNS_KEY, TurnMemory, Turns
from chalicelib.crm.port import TaskCount
from chalicelib.engine.port import Document

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
SEARCH_LAG = timedelta(minutes=1)


class Book:
    """One document, and decisions that write it."""

    def __init__(self, choice: Choice = "round-robin") -> None:
        self.document = Document(TURNS_KEY, {}, 0)
        self.now = NOW
        self.choice = choice
        self.open_tasks: dict[int, int] = {}
        self.counted_at = NOW
        self.asked: list[int] = []

    def count(self, user: int) -> TaskCount:
        self.asked.append(user)
        return TaskCount(count=self.open_tasks.get(user, 0), age=self.now - self.counted_at)

    def turns(self) -> Turns:
        return Turns(self.read, self.now, self.choice, self.count, SEARCH_LAG)

    def read(self, key: str) -> Document:
        assert key == TURNS_KEY
        return self.document

    def write(self, claims: tuple[Document, ...]) -> None:
        for document in claims:
            assert document.version == self.document.version
            self.document = Document(document.key, document.content, document.version + 1)

    def give(self, candidates: tuple[int, ...], about: str) -> int:
        turns = self.turns()
        user = turns.one_of(candidates, about)
        self.write(turns.claims([task_for(user)]))
        return user


def task_for(user: int) -> CreateTask:
    return CreateTask(text="Перезвонить", commentary="", due_at=NOW, performer_id=user)


def order_of(user: int) -> CreateOrder:
    return CreateOrder(external_id="1", method="", status="new", occurred_at=NOW, manager_id=user)


@given(st.integers(1, 8), st.integers(0, 60))
def test_everybody_gets_as_many_but_for_one(people: int, tasks: int) -> None:
    book = Book()
    candidates = tuple(range(1, people + 1))
    given_to = Counter(book.give(candidates, f"order:{number}") for number in range(tasks))
    counts = [given_to[user] for user in candidates]
    assert max(counts) - min(counts) <= 1


@given(st.lists(st.sets(st.integers(1, 6), min_size=1), max_size=40))
def test_it_is_always_somebody_of_whom_nobody_has_waited_longer(shifts: list[set[int]]) -> None:
    book = Book()
    last: dict[int, int] = {}
    for number, shift in enumerate(shifts):
        user = book.give(tuple(sorted(shift)), f"order:{number}")
        assert user in shift
        assert last.get(user, -1) == min(last.get(other, -1) for other in shift)
        last[user] = number


def test_a_retry_has_the_turn_that_it_had() -> None:
    book = Book()
    assert [book.give((1, 2, 3), about) for about in ("a", "b", "a", "b", "c")] == [1, 2, 1, 2, 3]
    assert book.document.version == 3


def test_who_has_gone_home_hands_the_order_on() -> None:
    book = Book()
    assert book.give((1, 2), "a") == 1
    assert book.give((2, 3), "a") == 2
    assert book.give((1, 2, 3), "a") == 2, "from now on it is theirs"


def test_a_turn_without_a_task_is_none() -> None:
    book = Book()
    turns = book.turns()
    assert turns.one_of((1, 2), "a") == 1
    for actions in ([], [task_for(2)]):
        assert turns.claims(actions) == ()
    assert book.give((1, 2), "b") == 1


def test_an_order_counts_as_a_task_does() -> None:
    book = Book()
    turns = book.turns()
    actions: list[AnyAction] = [order_of(turns.one_of((1, 2), "a"))]
    book.write(turns.claims(actions))
    assert book.give((1, 2), "b") == 2


def test_two_subjects_of_one_decision_are_two_turns() -> None:
    book = Book()
    turns = book.turns()
    users = [turns.one_of((1, 2), about) for about in ("a", "b", "a")]
    assert users == [1, 2, 1]
    book.write(turns.claims([task_for(user) for user in users]))
    assert TurnMemory.model_validate(book.document.content).served == (1, 2)


def test_nothing_is_looked_at_before_somebody_must_be_chosen() -> None:
    def fail(_: object) -> Any:
        raise AssertionError("it was looked at")

    assert Turns(fail, NOW, "least-busy", fail, SEARCH_LAG).claims([task_for(1)]) == ()
    first = Turns(fail, NOW, "first", fail, SEARCH_LAG)
    assert first.one_of((2, 1), "a") == 2
    assert first.claims([task_for(2)]) == ()


def test_memory_is_bounded() -> None:
    book = Book()
    for number in range(3 * MOST_TURNS):
        book.give((1, 2), f"order:{number}")
    assert len(TurnMemory.model_validate(book.document.content).turns) == MOST_TURNS


def test_the_least_busy_one_by_the_crm_and_by_what_we_gave_since() -> None:
    book = Book("least-busy")
    book.open_tasks = {1: 5, 2: 3, 3: 4}
    users = []
    for second in range(6):
        book.now = NOW + timedelta(seconds=second)
        users.append(book.give((1, 2, 3), f"order:{second}"))
    assert Counter(users) == {2: 3, 3: 2, 1: 1}
    book.now = book.counted_at = NOW + timedelta(minutes=5)
    assert book.give((1, 2, 3), "later") == 2, "what was given long before the count is in it"


def test_of_equals_who_waited_longest() -> None:
    book = Book("least-busy")
    assert book.give((1, 2), "a") == 1
    book.now = book.counted_at = NOW + timedelta(hours=1)
    assert book.give((1, 2), "b") == 2


def test_so_many_people_are_not_all_counted() -> None:
    book = Book("least-busy")
    book.give(tuple(range(1, 100)), "a")
    assert len(book.asked) == MOST_COUNTED
