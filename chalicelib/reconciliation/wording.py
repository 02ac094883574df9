"""Differences as people read them."""

from collections.abc import Iterable

from chalicelib.events import Difference, Fate
from chalicelib.reconciliation.memory import Progress
from chalicelib.texts import Texts

LAST: tuple[Fate, ...] = ("merged", "program", "deleted", "over")
"""Nobody has to do anything about these."""


def in_lines(differences: Iterable[Difference], texts: Texts) -> list[str]:
    """A line for each, in order."""
    return [in_words(each, texts) for each in in_order(differences)]


def summary(progress: Progress, differences: Iterable[Difference], texts: Texts) -> str:
    """How much was compared, and how much differs."""
    looked = progress.looked.model_dump()
    count = len(list(differences))
    return texts.render("checks/compared", days=progress.days, differences=count, **looked).strip()


def in_order(differences: Iterable[Difference]) -> list[Difference]:
    """What needs nobody comes last."""
    return sorted(differences, key=_place)


def in_words(difference: Difference, texts: Texts) -> str:
    """One line."""
    return texts.render(
        "checks/difference",
        kind=difference.kind,
        fate=difference.fate,
        order_number=difference.order_number,
        by=difference.by,
        status=difference.status,
        expected=difference.expected,
        reason=difference.reason,
        entry_id=difference.entry_id,
    ).strip()


def _place(difference: Difference) -> int:
    return LAST.index(difference.fate) if difference.fate in LAST else -1
