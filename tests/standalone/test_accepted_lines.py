import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chalicelib.gate import gate
from chalicelib.gate.envelope import Envelope
from chalicelib.logs import JsonFormatter
from standalone.accepted_lines import AcceptedLines
from tests.engine.contract import an_envelope

NOW = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    before = gate.log.level
    gate.log.setLevel(logging.INFO)
    yield
    gate.log.setLevel(before)


def by_logging(envelope: Envelope) -> str:
    """The line as the usual way of logging makes it."""
    record = gate.log.makeRecord(
        gate.log.name, logging.INFO, "", 0, gate.ACCEPTED_MESSAGE, (), None, extra=gate.names(envelope)
    )
    record.created = NOW.timestamp()
    return JsonFormatter().format(record) + "\n"


@pytest.mark.parametrize("source", ["mango", "mango-79161234567", "@leadkeeper"])
def test_a_line_is_the_one_that_logging_would_write(source: str) -> None:
    stream = io.StringIO()
    envelope = an_envelope(source=source)
    AcceptedLines(stream, lambda: NOW)(envelope)
    assert stream.getvalue() == by_logging(envelope)
    assert "9161234567" not in stream.getvalue()


def test_nothing_is_written_where_only_warnings_are_logged() -> None:
    gate.log.setLevel(logging.WARNING)
    stream = io.StringIO()
    AcceptedLines(stream, lambda: NOW)(an_envelope())
    assert stream.getvalue() == ""


def test_a_stream_that_takes_nothing_costs_the_line_alone() -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError("no space left on device")

    closed = io.StringIO()
    closed.close()
    for stream in (Full(), closed):
        AcceptedLines(stream, lambda: NOW)(an_envelope())
