"""``python -m sandbox``: the pretend world on a loopback port."""

import argparse
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from sandbox.asgi import application
from sandbox.storage import SqliteStore
from sandbox.world import Sandbox

HOST = "127.0.0.1"
BROKEN_ON_PURPOSE = "ASGI callable returned without"


def main() -> None:
    """Serve until interrupted."""
    options = _options()
    store = SqliteStore(options.data) if options.data else None
    sandbox = Sandbox(clock=lambda: datetime.now(UTC), store=store)
    if options.exit_with_parent:
        threading.Thread(target=_exit_with_parent, daemon=True).start()
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: not record.getMessage().startswith(BROKEN_ON_PURPOSE)
    )
    uvicorn.run(application(sandbox), host=HOST, port=options.port, log_level="warning", access_log=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--data", type=Path, metavar="FILE", help="keep the world in this SQLite file")
    parser.add_argument(
        "--exit-with-parent",
        action="store_true",
        help="end when standard input is closed from the other side",
    )
    return parser.parse_args()


def _exit_with_parent() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    # Nothing needs tidying up: each change was written as it happened.
    os._exit(0)


if __name__ == "__main__":
    main()
