"""Which sources we have ever heard of: only one that was healthy can fall ill."""

from contextlib import suppress
from datetime import datetime

from chalicelib.engine.port import Document, Documents, VersionConflict
from chalicelib.memory import SourceMemory, source_key


class Sources:
    """Remembers each source at its first authentic webhook."""

    def __init__(self, documents: Documents) -> None:
        """Remember in these documents."""
        self._documents = documents
        self._known: set[str] = set()

    def heard(self, source: str, now: datetime) -> None:
        """An authentic webhook came. Costs one read a source and process, and one write a source."""
        if source in self._known:
            return
        key = source_key(source)
        if self._documents.get(key).version == 0:
            with suppress(VersionConflict):
                self._documents.put(Document(key, SourceMemory(heard_at=now).content(), 0))
        self._known.add(source)
