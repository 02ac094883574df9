"""What must never stand in our logs, and what a fault of our own looks like there."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from chalicelib.logs import JsonFormatter

PERSONAL = ("9161234567", "9990000001", "anna@example.com")
"""Of the samples' clients. Masked ones have other digits."""

OUR_LOGGERS = ("chalicelib", "standalone", "leadkeeper")


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def watched_logs(secrets: Iterable[str]) -> Iterator[None]:
    """Fail on an exception that was logged, and on lines with secrets or personal data."""
    kept = _Kept()
    loggers = [logging.getLogger(name) for name in OUR_LOGGERS]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(kept)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(kept)
            logger.setLevel(level)
            logger.propagate = propagate
    formatter = JsonFormatter()
    for record in kept.records:
        line = formatter.format(record)
        assert record.exc_info is None, f"a fault of our own: {line}"
        assert not [text for text in (*secrets, *PERSONAL) if text in line], f"not masked: {line}"
