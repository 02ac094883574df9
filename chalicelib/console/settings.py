"""The shop file's table ``[console]``."""

import unicodedata
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator

from chalicelib.config_types import Duration, Table
from chalicelib.console.access.passwords import PasswordHash
from chalicelib.console.access.roles import Role, User
from chalicelib.secrets import LOCKED

SHORTEST_KEY = 32
"""Characters of the key that signs sessions."""

LONGEST_NAME = 64


def comparable(name: str) -> str:
    """A name as it is compared: who signs in need not mind its case."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _is_hash(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() != LOCKED:
        PasswordHash.parse(secret.get_secret_value())
    return secret


def _is_long(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() != LOCKED and len(secret.get_secret_value()) < SHORTEST_KEY:
        raise ValueError("too short; make one with `leadkeeper console key`")
    return secret


class ConsoleUser(Table):
    """Somebody who may sign in.

    Attributes:
        name: typed to sign in, and written into the audit trail.
        password_hash: as ``leadkeeper console password`` prints it, or ``locked``: nobody gets in.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
    role: Role
    password_hash: Annotated[SecretStr, AfterValidator(_is_hash)]

    @property
    def known_hash(self) -> PasswordHash | None:
        """What is known of the password; None if nobody gets in."""
        text = self.password_hash.get_secret_value()
        return None if text == LOCKED else PasswordHash.parse(text)

    @property
    def user(self) -> User:
        """Who they are once they are signed in."""
        return User(self.name, self.role)


class ConsoleSettings(Table):
    """The console, which there is only where the shop file has this table.

    Attributes:
        session_key: signs the cookies. A new one ends all sessions.
        session_length: after how long somebody must sign in again.
        language: of who has not chosen one; the shop's if left out.
        status_page: whether everybody may see under ``/status`` how the endpoints are.
        acting_since: from which day on Leadkeeper acts; the page Effect tells before and after apart.
    """

    session_key: Annotated[SecretStr, AfterValidator(_is_long)]
    users: tuple[ConsoleUser, ...]
    session_length: Duration = Field(
        default=timedelta(hours=12), ge=timedelta(minutes=5), le=timedelta(days=30)
    )
    language: Literal["ru", "en"] | None = None
    status_page: bool = False
    acting_since: date | None = None

    @field_validator("users")
    @classmethod
    def _are_some_and_different(cls, users: tuple[ConsoleUser, ...]) -> tuple[ConsoleUser, ...]:
        # Not a shortest length of the field: it would not count those that are wrong.
        if not users:
            raise ValueError("name at least one user")
        names = [comparable(user.name) for user in users]
        if len(set(names)) < len(names):
            raise ValueError("two users have the same name")
        return users

    def user(self, name: str) -> ConsoleUser | None:
        """The user of this name, however it is written; None if there is none."""
        wanted = comparable(name)
        return next((user for user in self.users if comparable(user.name) == wanted), None)

    @property
    def is_locked(self) -> bool:
        """True if nobody gets in at all, because the console's secrets are not set."""
        return self.session_key.get_secret_value() == LOCKED

    def lets_in(self, user: ConsoleUser) -> bool:
        """True unless the user is locked, or everybody is."""
        return not self.is_locked and user.known_hash is not None
