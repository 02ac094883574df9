"""Change or replace a document, whoever else writes at the same time."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from chalicelib.engine.port import Documents, VersionConflict

Content = Mapping[str, Any]


def change_document(documents: Documents, key: str, change: Callable[[Content], Content]) -> Content:
    """Write what ``change`` makes of a document, and return it; nothing is written if it is the same.

    Args:
        documents: where the document is.
        key: the document's key.
        change: asked again with the new content if somebody else was faster.
    """
    while True:
        document = documents.get(key)
        content = change(document.content)
        if content == document.content:
            return content
        with suppress(VersionConflict):
            documents.put(replace(document, content=content))
            return content


def replace_document(documents: Documents, key: str, content: Content) -> None:
    """Write this content, whatever the document held; nothing is written if it is the same."""
    change_document(documents, key, lambda _: content)
