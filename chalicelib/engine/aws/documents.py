"""Documents in the DynamoDB table. Implements ``engine.port.Documents``."""

import json
from dataclasses import replace

from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.table import Key, Table
from chalicelib.engine.port import Document
from chalicelib.gate.tickets import fingerprint

MAX_KEY_BYTES = 1024
"""DynamoDB takes keys of 2,048 bytes, and a form's e-mail field may hold anything."""


class DynamoDocuments:
    """The documents of AWS."""

    def __init__(self, client: Client, table_name: str) -> None:
        """Keep the documents in this table."""
        self._table = Table(client, table_name)

    def get(self, key: str) -> Document:
        """See the port."""
        item = self._table.get(_key(key))
        if item is None:
            return Document(key, {}, 0)
        return Document(key, json.loads(str(item["content"])), int(item["version"]))

    def put(self, document: Document) -> Document:
        """See the port."""
        pk, sk = _key(document.key)
        version = document.version + 1
        content = json.dumps(dict(document.content), ensure_ascii=False)
        self._table.put_if(
            {"pk": pk, "sk": sk, "version": version, "content": content}, stored_version=document.version
        )
        return replace(document, version=version)


def _key(key: str) -> Key:
    is_long = len(key.encode()) > MAX_KEY_BYTES
    return f"document#{fingerprint(key) if is_long else key}", "document"
