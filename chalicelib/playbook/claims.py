"""One entry at a time works for a client, and for a parcel: whatever group its message came through.

Who decides to do something writes a claim into the client's or parcel's document, with the version that it
has seen. Everybody else waits while the claim's entry is open, and decides with what it made.
"""

from datetime import timedelta

from chalicelib.errors import Postponed
from chalicelib.memory import Claim
from chalicelib.pauses import LONGEST_BACK_OFF
from chalicelib.playbook.desk import Desk

CLAIM_WAIT = timedelta(seconds=2)


def own_claim(desk: Desk) -> Claim:
    """The claim of the entry that is decided."""
    return Claim(entry_id=desk.entry.id)


def wait_for(claim: Claim | None, desk: Desk) -> None:
    """Let the entry of a claim finish first.

    Raises:
        Postponed: it is at work.
    """
    if claim is None or claim.entry_id == desk.entry.id:
        return
    entry = desk.journal.get(claim.entry_id)
    # One that came to any end has done its work, or won't.
    if entry is not None and entry.is_open:
        raise Postponed("claimed", _patience(desk), f"entry {entry.id[:12]} is at work for the same client")


def _patience(desk: Desk) -> timedelta:
    """Ever longer, if the CRM keeps failing who is at work: AWS gives a message up after 1,000 receives."""
    waited = desk.now - desk.entry.opened_at
    return min(max(CLAIM_WAIT, waited / 4), LONGEST_BACK_OFF)
