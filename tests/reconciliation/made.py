"""Many things that were made, quickly."""

from chalicelib.actions import AddNote, CreateOrder, CreateTask
from chalicelib.entry import Entry, Result
from chalicelib.events import CallMissed
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook
from tests.reconciliation.night import Night, phone

AT_ONCE = 100
"""Orders of one entry."""


def many(world: Night, count: int) -> list[int]:
    """So many orders, each with a task and a note, as if we had made them; quickly."""
    books, journal = world.sandbox.crm.books, world.engine.journal
    pattern = books.orders.get(1001)
    assert pattern is not None
    made = []
    for first in range(0, count, AT_ONCE):
        plan: list[CreateOrder | CreateTask | AddNote] = []
        results = []
        for number in range(first, first + AT_ONCE):
            own = {"externalId": f"call-{number}", "number": f"{number}B", "id": books.orders.next_id}
            made.append(books.orders.add({**pattern, **own}, world.now))
            task_id = books.tasks.add({"text": "Позвонить", "commentary": "", "complete": False}, world.now)
            note_id = books.notes.add({"text": "SMS", "customer": {"id": 1}}, world.now)
            plan += [
                CreateOrder(
                    external_id=f"call-{number}", method="phone", status="new", occurred_at=world.now
                ),
                CreateTask(text="Позвонить", commentary="", due_at=world.now, performer_id=1),
                AddNote(customer_id=1, text="SMS"),
            ]
            results += [
                Result(state="done", reference=f"order {made[-1]}", note=f"number {number}B", at=world.now),
                Result(state="done", reference=f"task {task_id}", at=world.now),
                Result(state="done", reference=f"note {note_id}", at=world.now),
            ]
        envelope = Envelope.seal(
            Webhook("mango", "POST", (), {}, {}, b"", world.now), f"many-{first}", f"many-{first}"
        )
        entry = journal.open(envelope, world.now)
        call = CallMissed(call_id=f"{first}", phone=phone(first), called_at=world.now)
        frozen: Entry = entry.frozen((call,), tuple(plan), world.now)
        for result in results:
            frozen = frozen.recorded(result)
        journal.save(frozen)
    return made
