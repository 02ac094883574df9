"""Secrets by reference: ``env:NAME`` in the shop file, never a value. Standard library only."""

from collections.abc import Iterator, Mapping

PREFIX = "env:"


SECRET_KEYS = frozenset(
    {
        "api_id",
        "api_key",
        "api_salt",
        "api_secret",
        "auth_token",
        "authorization",
        "cookie",
        "password",
        "password_hash",
        "routing_key",
        "secret",
        "secure_password",
        "session_key",
        "token",
        "webhook_url",
        "x-api-key",
    }
)
"""Keys, in lower case, whose values are secrets, wherever they stand in the shop file."""

PUBLISHED = frozenset({"sandbox", "ACsandbox", "telegram-sandbox", "demo-key", "demo-salt", "demo-token"})
"""The example's secrets. Everybody knows them."""

LOCKED = "locked"
"""In place of a secret that would let somebody in: nobody gets in. Everybody may know it."""


def settings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a table, with its whole key, such as ``sources.mango.api_key``."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from settings(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from settings(item, key)


def is_secret(key: str) -> bool:
    """True if a key of the shop file holds a secret."""
    return key.rpartition(".")[2].lower() in SECRET_KEYS


def names_in(value: object) -> list[str]:
    """The environment variables that a setting refers to, also inside lists and tables."""
    texts = (text for _, text in settings(value))
    return [text.removeprefix(PREFIX) for text in texts if text.startswith(PREFIX)]


def resolved(value: object, environment: Mapping[str, str]) -> object:
    """The setting with each reference replaced; a variable that is not set becomes an empty text."""
    if isinstance(value, str):
        return environment.get(value.removeprefix(PREFIX), "") if value.startswith(PREFIX) else value
    if isinstance(value, Mapping):
        return {key: resolved(item, environment) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item, environment) for item in value]
    return value
