"""Who broke which rule how often."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from chalicelib.crm.port import User
from chalicelib.engine.port import Document
from chalicelib.mistakes.memory import DayOfMistakes, Mistake, day_key

PROGRAMS = "programs"
"""Who made the steps that no person made."""


class DocumentsReader(Protocol):
    """Our own memory, to read many documents at once."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        """The documents of all these keys, by key."""
        ...


def mistakes_of(documents: DocumentsReader, last: date, days: int) -> list[Mistake]:
    """The mistakes of so many days until the last one, oldest first: a document is read for each day."""
    keys = [day_key(last - timedelta(days=back)) for back in range(days)]
    found = documents.get_many(keys).values()
    made = [mistake for document in found for mistake in DayOfMistakes.model_validate(document.content).made]
    return sorted(made, key=lambda mistake: (mistake.at, mistake.step_id))


def names_of(users: Iterable[User]) -> Mapping[int, str]:
    """What people are called; who has no name is not among them."""
    return {user.id: user.name for user in users if user.name}


def table(rows: Iterable[tuple[int | None, str]], names: Mapping[int, str], nobody: str) -> list[list[str]]:
    """How often each rule was broken by whom: a heading, a row for each person, and the sum of all.

    Args:
        rows: a person and the rule that they broke, once for each time.
        names: what people are called.
        nobody: what to call it if it was no person.
    """
    counts = Counter(rows)
    rules = [rule for rule, _ in Counter(rule for _, rule in counts.elements()).most_common()]
    people = [person for person, _ in Counter(person for person, _ in counts.elements()).most_common()]
    body = [
        [_title(person, names, nobody), *(str(counts[person, rule]) for rule in rules)] for person in people
    ]
    sums = ["all", *(str(sum(counts[person, rule] for person in people)) for rule in rules)]
    return [["manager", *rules], *body, sums] if body else []


def _title(person: int | None, names: Mapping[int, str], nobody: str) -> str:
    return nobody if person is None else names.get(person, f"user {person}")
