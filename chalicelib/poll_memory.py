"""What we remember of a source that is asked."""

from pydantic import AwareDatetime

from chalicelib.memory import Memory


class PollMemory(Memory):
    """How far a source was asked.

    Attributes:
        started_at: when it was asked first: what happened before is not ours.
        asked_until: everything up to then is on the queue, but for what is told late. Where parcels are
            followed: each parcel that was due by then was asked about.
        failures: how often it was asked in vain since it last answered.
    """

    started_at: AwareDatetime
    asked_until: AwareDatetime
    failures: int = 0


def poll_key(source: str) -> str:
    """The document of :class:`PollMemory`."""
    return f"poll:{source}"


def poller_state_key(source: str) -> str:
    """The document in which a poller keeps what it needs at its next round."""
    return f"poller:{source}"
