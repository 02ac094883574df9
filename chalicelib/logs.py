"""Log lines as JSON, with personal data masked."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

PHONE = re.compile(r"(?<![0-9A-Za-z])\+?\d(?:[\s().-]{0,2}\d){9,14}(?![0-9A-Za-z])")
EMAIL = re.compile(r"[^\s@<>\"']+@([^\s@<>\"']+\.[^\s@<>\"']+)")
SHOWN_DIGITS = 2
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def masked(text: str) -> str:
    """The text with only the last two digits of phones and the domain of e-mail addresses."""
    text = PHONE.sub(lambda match: "…" + match.group()[-SHOWN_DIGITS:], text)
    return EMAIL.sub(r"…@\1", text)


class JsonFormatter(logging.Formatter):
    """One line a record: time (UTC), level, logger, message and whatever ``extra`` holds."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in STANDARD_FIELDS:
                fields[name] = masked(str(value))
        if record.exc_info:
            fields["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard error in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
