"""Hands replies to messengers. What may have been sent unseen is not sent again, unless that does no harm."""

from collections.abc import Mapping

from chalicelib.actions import RequestReply, SendReply
from chalicelib.attempt import Attempt
from chalicelib.engine.port import Queue
from chalicelib.entry import Result
from chalicelib.errors import OptedOut, Refused
from chalicelib.messages import enclose
from chalicelib.messengers.port import Messenger


class ReplySender:
    """Implements what replies need of ``perform``. Each method raises as messengers do."""

    def __init__(self, messengers: Mapping[str, Messenger], notify: Queue) -> None:
        """Send by these messengers, by the name of their source; what is requested goes on the queue."""
        self._messengers = messengers
        self._notify = notify

    def perform(self, action: RequestReply | SendReply, attempt: Attempt) -> Result:
        """Carry it out."""
        return (
            self._send(action, attempt) if isinstance(action, SendReply) else self._request(action, attempt)
        )

    def _request(self, action: RequestReply, attempt: Attempt) -> Result:
        """Of one conversation one reply comes after the other."""
        due = action.due
        envelope = enclose(due, f"reply:{action.once}", f"chat:{due.source}:{due.chat}", attempt.now)
        self._notify.put(envelope)
        return attempt.done(f"entry {envelope.id[:12]}")

    def _send(self, action: SendReply, attempt: Attempt) -> Result:
        """Without effect for a client who wants nothing of us."""
        try:
            message_id = self._messenger(action).send(action.chat, action.text, attempt.marker)
        except OptedOut as refusal:
            return attempt.skipped(f"opted-out: {refusal.detail}")
        return attempt.done(f"message {message_id}", f"by {action.source}")

    def require_repeatable(self, action: SendReply) -> None:
        """After an attempt that may have succeeded unseen.

        Raises:
            Refused: nobody can tell whether the client has it.
        """
        if not self._messenger(action).knows_repeats:
            raise Refused("messenger-cannot-look-up", f"{action.source} does not tell what it has sent")

    def _messenger(self, action: SendReply) -> Messenger:
        messenger = self._messengers.get(action.source)
        if messenger is None:
            raise Refused("messenger-not-configured", f"{action.source} has no token to reply with")
        return messenger
