"""Log lines as JSON, with personal data masked."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

DASHES = "\u2010-\u2015\u2212"
PHONE = re.compile(
    # As it is, in a URL and in a repr. An id in letters and digits is no phone.
    r"(?:(?<![0-9A-Za-z])|(?<=%2B)|(?<=%2b)|(?<=%20)|(?<=\\[nrt]))"
    # A program may have taken it for a number: 7.9161234567e10.
    rf"\+?\d(?:[\s().{DASHES}-]{{0,2}}\d){{9,14}}(?:[eE]\+?\d\d?)?(?![0-9A-Za-z])"
)
EMAIL = re.compile(r"[^\s@<>\"']{1,64}?(?:@|%40)([^\s@<>\"']{1,250}\.[^\s@<>\"']+)")
KEPT = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|lk-[0-9a-f]{12}-\d+"  # our marker in tasks
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d"  # a time
    r")(?![0-9A-Za-z])"
)
SHOWN_DIGITS = 2
SHORTEST_PHONE = 10
NEVER_PERSONAL = frozenset({"entry"})
"""Fields that hold a fingerprint. To look through it costs as much as the rest of the line."""

ENTRY: ContextVar[str] = ContextVar("entry")
ENCODER = json.JSONEncoder(ensure_ascii=False)
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def masked(text: str) -> str:
    """The text with only the last two digits of phones and the domain of e-mail addresses."""
    if len(text) >= SHORTEST_PHONE:
        text = "".join(_masked_phones(text))
    # Most texts have no address, and the expression is slow to find that out.
    return EMAIL.sub(r"…@\1", text) if "@" in text or "%40" in text else text


def _masked_phones(text: str) -> Iterator[str]:
    """The text in parts; what looks like a phone but is an id or a time stays as it is."""
    end = 0
    for kept in KEPT.finditer(text):
        yield _masked_phone(text[end : kept.start()])
        yield kept.group()
        end = kept.end()
    yield _masked_phone(text[end:])


def _masked_phone(text: str) -> str:
    return PHONE.sub(lambda match: "…" + match.group()[-SHOWN_DIGITS:], text)


@contextmanager
def about(entry_id: str) -> Iterator[None]:
    """Name the entry in each line that is logged meanwhile, by whatever part."""
    token = ENTRY.set(entry_id)
    try:
        yield
    finally:
        ENTRY.reset(token)


class JsonFormatter(logging.Formatter):
    """One line a record: time (UTC), level, logger, message, entry and whatever ``extra`` holds."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        moment = datetime.fromtimestamp(record.created, UTC)
        fields = line_begun(moment, record.levelname, record.name, masked(record.getMessage()))
        if entry_id := ENTRY.get(""):
            fields["entry"] = entry_id
        for name, value in vars(record).items():
            if name not in STANDARD_FIELDS:
                fields[name] = str(value) if name in NEVER_PERSONAL else masked(str(value))
        if record.exc_info:
            fields["exception"] = masked(self.formatException(record.exc_info))
        return ENCODER.encode(fields)


def line_begun(moment: datetime, level: str, logger: str, message: str) -> dict[str, str]:
    """What each line begins with."""
    return {
        "time": moment.isoformat(timespec="milliseconds"),
        "level": level,
        "logger": logger,
        "message": message,
    }


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard error in this form."""
    # No line tells where in the code it was written, nor by which thread: to find out takes longer than
    # all else that a line needs.
    logging._srcfile = None  # noqa: SLF001 -- as the documentation of logging has it
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
