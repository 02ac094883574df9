"""What a content of ours must look like: the schemas that the shop's programmer reads are what is checked."""

import json
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.providers.standard.schema import Problem, problems

SCHEMAS = Path(__file__).parent / "schemas"
LEAD_SUBMITTED = "lead.submitted"
MESSAGE_RECEIVED = "message.received"
TYPES = frozenset({LEAD_SUBMITTED, MESSAGE_RECEIVED})
"""What we understand. Any other type is somebody else's business, and its content is not looked at."""

MOST_PROBLEMS = 20
"""That a sender is told of at once."""


class Invalid(Exception):
    """An authentic content that its sender must mend.

    Attributes:
        reason: a short code, such as ``broken-json``.
        problems: what is wrong where.
    """

    def __init__(self, reason: str, problems: tuple[Problem, ...]) -> None:
        """Keep what is wrong."""
        super().__init__(reason)
        self.reason = reason
        self.problems = problems


def content_of(body: bytes) -> Mapping[str, Any]:
    """The content of a message. If its type is one of ``TYPES``, it is as its schema says.

    Raises:
        Invalid: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    try:
        content = json_value(body)
    except Unparsable as error:
        raise Invalid(str(error), (Problem("", "the body must be JSON in UTF-8"),)) from None
    _require(content, "message")
    assert isinstance(content, dict)  # noqa: S101 -- the schema has just said so
    if content["type"] in TYPES:
        _require(content, content["type"])
    return content


def _require(content: object, name: str) -> None:
    found = tuple(islice(problems(content, _schema(name)), MOST_PROBLEMS))
    if found:
        raise Invalid("unexpected-content", found)


@cache
def _schema(name: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_bytes())
    return schema
