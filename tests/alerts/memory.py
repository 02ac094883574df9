"""Documents that are gone with the test."""

from collections.abc import Mapping, Sequence

from chalicelib.engine.port import Document, VersionConflict


class MemoryDocuments:
    """Implements ``engine.port.Documents``."""

    def __init__(self) -> None:
        self.kept: dict[str, Document] = {}

    def get(self, key: str) -> Document:
        return self.kept.get(key, Document(key, {}, 0))

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        return {key: self.get(key) for key in keys}

    def put(self, document: Document) -> Document:
        if self.get(document.key).version != document.version:
            raise VersionConflict
        stored = Document(document.key, document.content, document.version + 1)
        self.kept[document.key] = stored
        return stored
