"""One case: a webhook, and what is known about its proof of origin."""

import base64
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.gate.webhook import Webhook

READABLE_LENGTH = 4000
PACKED = "zlib:"


class Proof(StrEnum):
    """What the maker of a case knows."""

    AUTHENTIC = "authentic"
    """It must be kept, unless its provider documents that such a webhook is forgotten."""
    FORGED = "forged"
    """It must leave no trace."""
    UNCERTAIN = "uncertain"
    """Either of both; never a fault."""


@dataclass(frozen=True, slots=True)
class Case:
    """A webhook as it comes to the gate.

    Attributes:
        content: what the third party put in, where that is known: it must be kept byte for byte.
    """

    provider: str
    kind: str
    proof: Proof
    webhook: Webhook
    content: bytes | None = None

    def to_json(self) -> str:
        """As a file of the corpus."""
        webhook = self.webhook
        return json.dumps(
            {
                "provider": self.provider,
                "kind": self.kind,
                "proof": self.proof,
                "content": None if self.content is None else _text(self.content),
                "source": webhook.source,
                "method": webhook.method,
                "path": list(webhook.path),
                "query": dict(webhook.query),
                "headers": dict(webhook.headers),
                "body": _text(webhook.body),
                "received_at": webhook.received_at.isoformat(),
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> "Case":
        """Read what ``to_json`` wrote."""
        fields: dict[str, Any] = json.loads(text)
        content = fields["content"]
        return cls(
            provider=fields["provider"],
            kind=fields["kind"],
            proof=Proof(fields["proof"]),
            content=None if content is None else _bytes(content),
            webhook=Webhook(
                source=fields["source"],
                method=fields["method"],
                path=tuple(fields["path"]),
                query=fields["query"],
                headers=fields["headers"],
                body=_bytes(fields["body"]),
                received_at=datetime.fromisoformat(fields["received_at"]),
            ),
        )


def _text(content: bytes) -> str:
    """Each byte as one character, so that a person can read it; packed if it is long."""
    if len(content) <= READABLE_LENGTH and not content.startswith(PACKED.encode()):
        return content.decode("latin-1")
    return PACKED + base64.b64encode(zlib.compress(content, 9)).decode()


def _bytes(text: str) -> bytes:
    if text.startswith(PACKED):
        return zlib.decompress(base64.b64decode(text.removeprefix(PACKED)))
    return text.encode("latin-1")
