"""A password for one run: the example shop's console must be tried out without writing one down first."""

from collections.abc import MutableMapping
from secrets import choice, token_bytes, token_urlsafe

from chalicelib.console.access.passwords import SALT_BYTES, hash_of, matches
from chalicelib.console.settings import ConsoleSettings

SESSION_KEY = "CONSOLE_SESSION_KEY"
PASSWORD_HASH = "CONSOLE_OWNER_PASSWORD"  # noqa: S105 -- the name of a variable

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody confuses when they type them."""

GROUPS = 4
GROUP_LETTERS = 4


def set_one_time_password(environment: MutableMapping[str, str]) -> str:
    """Let the example shop's user in with a new password, which is returned and kept nowhere.

    Without effect, and empty, if somebody has set one of their own.
    """
    if environment.get(PASSWORD_HASH):
        return ""
    password = "-".join("".join(choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))
    environment[PASSWORD_HASH] = str(hash_of(password, token_bytes(SALT_BYTES)))
    if not environment.get(SESSION_KEY):
        environment[SESSION_KEY] = token_urlsafe()
    return password


def sign_in_hint(settings: ConsoleSettings, password: str) -> str:
    """What stands behind the console's address: who may sign in with the password, if anybody may."""
    names = (user.name for user in settings.users if user.known_hash and matches(password, user.known_hash))
    name = next(names, "") if password else ""
    return f"  (name {name}, password {password}, for this run)" if name else ""
