"""The line about each accepted webhook, in the log of one machine."""

import logging
from contextlib import suppress
from typing import TextIO

from chalicelib.clock import Clock
from chalicelib.gate import gate
from chalicelib.gate.envelope import Envelope
from chalicelib.logs import ENCODER, line_begun, masked


class AcceptedLines:
    """Writes them as ``JsonFormatter`` would, but not through ``logging``.

    There are more of them than of all other lines together, and the way through ``logging`` takes half as
    long as to prove a webhook's origin and to find its id.
    """

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        """Write to this stream, which sends each line at once."""
        self._stream = stream
        self._clock = clock

    def __call__(self, envelope: Envelope) -> None:
        """Write the line about this envelope, unless only graver things are logged."""
        if not gate.log.isEnabledFor(logging.INFO):
            return
        fields = line_begun(self._clock(), "INFO", gate.__name__, gate.ACCEPTED_MESSAGE)
        fields |= gate.names(envelope)
        fields["source"] = masked(fields["source"])
        # As with logging, a full disk or a closed stream costs the line, and not the webhook's answer.
        with suppress(OSError, ValueError):
            self._stream.write(ENCODER.encode(fields) + "\n")
