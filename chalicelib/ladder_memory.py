"""What we remember of an order that waits: at a pickup point for its client, or for a manager."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.actions import CreateTask, WrittenTask
from chalicelib.memory import Claim, Memory
from chalicelib.production.memory import ProductionMemory

PRODUCTION = "production:"
"""How the keys of documents about production begin."""


class Stay(Memory):
    """A parcel at a pickup point.

    Attributes:
        parcel: the key of the parcel's document.
        source: whose webhooks told of it.
        arrived_at: when it arrived, by the courier's clock.
        keep_until: until when it is kept there, if known.
        is_estimate: True if that is reckoned from the shop's own word, not the courier's.
    """

    parcel: str
    source: str
    arrived_at: AwareDatetime
    keep_until: AwareDatetime | None = None
    is_estimate: bool = False


class LadderTask(Memory):
    """A task as we wrote it, to see whether a person changed it since.

    Attributes:
        due_at: None if it was written when that was not remembered yet.
    """

    id: int
    step: timedelta
    about: str = ""
    text: str
    commentary: str
    performer_id: int
    marker: str
    due_at: AwareDatetime | None = None
    order_id: int | None = None

    @property
    def written(self) -> WrittenTask:
        """As the CRM should still have it."""
        return WrittenTask(
            text=self.text, commentary=self.commentary, due_at=self.due_at, order_id=self.order_id
        )


class LadderMemory(Memory):
    """What we remember of an order that waits.

    Attributes:
        claim: set by an entry that carries out what it decided about this waiting.
        tasks: our tasks for the steps that were told.
        stays: the order's parcels that wait at a pickup point.
        left_at: when the last of them left it, as far as the courier told; None if we never heard of one.
        production: of an order and its production; None where it is about something else.
    """

    claim: Claim | None = None
    tasks: tuple[LadderTask, ...] = ()
    stays: tuple[Stay, ...] = ()
    left_at: AwareDatetime | None = None
    production: ProductionMemory | None = None

    @property
    def told(self) -> timedelta:
        """The highest step that there is a task of ours for; zero for none."""
        return max((task.step for task in self.tasks), default=timedelta())

    @property
    def oldest_stay(self) -> Stay | None:
        """The parcel that has waited longest."""
        return min(self.stays, key=lambda stay: stay.arrived_at, default=None)

    def claimed(self, claim: Claim) -> "LadderMemory":
        """With a claim."""
        return self.model_copy(update={"claim": claim})

    def with_task(self, action: CreateTask, task_id: int, marker: str) -> "LadderMemory":
        """Once a task for a step is made."""
        task = LadderTask(
            id=task_id,
            step=action.step,
            about=action.about,
            text=action.text,
            commentary=action.commentary,
            performer_id=action.performer_id,
            marker=marker,
            due_at=action.due_at,
            order_id=action.order_id,
        )
        others = tuple(other for other in self.tasks if other.id not in {task_id, action.replaces})
        return self.model_copy(update={"tasks": (*others, task), "claim": None})

    def without_task(self, task_id: int) -> "LadderMemory":
        """Once a task is completed, or left to the person who changed it."""
        tasks = tuple(task for task in self.tasks if task.id != task_id)
        return self.model_copy(update={"tasks": tasks})

    def arrived(self, stay: Stay) -> "LadderMemory":
        """With a parcel that has come to its pickup point."""
        return self.model_copy(update={"stays": (*self._stays_but(stay.parcel), stay), "left_at": None})

    def left(self, parcel: str, now: datetime) -> "LadderMemory":
        """Without a parcel that has left its pickup point."""
        stays = self._stays_but(parcel)
        return self.model_copy(update={"stays": stays, "left_at": None if stays else now})

    def waits_since(self, status_since: datetime | None) -> datetime | None:
        """Since when an order waits at a pickup point that has had the status for it since ``status_since``.

        By the courier's word, if there was any about this stay. None if it has left, or nobody can tell.
        """
        if self.oldest_stay is not None:
            return self.oldest_stay.arrived_at
        if self.left_at is None or (status_since is not None and status_since > self.left_at):
            return status_since
        return None

    def _stays_but(self, parcel: str) -> tuple[Stay, ...]:
        return tuple(stay for stay in self.stays if stay.parcel != parcel)


def pickup_key(order_id: int) -> str:
    """The document of an order whose parcel waits, or waited, at a pickup point."""
    return f"pickup:{order_id}"


def trouble_key(parcel: str) -> str:
    """The document of our tasks about what keeps a parcel, by its own key, from its client."""
    return f"trouble:{parcel}"


def mistakes_key(order_id: int) -> str:
    """The document of our task about what an order lacks in its status."""
    return f"mistakes:{order_id}"


def lead_key(order_id: int) -> str:
    """The document of an order that nobody had looked at in time."""
    return f"lead:{order_id}"


def production_key(order_id: int) -> str:
    """The document of an order and its production."""
    return f"{PRODUCTION}{order_id}"
