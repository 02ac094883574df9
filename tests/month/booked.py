"""What the console's page Effect says of a month, against what happened and what the CRM has."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.books.calls import Calls
from chalicelib.books.facts import Facts, together
from chalicelib.books.mistakes import Mistakes
from chalicelib.books.pickups import Pickups
from chalicelib.books.reading import Books, Day
from chalicelib.books.statuses import Statuses
from tests.month.calendar import local
from tests.month.drive import Month
from tests.month.effects import Counted, Task
from tests.month.happenings import Happening, Missed, Talked
from tests.month.observed import Found

Figures = Counter[str]
NOT_FOLLOWED = "1001A"
"""The sandbox's own order, which was there before anybody followed it."""


def differences(
    month: Month, happenings: Sequence[Happening], there: Sequence[Found], end: datetime
) -> Iterator[str]:
    """A line for each figure that is not what it must be."""
    month.application.checks.run("books")
    days = _days(month, happenings[0].at, end)
    whole = together(day.facts for day in days)
    for name, figures, must_be in (
        ("missed calls", _by_day(days, lambda facts: facts.part(Calls).missed), _missed(happenings)),
        ("called back", Counter(all=whole.part(Calls).called_back.total), _called_back(happenings)),
        ("not called back", Counter(all=whole.part(Calls).overdue), _tasks(there, "callback overdue")),
        ("tasks to call", Counter(whole.part(Pickups).asked), _tasks(there, "pickup")),
        ("mistakes", Counter(whole.part(Mistakes).rules), _mistakes(there)),
        ("statuses", Counter(whole.part(Statuses).entered), _statuses(month)),
    ):
        for key in sorted({*figures, *must_be}):
            if figures[key] != must_be[key]:
                yield f"in the books, {name}, {key}: {figures[key]} instead of {must_be[key]}"


def _days(month: Month, first: datetime, last: datetime) -> list[Day]:
    books = Books(month.engine.documents, month.engine.journal, month.shop.shop.timezone)
    return books.days(local(first).date(), local(last).date())


def _by_day(days: Sequence[Day], figure: Callable[[Facts], int]) -> Figures:
    return Counter({f"{day.date}": figure(day.facts) for day in days})


def _calls(happenings: Sequence[Happening]) -> Mapping[str, Missed]:
    """Each once, however often it is told."""
    calls: dict[str, Missed] = {}
    for happening in happenings:
        if isinstance(happening, Missed):
            calls.setdefault(happening.id, happening)
    return calls


def _missed(happenings: Sequence[Happening]) -> Figures:
    return Counter(f"{local(call.at).date()}" for call in _calls(happenings).values())


def _called_back(happenings: Sequence[Happening]) -> Figures:
    """Who is talked to and has called in vain since the last talk, however often."""
    waiting: set[str] = set()
    count = 0
    calls: list[Missed | Talked] = list(_calls(happenings).values())
    calls += [happening for happening in happenings if isinstance(happening, Talked)]
    for each in sorted(calls, key=lambda call: call.at):
        if isinstance(each, Missed):
            waiting.add(each.phone)
        elif each.phone in waiting:
            waiting.remove(each.phone)
            count += 1
    return Counter(all=count)


def _tasks(there: Sequence[Found], kind: str) -> Figures:
    tasks = [each.effect for each in there if isinstance(each.effect, Task) and each.effect.kind == kind]
    return Counter(f"{task.detail}d" if task.detail else "all" for task in tasks)


def _mistakes(there: Sequence[Found]) -> Figures:
    figures: Figures = Counter()
    for each in there:
        if isinstance(each.effect, Counted):
            figures[each.effect.rule] += each.effect.times
    return figures


def _statuses(month: Month) -> Figures:
    return Counter(
        record["newValue"]["code"]
        for record in month.sandbox.crm.books.order_history.table.all()
        if record["field"] == "status" and record["order"]["number"] != NOT_FOLLOWED
    )
