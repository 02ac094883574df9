"""What we remember of one call: its webhooks come in any order, and more than once."""

from chalicelib.events import CallAnswered, CallMissed, CallTracked
from chalicelib.memory import Claim, Memory


class CallMemory(Memory):
    """A call, as far as one source has told of it.

    Attributes:
        missed: what told that nobody answered.
        missed_by: the journal entry that brought that.
        answered: what told that somebody did, which beats that nobody did.
        recording_url: where the recording is; empty until it is there.
        tracked: what call tracking knows of it.
    """

    missed: CallMissed | None = None
    missed_by: str = ""
    answered: CallAnswered | None = None
    recording_url: str = ""
    tracked: CallTracked | None = None

    @property
    def call(self) -> CallAnswered | CallMissed | None:
        """How it ended; None until that is told."""
        return self.answered or self.missed

    @property
    def at_work(self) -> Claim | None:
        """The claim of who makes the task about a call from a hidden number."""
        return Claim(entry_id=self.missed_by) if self.missed_by else None

    @property
    def phone(self) -> str | None:
        """The client in E.164, if anybody told."""
        told = (self.answered, self.missed, self.tracked)
        return next((event.phone for event in told if event is not None and event.phone), None)

    def with_missed(self, call: CallMissed, entry_id: str) -> "CallMemory":
        """Once it is told that nobody answered."""
        return self.model_copy(update={"missed": call, "missed_by": entry_id})

    def with_answered(self, call: CallAnswered) -> "CallMemory":
        """Once it is told that somebody answered."""
        recording_url = call.recording_url or self.recording_url
        return self.model_copy(
            update={"answered": fuller(self.answered, call), "recording_url": recording_url}
        )

    def with_recording(self, recording_url: str) -> "CallMemory":
        """Once the recording is there."""
        return self.model_copy(update={"recording_url": recording_url})

    def with_visit(self, tracked: CallTracked) -> "CallMemory":
        """Once call tracking has told of it."""
        return self.model_copy(update={"tracked": tracked})


def fuller(before: CallAnswered | CallMissed | None, call: CallAnswered) -> CallAnswered:
    """What tells more of an answered call: its end has the talk's length, and who talked to the client last.

    That somebody answered may be heard after the end.
    """
    if isinstance(before, CallAnswered) and before.talked is not None and call.talked is None:
        return before
    return call


def call_key(source: str, call_id: str) -> str:
    """The document of a call."""
    return f"call:{source}:{call_id}"


def hidden_call_key(source: str, call_id: str) -> str:
    """The document of the task about a call from a hidden number."""
    return f"hidden-call:{source}:{call_id}"
