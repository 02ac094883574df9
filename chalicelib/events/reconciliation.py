"""What the nightly comparing of the journal with the CRM finds."""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, Field

from chalicelib.events.base import Event

DifferenceKind = Literal["order-gone", "order-twice", "task-gone", "note-gone", "status-behind", "unfinished"]

Fate = Literal[
    "untraced", "repair", "waits", "later", "deleted", "program", "merged", "changed", "over", "again",
    "declined", "many", "person",
]  # fmt: skip
"""What became of it, and so who does what:

* ``untraced``: nobody has looked yet;
* ``repair``: lost without a trace, and put right;
* ``waits``: likewise, once a person lets us; ``later``: likewise, with the next nights;
* ``deleted``, ``program``: a person, or another program, deleted it;
* ``merged``: the order was merged into another one;
* ``changed``: a person changed it: the task before it was gone, or the status since the courier's news;
* ``over``: its reason is gone, nothing is to be done;
* ``again``: it was put right once, and is gone again;
* ``declined``: when it was to be put right, there was a reason against it;
* ``many``: so much is gone at once that it looks like the wrong CRM;
* ``person``: only a person can tell.
"""


class Difference(Event):
    """One thing that is not in the CRM as it should be.

    Attributes:
        about: what tells it from others of its kind: an external id, a task's or a note's id, an order's id
            with the status and the news, an entry's id.
        source: whose event it came from.
        entry_id: the journal entry that made it; ``action`` is its place in the plan.
        order_id: None where no order is known.
        order_number: as people know it; empty likewise.
        task_id: of a task.
        at: when we made it, or heard the news.
        by: who removed or changed it, by name; the number of the order that it was merged into.
        status: what the order has; ``expected`` what it should have.
        parcel: the key of the parcel whose news were lost; empty if a rule had set the status.
        reason: why an entry is not at its end, or why a repair was declined.
        additions: the journal entries that added something to the order.
    """

    kind: DifferenceKind
    fate: Fate = "untraced"
    about: str
    source: str = ""
    entry_id: str = ""
    action: int = 0
    order_id: int | None = None
    order_number: str = ""
    task_id: int | None = None
    at: AwareDatetime
    by: str = ""
    status: str = ""
    expected: str = ""
    parcel: str = ""
    reason: str = ""
    additions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.kind}:{self.about}"

    @property
    def word(self) -> str:
        """What people were told of it: with another fate it is news."""
        return f"{self.key}:{self.fate}"


class LostInCrm(Event):
    """Something that we made is gone from the CRM without a trace, and can be put right.

    Attributes:
        source: whose event had made it.
        rule: the rule's name.
    """

    kind: Literal["lost-in-crm"] = "lost-in-crm"
    rule: Literal["lost-in-crm"] = "lost-in-crm"
    source: str
    difference: Difference


class CrmCompared(Event):
    """People must hear what the nightly comparing found. Travels on the ``notify`` queue.

    Attributes:
        days: how far back.
        news: what nobody was told of yet, at most so many as a message holds.
        counts: how many news there are of each kind and fate, such as ``order-gone:repair``.
        standing: how many differences people were told of before.
        must_accept: True if repairs wait for a person's word.
    """

    kind: Literal["crm-compared"] = "crm-compared"
    at: AwareDatetime
    days: int
    news: tuple[Difference, ...]
    counts: Mapping[str, int] = Field(default_factory=dict)
    standing: int = 0
    must_accept: bool = False
