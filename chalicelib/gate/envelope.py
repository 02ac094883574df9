"""An accepted webhook, made durable."""

import base64
import json
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook

OWN_SOURCE = "@leadkeeper"
"""The source of our own messages. No source in a shop file can have this name."""

SORTING = json.JSONEncoder(sort_keys=True)
"""Made once: ``json.dumps`` with an option makes one for each call."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What travels through a queue: one webhook without its secrets, or one message of our own.

    Attributes:
        id: SHA-256 hex of source and dedup id: the same event always has the same id.
        group: SHA-256 hex of the ordering group.
        webhook: the content. Messages of our own have the source ``OWN_SOURCE``.
        replay: 0 for what came in; when a person replayed the entry, in milliseconds, so that the queue does
            not take the replay for a repeat.
    """

    id: str
    group: str
    webhook: Webhook
    replay: int = 0

    @classmethod
    def seal(cls, webhook: Webhook, dedup_id: str, group: str) -> "Envelope":
        """Make an envelope; without a group each event is a group of its own."""
        envelope_id = fingerprint(webhook.source, dedup_id)
        return cls(
            id=envelope_id,
            group=fingerprint(group) if group else envelope_id,
            webhook=webhook,
        )

    def part(self, body: bytes, dedup_id: str, group: str) -> "Envelope":
        """An envelope of one of several things that this one tells."""
        return Envelope.seal(replace(self.webhook, body=body), dedup_id, group)

    @property
    def content_id(self) -> str:
        """SHA-256 hex of what was sent: differs when the same event comes with another content."""
        query = SORTING.encode(dict(self.webhook.query)) if self.webhook.query else "{}"
        return fingerprint(self.webhook.method, "/".join(self.webhook.path), query, self.webhook.body)

    @property
    def deduplication_id(self) -> str:
        """The queue's own key. It covers the content, so that no differing content is dropped unseen."""
        return fingerprint(self.id, self.content_id, str(self.replay))

    def to_json(self) -> str:
        """The message body: JSON, with the raw content as base64.

        Plain ASCII: a path or a query may be decoded to half a surrogate pair, which no store takes.
        """
        webhook = self.webhook
        return json.dumps(
            {
                "id": self.id,
                "group": self.group,
                "replay": self.replay,
                "source": webhook.source,
                "method": webhook.method,
                "path": list(webhook.path),
                "query": dict(webhook.query),
                "headers": dict(webhook.headers),
                "body": base64.b64encode(webhook.body).decode(),
                "received_at": webhook.received_at.isoformat(),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Envelope":
        """Read what ``to_json`` wrote.

        Raises:
            ValueError, KeyError: it is not such a text.
        """
        message = json.loads(text)
        return cls(
            id=message["id"],
            group=message["group"],
            replay=message["replay"],
            webhook=Webhook(
                source=message["source"],
                method=message["method"],
                path=tuple(message["path"]),
                query=message["query"],
                headers=message["headers"],
                body=base64.b64decode(message["body"]),
                received_at=datetime.fromisoformat(message["received_at"]),
            ),
        )
