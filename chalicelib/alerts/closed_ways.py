"""Which ways to people are closed until somebody changes something: a revoked token, a blocked bot.

Each channel has a document ``channel:{name}``. A way is named by its channel's settings and the address, so a
changed setting opens it; so does an alert that is delivered in a test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents
from chalicelib.gate.tickets import fingerprint

MOST_KEPT = 100
"""Ways of settings that are gone need not be kept for ever."""

Ways = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Way:
    """One channel with its settings of now, to one address.

    Attributes:
        settings: a fingerprint of the settings.
    """

    channel: str
    settings: str
    address: str

    @property
    def name(self) -> str:
        """Names the way without telling the address."""
        return fingerprint(self.settings, self.address)[:16]

    @property
    def to_everybody(self) -> "Way":
        """What stands for this channel to all addresses."""
        return Way(self.channel, self.settings, "")


class ClosedWays:
    """Remembers them."""

    def __init__(self, documents: Documents) -> None:
        """Keep them in these documents."""
        self._documents = documents

    def reason(self, way: Way) -> str:
        """Since when and why it is closed, for a person; empty if it is open."""
        ways = self._documents.get(_key(way)).content.get("closed", {})
        closed = ways.get(way.to_everybody.name) or ways.get(way.name)
        return f"{way.channel} is closed since {closed['since']}: {closed['reason']}" if closed else ""

    def close(self, way: Way, reason: str, now: datetime) -> None:
        """Use it no more."""
        closed = {"since": now.isoformat(timespec="seconds"), "reason": reason}
        self._change(way, lambda ways: dict([*ways.items(), (way.name, closed)][-MOST_KEPT:]))

    def open(self, way: Way) -> None:
        """Use it again. Costs no write if it is open."""
        names = {way.name, way.to_everybody.name}
        self._change(way, lambda ways: {name: closed for name, closed in ways.items() if name not in names})

    def _change(self, way: Way, change: Callable[[Ways], Ways]) -> None:
        def changed(content: Content) -> Content:
            before = content.get("closed", {})
            after = change(before)
            return content if after == before else {"closed": after}

        change_document(self._documents, _key(way), changed)


def _key(way: Way) -> str:
    return f"channel:{way.channel}"
