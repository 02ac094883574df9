"""Secrets by reference: ``env:NAME`` in the shop file, never a value. Standard library only."""

from collections.abc import Mapping

PREFIX = "env:"


def names_in(value: object) -> list[str]:
    """The environment variables that a setting refers to, also inside lists and tables."""
    if isinstance(value, str):
        return [value.removeprefix(PREFIX)] if value.startswith(PREFIX) else []
    if isinstance(value, Mapping):
        return [name for item in value.values() for name in names_in(item)]
    if isinstance(value, list | tuple):
        return [name for item in value for name in names_in(item)]
    return []


def resolved(value: object, environment: Mapping[str, str]) -> object:
    """The setting with each reference replaced; a variable that is not set becomes an empty text."""
    if isinstance(value, str):
        return environment.get(value.removeprefix(PREFIX), "") if value.startswith(PREFIX) else value
    if isinstance(value, Mapping):
        return {key: resolved(item, environment) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item, environment) for item in value]
    return value
