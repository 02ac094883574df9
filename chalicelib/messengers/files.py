"""Puts files of conversations into the CRM: each is shown at its order once.

Between upload and attaching, the CRM's id of the file is remembered. A crash before that leaves an upload
that is shown nowhere, and the next attempt makes another one; after that, the same one is attached again,
which changes nothing.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from chalicelib.actions import AttachFile, RequestFile
from chalicelib.attempt import Attempt
from chalicelib.changing import change_document
from chalicelib.crm.port import Crm
from chalicelib.engine.port import Documents, Queue
from chalicelib.entry import Result
from chalicelib.errors import NoFile, Refused
from chalicelib.messages import enclose
from chalicelib.messengers.port import File, FileGiver, Messenger

UPLOADED = "uploaded"


class FileAttacher:
    """Implements what files need of ``perform``. Each method raises as messengers and the CRM do."""

    def __init__(
        self, messengers: Mapping[str, Messenger], crm: Crm, documents: Documents, notify: Queue
    ) -> None:
        """Fetch from these messengers, by the name of their source; what is requested goes on the queue."""
        self._messengers = messengers
        self._crm = crm
        self._documents = documents
        self._notify = notify

    def perform(self, action: RequestFile | AttachFile, attempt: Attempt) -> Result:
        """Carry it out."""
        if isinstance(action, AttachFile):
            return self._attach(action, attempt)
        once = f"file:{action.once}"
        # A group of its own: what waits for one file holds up no other message.
        envelope = enclose(action.due, once, once, attempt.now)
        self._notify.put(envelope)
        return attempt.done(f"entry {envelope.id[:12]}")

    def _attach(self, action: AttachFile, attempt: Attempt) -> Result:
        """Without effect for a file that the messenger does not give: the order names it anyway."""
        key = file_key(attempt.entry_id)
        remembered = self._documents.get(key).content
        if not remembered:
            try:
                file = self._giver(action.source).fetch(action.file_id)
            except NoFile as no_file:
                return attempt.skipped(f"no-file: {no_file.detail}")
            uploaded = {UPLOADED: self._crm.upload_file(file.content), "name": _name(action.name, file)}
            # Of two workers at the same file, both attach the one that was remembered first.
            remembered = change_document(self._documents, key, lambda content: content or uploaded)
        self._crm.attach_file(remembered[UPLOADED], remembered["name"], action.order_id)
        return attempt.done(f"order {action.order_id}", f"file {remembered[UPLOADED]}")

    def _giver(self, source: str) -> FileGiver:
        messenger = self._messengers.get(source)
        if not isinstance(messenger, FileGiver):
            raise Refused("messenger-not-configured", f"{source} has no token to fetch files with")
        return messenger


def file_key(entry_id: str) -> str:
    """The document of a file between upload and attaching."""
    return f"file:{entry_id}"


def _name(name: str, file: File) -> str:
    """By which the manager's computer knows what to open it with."""
    return name if PurePosixPath(name).suffix else name + file.extension
