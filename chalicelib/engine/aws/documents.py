"""Documents in the DynamoDB table. Implements ``engine.port.Documents``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.table import MAX_BATCH, Item, Key, Table, is_expired, key_of
from chalicelib.engine.port import Document
from chalicelib.gate.tickets import fingerprint
from chalicelib.memory import is_personal

MAX_KEY_BYTES = 1024
"""DynamoDB takes keys of 2,048 bytes, and a form's e-mail field may hold anything."""


class DynamoDocuments:
    """The documents of AWS."""

    def __init__(self, client: Client, table_name: str, lifetime: timedelta, clock: Clock) -> None:
        """Keep the documents in this table; personal ones for this lifetime after their last change."""
        self._table = Table(client, table_name)
        self._lifetime = lifetime
        self._clock = clock

    def get(self, key: str) -> Document:
        """See the port."""
        return self._document(key, self._table.get(_key(key)))

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        """See the port. Costs one read call for each 100 keys."""
        wanted = list(dict.fromkeys(keys))
        found = {
            key_of(item): item
            for first in range(0, len(wanted), MAX_BATCH)
            for item in self._table.get_many([_key(key) for key in wanted[first : first + MAX_BATCH]])
        }
        return {key: self._document(key, found.get(_key(key))) for key in wanted}

    def put(self, document: Document) -> Document:
        """See the port."""
        now = self._clock()
        changed = replace(document, version=document.version + 1)
        pk, sk = _key(document.key)
        content = json.dumps(dict(document.content), ensure_ascii=False)
        item: Item = {"pk": pk, "sk": sk, "version": changed.version, "content": content}
        if is_personal(document.key):
            item = {**item, "expires_at": int((now + self._lifetime).timestamp())}
        if document.version == 0:
            self._table.put_new(item, now)
        else:
            self._table.update_if(item, document.version, now)
        return changed

    def _document(self, key: str, item: Item | None) -> Document:
        if item is None or is_expired(item, self._clock()):
            return Document(key, {}, 0)
        return Document(key, json.loads(str(item["content"])), int(item["version"]))


def _key(key: str) -> Key:
    is_long = len(key.encode()) > MAX_KEY_BYTES
    return f"document#{fingerprint(key) if is_long else key}", "document"
