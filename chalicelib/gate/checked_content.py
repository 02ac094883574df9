"""Contents of a form of our own, checked at the door, so that a programmer hears what to mend."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.json_schema import Problem, problems
from chalicelib.gate.provider import Reply

MOST_PROBLEMS = 20
"""That a sender is told of at once."""

UNEXPECTED = "unexpected-content"


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

    @property
    def detail(self) -> str:
        """What is wrong, in a line for people."""
        return "; ".join(f"{problem.path or 'body'} {problem.text}" for problem in self.problems)

    @property
    def complaint(self) -> Reply:
        """What the programmer of the sender must mend; no value is repeated."""
        fields = [{"path": problem.path, "problem": problem.text} for problem in self.problems]
        body = json.dumps({"error": self.reason, "fields": fields})
        return Reply(422, body, "application/json; charset=utf-8")


class CheckedContent:
    """The schemas that programmers read are what is checked.

    ``message.json`` says what each content must have; every type that we understand has a file of its own.
    """

    def __init__(self, schemas: Path, types: Collection[str]) -> None:
        """Check with the schemas of this folder.

        Args:
            schemas: the folder.
            types: what we understand. Any other type is somebody else's business, and not looked at.
        """
        self._types = frozenset(types)
        self._schema = cache(lambda name: _loaded(schemas / f"{name}.json"))

    def of(self, body: bytes) -> Mapping[str, Any]:
        """The content of a message.

        Raises:
            Invalid: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
        """
        try:
            content = json_value(body)
        except Unparsable as error:
            raise Invalid(str(error), (Problem("", "the body must be JSON in UTF-8"),)) from None
        self._require(content, "message")
        assert isinstance(content, dict)  # noqa: S101 -- the schema has just said so
        if content["type"] in self._types:
            self._require(content, content["type"])
        return content

    def _require(self, content: object, name: str) -> None:
        found = tuple(islice(problems(content, self._schema(name)), MOST_PROBLEMS))
        if found:
            raise Invalid(UNEXPECTED, found)


def _loaded(path: Path) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(path.read_bytes())
    return schema
