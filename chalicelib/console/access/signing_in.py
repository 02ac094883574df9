"""Try a name and a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.console.access.limits import SignInLimits, limits_of
from chalicelib.console.access.passwords import UNKNOWN, matches
from chalicelib.console.settings import ConsoleSettings, ConsoleUser
from chalicelib.engine.port import Documents


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed, and from where.

    Attributes:
        browser: the id of a browser that has signed in under this name before; empty for others.
    """

    name: str
    password: str
    address: str
    browser: str = ""

    def __repr__(self) -> str:
        return "Attempt(…)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it.

    Attributes:
        user: who may come in; None if the name, the password or both are wrong, or it was not looked at.
        wait: how long, if there were too many attempts.
    """

    user: ConsoleUser | None = None
    wait: timedelta = timedelta()


def try_to_sign_in(
    attempt: Attempt, settings: ConsoleSettings, documents: Documents, now: datetime
) -> Outcome:
    """Look whether the password is right. Who is not known, or locked, hears the same, as late."""
    if settings.is_locked:
        # Everybody may know the key then, and so sign as many browsers as they like.
        return Outcome()
    limits = limits_of(settings, attempt.name, attempt.address, attempt.browser)
    attempts = SignInLimits(documents)
    wait = attempts.begin(limits, now)
    if wait:
        return Outcome(wait=wait)
    user = settings.user(attempt.name)
    known = user.known_hash if user is not None and settings.lets_in(user) else None
    if not matches(attempt.password, known or UNKNOWN) or known is None:
        return Outcome()
    attempts.forgive(limits, now)
    return Outcome(user=user)
