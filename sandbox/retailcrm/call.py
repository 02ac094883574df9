"""One API call, as its handler sees it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.documents import Document
from sandbox.exchange import Response
from sandbox.parameters import Node
from sandbox.retailcrm.errors import FORMAT, CrmError, bad_parameter
from sandbox.routing import Route

KEY = "sandbox"
"""The shop's own key."""

USER_KEY = "user-"
"""Begins the key of who works by hand: ``user-1`` is the user with the id 1."""


@dataclass(frozen=True, slots=True)
class Call:
    """One API call of a known key.

    Attributes:
        parameters: of the query and the form together.
        names: the variable segments of the path.
        now: the time, with zone.
        key: the API key.
        horizon: what lists may know: nothing later than this; None for everything.
        body: of the request, as sent.
    """

    parameters: Node
    names: dict[str, str]
    now: datetime
    key: str
    horizon: datetime | None
    body: bytes = b""

    @property
    def site(self) -> str | None:
        """The shop that the call names."""
        return self.text("site")

    @property
    def user_id(self) -> int | None:
        """Who does it by hand in the CRM's own pages; None for a program."""
        return int(self.key.removeprefix(USER_KEY)) if self.key.startswith(USER_KEY) else None

    @property
    def filters(self) -> Node:
        """The conditions of a list."""
        node = self.parameters.get("filter")
        # The published Python client sends `filter=None` when it is given no filter.
        return node if isinstance(node, dict) else {}

    def text(self, name: str) -> str | None:
        """A plain parameter; None if it is absent or empty."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) and value else None

    def entity(self, name: str) -> Document:
        """A parameter that holds a JSON object."""
        value = self._json(name)
        if not isinstance(value, dict):
            raise CrmError(400, FORMAT, {name: "JSON object expected"})
        return value

    def entities(self, name: str, at_most: int) -> list[Document]:
        """A parameter that holds a JSON list of objects."""
        value = self._json(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise CrmError(400, FORMAT, {name: "JSON list of objects expected"})
        if not 1 <= len(value) <= at_most:
            raise CrmError(400, FORMAT, {name: f"from 1 to {at_most} elements expected"})
        return value

    def number(self) -> int:
        """The segment ``{id}`` of a path that takes internal ids only; 0 for anything else."""
        text = self.names["id"]
        return int(text) if text.isdecimal() else 0

    def by(self) -> str:
        """Whether ``{id}`` is an ``id`` or an ``externalId``."""
        by = self.text("by") or "externalId"
        if by not in {"id", "externalId"}:
            raise bad_parameter("by")
        return by

    def _json(self, name: str) -> Any:  # noqa: ANN401 -- JSON of any kind; the callers look
        text = self.text(name)
        if text is None:
            raise CrmError(400, f"Parameter '{name}' is missing")
        try:
            return json.loads(text)
        except ValueError:
            raise CrmError(400, FORMAT, {name: "JSON expected"}) from None


Handler = Callable[[Call], Response]
CrmRoute = Route[Handler]


def horizon(now: datetime, lag: float) -> datetime | None:
    """Up to when a search knows the world that lags so many seconds."""
    return now - timedelta(seconds=lag) if lag else None
