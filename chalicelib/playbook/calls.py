"""What a call tells besides that it was missed. Nothing follows from it yet but the journal's entry."""

from chalicelib.events import CallAnswered, CallRecorded, CallTracked
from chalicelib.playbook.desk import Decision, Desk


def on_call_answered(call: CallAnswered, desk: Desk) -> Decision:
    """Somebody talked to the client."""
    del call, desk
    return Decision(note="call-answered")


def on_call_recorded(recording: CallRecorded, desk: Desk) -> Decision:
    """The recording can be listened to."""
    del recording, desk
    return Decision(note="call-recorded")


def on_call_tracked(call: CallTracked, desk: Desk) -> Decision:
    """It is known what the client searched for."""
    del call, desk
    return Decision(note="call-tracked")
