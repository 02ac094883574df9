"""The tables of the SQLite file, and how the file of an older version gets them."""

import sqlite3
from pathlib import Path

from chalicelib.errors import ConfigurationError

FIRST = """
CREATE TABLE message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    group_id TEXT NOT NULL,
    is_head INTEGER NOT NULL,
    visible_at REAL NOT NULL,
    sent_at REAL NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    receipt TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL
);
CREATE INDEX message_head ON message (queue, visible_at) WHERE is_head = 1;
CREATE INDEX message_group ON message (queue, group_id, sequence);

CREATE TABLE deduplication (
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (queue, id)
) WITHOUT ROWID;
CREATE INDEX deduplication_expiry ON deduplication (expires_at);

CREATE TABLE entry (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    received_at REAL NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    envelope TEXT
);
CREATE INDEX entry_status ON entry (status, received_at);
CREATE INDEX entry_received ON entry (received_at);

CREATE TABLE document (
    key TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    content TEXT NOT NULL
) WITHOUT ROWID;
"""

RETENTION = """
CREATE TABLE tombstone (
    id TEXT PRIMARY KEY,
    content_id TEXT NOT NULL,
    source TEXT NOT NULL,
    received_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX tombstone_received ON tombstone (received_at);

ALTER TABLE document ADD COLUMN expiring_since REAL;
UPDATE document SET expiring_since = strftime('%s', 'now') WHERE key GLOB 'client:*' OR key GLOB 'parcel:*';
CREATE INDEX document_expiring ON document (expiring_since) WHERE expiring_since IS NOT NULL;
"""
"""Nobody knows when the first version wrote its documents: they have their time from now on."""

TIMERS = """
CREATE TABLE timer (
    id TEXT PRIMARY KEY,
    due_at REAL NOT NULL,
    received_at REAL NOT NULL,
    queue TEXT NOT NULL,
    envelope TEXT NOT NULL
);
CREATE INDEX timer_due ON timer (due_at, received_at);
"""

REPEATS = """
DROP TABLE deduplication;
ALTER TABLE message ADD COLUMN deduplication_id TEXT NOT NULL DEFAULT ''
"""
"""A repeat stands in its group, which is looked at anyway; what is done each process remembers by itself."""

ARRIVALS = """
CREATE TABLE line (
    sequence INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    is_head INTEGER,
    visible_at REAL NOT NULL,
    sent_at REAL NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    receipt TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL
);
INSERT INTO line
SELECT sequence, queue, group_id, deduplication_id, is_head, visible_at, sent_at, receive_count, receipt, body
FROM message;
DROP TABLE message;
ALTER TABLE line RENAME TO message;
CREATE INDEX message_arrived ON message (queue) WHERE is_head IS NULL;
CREATE INDEX message_head ON message (queue, visible_at) WHERE is_head = 1;
CREATE INDEX message_group ON message (queue, group_id, sequence) WHERE is_head IS NOT NULL
"""
"""What came in has no place in line until a worker asks: ``is_head`` is null. So a webhook is one row at the
end of the table when it is accepted, and the index of groups, of which each row needs another page, can wait.
"""

VERSIONS = (FIRST, RETENTION, TIMERS, REPEATS, ARRIVALS)
"""What each version adds to the one before. Never change one that was released: add another one."""

SCHEMA_VERSION = len(VERSIONS)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to this version's schema. Two processes may start at once.

    Raises:
        ConfigurationError: a newer version made the file.
    """
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        connection.execute("ROLLBACK")
        raise ConfigurationError(
            "DATA", f"{path} was made by a newer version", "Install that version, or choose another folder"
        )
    for number, script in enumerate(VERSIONS[version:], version + 1):
        for statement in script.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("COMMIT")
