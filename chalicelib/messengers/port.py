"""What Leadkeeper needs of a messenger to answer a client there.

A messenger is one short file, ``messengers/{provider}.py``. Its function ``messenger(settings, transport)``
makes it of its source's settings; it is asked only where these say ``can_reply``. What it makes may be a
:class:`FileGiver`, too.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes. Telegram gives a bot no larger ones, and of others a worker could not hold many at once."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that a client sent.

    Attributes:
        extension: by which programs know its kind, such as ``.jpg``; empty if the messenger does not tell.
    """

    content: bytes
    extension: str


@runtime_checkable
class FileGiver(Protocol):
    """A messenger whose files have no link that works without a secret: it gives them to us alone."""

    def fetch(self, file_id: str) -> File:
        """Fetch a file.

        Args:
            file_id: as ``Attachment`` has it.

        Raises:
            Unreachable: ``messenger-unreachable``: it does not answer, or will do nothing for us just now.
            NoFile: the file is gone or larger than ``LARGEST_FILE``, or the messenger refuses otherwise.
        """
        ...


class Messenger(Protocol):
    """Sends texts into conversations.

    Attributes:
        knows_repeats: whether the messenger itself takes a second text with the same ``once`` for the first
            one. Then an attempt that may have succeeded unseen is repeated; else a person is told.
    """

    @property
    def knows_repeats(self) -> bool:
        """See above."""
        ...

    def send(self, chat: str, text: str, once: str) -> str:
        """Hand a text over and return the messenger's id of it.

        Args:
            chat: the conversation, as ``MessageReceived`` names it.
            text: plain text.
            once: the same for each attempt at this text, and for no other one.

        Raises:
            Unreachable: ``messenger-unreachable``: it does not answer, or will do nothing for us just now,
                as with a wrong token; ``maybe_done`` if it may have sent the text all the same.
            OptedOut: the client wants no messages of ours, or has blocked us.
            Refused: ``messenger-refused``: it says no for good.
        """
        ...
