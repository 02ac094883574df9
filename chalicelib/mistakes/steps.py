"""What the steps of an order broke: requirements of the status that it got, or the scenario's own way."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.crm.port import Order, OrderChange
from chalicelib.mistakes.rules import Broken, broken_rules
from chalicelib.scenario.settings import OnMistake, Scenario

STEP = "step"
"""The name of the rule that a step must be one that the scenario allows."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with an order where somebody put it.

    Attributes:
        step: by which it came there.
        broken: the rules that it breaks, none if we made the step ourselves.
        is_put_back: True if we have put the order back since: what it lacks there it still lacks.
    """

    step: OrderChange
    broken: tuple[Broken, ...]
    is_put_back: bool = False


def judged(
    order: Order, steps: Sequence[OrderChange], scenario: Scenario, told_status: str
) -> Judgement | None:
    """What is wrong with an order as it stands.

    Args:
        order: as it is now.
        steps: its changes of status, oldest first.
        scenario: what is right.
        told_status: the status that our open task is about; empty if there is none.

    Returns:
        None if the steps do not lead to the status that the order has.
    """
    if not steps or steps[-1].after != order.status:
        return None
    last = steps[-1]
    if is_way_back(steps) and last.before == told_status:
        wrong = steps[-2]
        return Judgement(wrong, _broken(order, wrong, scenario), is_put_back=True)
    return Judgement(last, () if last.is_ours else _broken(order, last, scenario))


def is_way_back(steps: Sequence[OrderChange]) -> bool:
    """Whether the last step is ours, and took the one before it back, which was not ours."""
    if len(steps) < 2:  # noqa: PLR2004 -- a step, and the one back
        return False
    wrong, back = steps[-2:]
    return back.is_ours and not wrong.is_ours and (back.before, back.after) == (wrong.after, wrong.before)


def on_mistake(status: str, scenario: Scenario) -> OnMistake:
    """What a mistake in this status leads to."""
    known = scenario.statuses.get(status)
    return (known and known.on_mistake) or scenario.on_mistake


def requirements_broken(order: Order, status: str, scenario: Scenario) -> tuple[Broken, ...]:
    """What the order lacks for this status."""
    known = scenario.statuses.get(status)
    return broken_rules(order, known.requires, scenario.rules) if known else ()


def _broken(order: Order, step: OrderChange, scenario: Scenario) -> tuple[Broken, ...]:
    forbidden = () if scenario.allows(step.before, step.after) else (Broken(rule=STEP),)
    return (*forbidden, *requirements_broken(order, step.after, scenario))
