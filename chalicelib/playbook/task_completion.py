"""Complete a task of ours, with a note why nothing is left to do. What a person changed stays theirs."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.actions import CompleteTask
from chalicelib.ladder_memory import LadderTask
from chalicelib.memory import ClientMemory, RememberedTask
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.clients import client_memory
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.task_reasons import Gone, is_gone


def completed(
    task: RememberedTask | LadderTask, note: str, *, client: str = "", ladder: str = ""
) -> CompleteTask:
    """Complete it.

    Args:
        task: as we remember it.
        note: why.
        client: the memory key of the client or the conversation that it is remembered with, if it is.
        ladder: likewise of what an order waits for.
    """
    return CompleteTask(
        client=client,
        ladder=ladder,
        step=task.step if isinstance(task, LadderTask) else timedelta(),
        task_id=task.id,
        before=task.written,
        commentary=f"{task.commentary}\n\n{note}",
        performer_id=task.performer_id,
        marker=task.marker,
    )


def without_reason(memory: ClientMemory, by: Gone, *, since: datetime) -> tuple[RememberedTask, ...]:
    """A client's tasks that have lost their reason by what happened then. What came later is not settled."""
    return tuple(
        task for task in memory.tasks if is_gone(task.topic.name, by) and max(task.topic.moments) <= since
    )


def completed_in_chat(key: str, by: Gone, *, since: datetime, note: str, desk: Desk) -> Decision:
    """Complete those of a conversation.

    Raises:
        Postponed: another entry is at work for it.
    """
    document, memory = client_memory(desk, key)
    actions = tuple(completed(task, note, client=key) for task in without_reason(memory, by, since=since))
    claim = replace(document, content=memory.claimed(own_claim(desk)).content())
    return Decision(actions, (claim,)) if actions else Decision()
