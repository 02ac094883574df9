"""One round of a kind at a time, where each tick is a process of its own.

Two at once would do no harm: what they find has the same ids, and what they remember has versions. But a
check that hangs would gather more and more of them, and they all count against the account's limit of
concurrent executions, which the gate needs, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from pydantic import AwareDatetime

from chalicelib.clock import Clock
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.memory import Memory

LONGEST = timedelta(minutes=5)
"""The function's time-out in ``.chalice/config.json``: who has not given the turn back by then is gone."""


class Turn(Memory):
    """Whose turn it is does not matter, only until when.

    Attributes:
        until: when the present turn ends at the latest; None if nobody has it.
    """

    until: AwareDatetime | None = None


@contextmanager
def turn(documents: Documents, clock: Clock, name: str) -> Iterator[bool]:
    """Take the turn with this name, and give it back at the end; False if somebody else has it."""
    document = documents.get(f"turn:{name}")
    until = Turn.model_validate(document.content).until
    now = clock()
    if until is not None and now < until:
        yield False
        return
    try:
        taken = documents.put(replace(document, content=Turn(until=now + LONGEST).content()))
    except VersionConflict:
        yield False
        return
    try:
        yield True
    finally:
        # Whoever was away for too long has lost it, and has nothing to give back.
        with suppress(VersionConflict):
            documents.put(replace(taken, content=Turn().content()))
