"""How often somebody may try a password.

Counted by address and by name, in our memory, so that all processes count together. An address runs into its
own bound long before it could fill a name's: alone it locks out nobody but itself. Many addresses together
can fill a name's; a browser that has signed in before is therefore counted by itself, and always gets in.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from pydantic import AwareDatetime

from chalicelib.console.settings import ConsoleSettings, comparable
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.memory import Memory

WINDOW = timedelta(minutes=15)
MOST_BY_ADDRESS = 10
MOST_BY_BROWSER = 10
MOST_BY_NAME = 50
NETWORK_BITS = 64
"""What one owner of an IPv6 address has at least."""


class Attempts(Memory):
    """The last attempts that failed or have not ended yet, oldest first."""

    at: tuple[AwareDatetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts there may be in :data:`WINDOW`."""

    key: str
    most: int


def limits_of(settings: ConsoleSettings, name: str, address: str, browser: str) -> tuple[Limit, ...]:
    """What bounds an attempt, the first to be counted first.

    Args:
        settings: who there is.
        name: as it was typed.
        address: the sender's IP address.
        browser: the id of a browser that has signed in under this name before; empty for others.
    """
    if browser:
        return (Limit(f"sign-in:browser:{browser}", MOST_BY_BROWSER),)
    return (
        Limit(f"sign-in:address:{_network(address)}", MOST_BY_ADDRESS),
        Limit(_name_key(settings, name), MOST_BY_NAME),
    )


class SignInLimits:
    """Counts attempts."""

    def __init__(self, documents: Documents) -> None:
        """Count in these documents."""
        self._documents = documents

    def begin(self, limits: Sequence[Limit], now: datetime) -> timedelta:
        """Count an attempt before it is made; how long to wait if that is one too many.

        Counting comes first, so that a thousand attempts at once are no way around it.
        """
        for limit in limits:
            wait = self._count(limit, now)
            if wait:
                return wait
        return timedelta()

    def forgive(self, limits: Sequence[Limit], began: datetime) -> None:
        """Take back an attempt that succeeded; those that failed stay."""
        for limit in limits:
            self._take_back(limit, began)

    def _count(self, limit: Limit, now: datetime) -> timedelta:
        while True:
            document = self._documents.get(limit.key)
            # A moment that has not come yet is of a clock that was set back meanwhile.
            recent = tuple(at for at in _moments(document.content) if now - WINDOW < at <= now)
            if len(recent) >= limit.most:
                return recent[0] + WINDOW - now
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=Attempts(at=(*recent, now)).content()))
                return timedelta()

    def _take_back(self, limit: Limit, began: datetime) -> None:
        while True:
            document = self._documents.get(limit.key)
            moments = list(_moments(document.content))
            if began not in moments:
                return
            moments.remove(began)
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=Attempts(at=tuple(moments)).content()))
                return


def _moments(content: object) -> tuple[datetime, ...]:
    return Attempts.model_validate(content).at


def _name_key(settings: ConsoleSettings, name: str) -> str:
    """Names that nobody has share 256 documents: they behave like others, and cannot fill the store."""
    user = settings.user(name)
    if user is not None:
        return f"sign-in:name:{comparable(user.name)}"
    salted = settings.session_key.get_secret_value() + comparable(name)
    return f"sign-in:unknown:{sha256(salted.encode('utf-8', 'surrogatepass')).hexdigest()[:2]}"


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else f"{int(parsed) >> (128 - NETWORK_BITS):x}"
