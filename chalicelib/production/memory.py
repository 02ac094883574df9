"""What we remember of an order and its production. It says what is so; actions follow from it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import accumulate
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.memory import Memory

MOST_QUESTIONS = 50
"""That are remembered of one order: the newest."""

MOST_CHARACTERS = 100_000
"""Of an order's questions and answers together: DynamoDB holds 400 KB, a Russian letter takes two bytes."""

Way = Literal["field", "task"]


class Answer(Memory):
    """What a manager answered.

    Attributes:
        entry_id: the journal entry that found it.
        author: who answered; empty if unknown.
    """

    entry_id: str
    text: str
    author: str
    way: Way
    at: AwareDatetime


class Question(Memory):
    """A question of production about the order.

    Attributes:
        number: which of the order's questions it is, from 1.
        order_number: of the order, for people to read.
        id: production's own; empty for one that was asked in the CRM.
        source: who asked; empty for the CRM.
        entry_id: the journal entry that told of it.
        over_by: the journal entry that found that nobody need answer any more; empty while somebody must.
    """

    number: int
    order_number: str = ""
    id: str = ""
    source: str = ""
    entry_id: str
    author: str = ""
    text: str
    links: tuple[str, ...] = ()
    at: AwareDatetime
    answer: Answer | None = None
    over_by: str = ""

    @property
    def is_open(self) -> bool:
        """True while production waits for the answer."""
        return self.answer is None and not self.over_by

    @property
    def about(self) -> str:
        """What its task is about."""
        return f"question:{self.number}"


class Promise(Memory):
    """The day by whose end an order will be ready.

    Attributes:
        day: None once there is nothing to wait for: it is ready, cancelled, or the promise was taken back.
        at: when it was said.
        entry_id: the journal entry that told of it.
        source: whose word it is; empty for the CRM.
    """

    day: date | None
    at: AwareDatetime
    entry_id: str
    source: str = ""


class Ready(Memory):
    """The order is made.

    Attributes:
        at: when production said so.
        entry_id: the journal entry that told of it.
    """

    at: AwareDatetime
    entry_id: str


class Seen(Memory):
    """What the CRM showed when we last looked, so that the same news twice is none.

    Attributes:
        question: what the field for questions held; empty for nothing.
        asked_since: since when the order had the status that asks; None if it did not have it.
        answer: what the field for answers held.
        promised: what the field for the promised day held.
    """

    question: str = ""
    asked_since: AwareDatetime | None = None
    answer: str = ""
    promised: str = ""


class ProductionMemory(Memory):
    """What we remember of one order's production.

    Attributes:
        asked: how many questions there were.
        again_since: since when an order that was ready is made again.
    """

    asked: int = 0
    questions: tuple[Question, ...] = ()
    promise: Promise | None = None
    ready: Ready | None = None
    again_since: AwareDatetime | None = None
    seen: Seen = Seen()

    @property
    def waiting(self) -> tuple[Question, ...]:
        """The questions that nobody has answered yet, oldest first."""
        return tuple(question for question in self.questions if question.is_open)

    def knows(self, source: str, question_id: str, text: str) -> bool:
        """Whether this was asked before, in these words."""
        return any((one.source, one.id, one.text) == (source, question_id, text) for one in self.questions)

    def with_question(self, question: Question) -> "ProductionMemory":
        """Once it is asked; it gets its number here."""
        numbered = question.model_copy(update={"number": self.asked + 1})
        return self.model_copy(
            update={"asked": numbered.number, "questions": _newest((*self.questions, numbered))}
        )

    def with_answer(self, number: int, answer: Answer) -> "ProductionMemory":
        """Once this question is answered."""
        return self._changed(lambda one: {"answer": answer} if one.number == number else {})

    def with_promise(self, promise: Promise) -> "ProductionMemory":
        """Once a day is promised: what was said after that stays."""
        if self.promise is not None and self.promise.at > promise.at:
            return self
        if self.ready is not None and self.ready.at >= promise.at:
            return self
        # Promised anew after it was ready: it is made again.
        return self.model_copy(update={"promise": promise, "ready": None})

    def with_ready(self, ready: Ready) -> "ProductionMemory":
        """Once it is made: whoever asked or promised something before that no longer waits."""
        if self.ready is not None or (self.again_since is not None and ready.at < self.again_since):
            return self
        if self.promise is not None and self.promise.day is not None and self.promise.at > ready.at:
            return self
        settled = self.without_questions(ready.entry_id, ready.at).without_promise(ready.entry_id)
        return settled.model_copy(update={"ready": ready})

    def made_again(self, since: datetime) -> "ProductionMemory":
        """It went back to be made: what is said to be ready from then on is news."""
        return self.model_copy(update={"ready": None, "again_since": since})

    def without_questions(self, entry_id: str, until: datetime) -> "ProductionMemory":
        """Nobody need answer any more what was asked up to this moment."""
        return self._changed(lambda one: {"over_by": entry_id} if one.is_open and one.at <= until else {})

    def without_promise(self, entry_id: str, at: datetime | None = None) -> "ProductionMemory":
        """There is nothing to wait for; the promise was taken back then, if a moment is told."""
        if self.promise is None or self.promise.day is None:
            return self
        said_at = at or self.promise.at
        over = self.promise.model_copy(update={"day": None, "at": said_at, "entry_id": entry_id})
        return self.model_copy(update={"promise": over})

    def having_seen(self, seen: Seen) -> "ProductionMemory":
        """With what the CRM shows now."""
        return self.model_copy(update={"seen": seen})

    def _changed(self, change: Callable[[Question], Mapping[str, object]]) -> "ProductionMemory":
        questions = tuple(one.model_copy(update=change(one)) for one in self.questions)
        return self.model_copy(update={"questions": questions})


def _newest(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """Those that are remembered: the last one always."""
    lengths = accumulate(map(_length, reversed(questions)))
    kept = sum(length <= MOST_CHARACTERS for length in lengths)
    return questions[-max(1, min(kept, MOST_QUESTIONS)) :]


def _length(question: Question) -> int:
    answer = question.answer.text if question.answer else ""
    return sum(map(len, (question.text, *question.links, answer)))
