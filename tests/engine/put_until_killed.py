"""Puts envelopes for ever and prints the id of each one once it is durable. Its test kills it."""

import itertools
import sys
from pathlib import Path

from chalicelib.bootstrap import sqlite_engine
from tests.engine.contract import an_envelope


def main() -> None:
    engine = sqlite_engine(Path(sys.argv[1]))
    for number in itertools.count():
        envelope = an_envelope(str(number), f"client {number % 7}")
        engine.work.put(envelope)
        sys.stdout.write(f"{envelope.id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
