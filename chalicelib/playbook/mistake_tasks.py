"""One task about what an order lacks: it tells exactly that, and is completed when nothing is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.actions import CompleteTask, CreateTask
from chalicelib.crm.port import Order
from chalicelib.crm.users import user_name
from chalicelib.mistakes.rules import Broken
from chalicelib.mistakes.steps import Judgement
from chalicelib.people import due_at
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.ladder_tasks import Ladder, completions, phone_of
from chalicelib.playbook.performers import performer_of, staff_of
from chalicelib.scenario.settings import Scenario

MEND_WITHIN = timedelta(hours=2)
"""Of the performer's hours."""


@dataclass(frozen=True, slots=True)
class Told:
    """What our task about an order tells, as ``LadderTask.about`` keeps it: a line each.

    Attributes:
        status: the status in which something is missing; empty if there is no task.
        tokens: what is missing.
    """

    status: str
    tokens: frozenset[str]

    @classmethod
    def by(cls, ladder: Ladder) -> "Told":
        """What the last task tells that is not completed by us yet."""
        status, *tokens = ladder.memory.tasks[-1].about.splitlines() if ladder.memory.tasks else [""]
        return cls(status, frozenset(tokens))

    @classmethod
    def of(cls, judgement: Judgement) -> "Told":
        """What a task would have to tell."""
        tokens = frozenset(token for broken in judgement.broken for token in broken.tokens)
        return cls(judgement.step.after, tokens)

    def covers(self, other: "Told") -> bool:
        """Whether nothing is missing besides."""
        return self.status == other.status and other.tokens <= self.tokens

    def __str__(self) -> str:
        return "\n".join([self.status, *sorted(self.tokens)])


def changed_tasks(
    order: Order, wrong: Judgement | None, ladder: Ladder, scenario: Scenario, desk: Desk, *, is_back: bool
) -> tuple[CompleteTask | CreateTask, ...]:
    """Complete our task if its reason is gone; make one for what nobody was told of.

    What is mended by and by needs no new task: the old one is completed with the last of it.

    Args:
        order: as it is now.
        wrong: what people must be told of; None for nothing.
        ladder: our task so far.
        scenario: the names of the statuses.
        desk: what the rule has before it.
        is_back: whether the order goes back, or went back, to its former status.
    """
    told = Told.by(ladder)
    if wrong is not None and told.covers(Told.of(wrong)):
        return ()
    status = wrong.step.after if wrong else told.status if is_back else order.status
    why = "moved" if status != told.status else "mended" if wrong is None else "more"
    note = desk.texts.render(
        "task/mistakes_over", at=desk.now, why=why, is_back=is_back, status=scenario.name_of(status)
    )
    new = () if wrong is None else (_task(order, wrong, ladder, scenario, desk, is_back=is_back),)
    return (*completions(ladder, note), *new)


def phrases(wrong: Judgement, scenario: Scenario, desk: Desk) -> list[str]:
    """What is missing, in words, one for each rule."""
    return [_phrase(broken, wrong, scenario, desk) for broken in wrong.broken]


def _phrase(broken: Broken, wrong: Judgement, scenario: Scenario, desk: Desk) -> str:
    return desk.texts.render(
        "task/mistake",
        rule=broken.rule,
        parts=broken.parts,
        found=broken.found,
        expected=broken.expected,
        before=scenario.name_of(wrong.step.before),
        after=scenario.name_of(wrong.step.after),
        allowed=[scenario.name_of(status) for status in _allowed(wrong.step.before, scenario)],
    )


def _allowed(before: str, scenario: Scenario) -> Sequence[str]:
    """What the scenario names after a status; out of one that it does not know there are too many ways."""
    if not before:
        return scenario.begin
    known = scenario.statuses.get(before)
    return known.next if known else ()


def _task(
    order: Order, wrong: Judgement, ladder: Ladder, scenario: Scenario, desk: Desk, *, is_back: bool
) -> CreateTask:
    people, zone = desk.shop.people, desk.shop.shop.timezone
    performer = _performer(order, wrong, desk)
    fields = {
        "order_number": order.number,
        "status": scenario.name_of(wrong.step.after),
        "phrases": phrases(wrong, scenario, desk),
    }
    return CreateTask(
        order_id=order.id,
        order_number=order.number,
        text=desk.texts.render("task/mistakes", **fields),
        commentary=desk.texts.render(
            "task/mistakes_commentary",
            put_back_to=scenario.name_of(wrong.step.before) if is_back else "",
            at=wrong.step.at,
            by="" if wrong.step.user_id == performer else user_name(wrong.step.user_id, desk.crm),
            **fields,
        ),
        due_at=due_at(people, performer, desk.now, zone, MEND_WITHIN),
        performer_id=performer,
        phone=phone_of(order),
        ladder=ladder.document.key,
        about=str(Told.of(wrong)),
    )


def _performer(order: Order, wrong: Judgement, desk: Desk) -> int:
    """Who made the step, if they can do a task and are there today."""
    user_id, staff = wrong.step.user_id, staff_of(desk)
    if user_id is None or not staff.is_active(user_id) or staff.is_absent(user_id):
        return performer_of(order, desk)
    return user_id
