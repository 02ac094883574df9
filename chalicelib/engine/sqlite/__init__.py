"""The engine of one machine: SQLite with write-ahead log and full synchronisation.

It survives ``kill -9``. One thread writes; it commits what came in meanwhile together, so that many
writers cost few disk flushes. Reading does not wait for writing.
"""
