"""``leadkeeper console``: secrets for who signs in to the console. Nothing is stored."""

from secrets import token_bytes, token_urlsafe

import click

from chalicelib.console.access.passwords import (
    LONGEST_PASSWORD,
    SALT_BYTES,
    SHORTEST_PASSWORD,
    hash_of,
)


@click.group()
def console() -> None:
    """The pages for managers, leads and the owner: who may sign in."""


@console.command()
def password() -> None:
    """Ask for a password twice, without showing it, and print its hash for the environment."""
    typed = click.prompt(
        "Password", hide_input=True, confirmation_prompt="Again", err=True, value_proc=_long_enough
    )
    click.echo(str(hash_of(typed, token_bytes(SALT_BYTES))))


@console.command()
def key() -> None:
    """Print a new random key that signs sessions. A new one ends all sessions."""
    click.echo(token_urlsafe())


def _long_enough(typed: str) -> str:
    if not SHORTEST_PASSWORD <= len(typed) <= LONGEST_PASSWORD:
        raise click.UsageError(f"use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return typed
