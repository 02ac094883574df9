"""The data of a Leadkeeper that runs, or ran, for commands that look at it."""

import os
import sys
from collections.abc import Sequence

import click

from chalicelib import bootstrap, shopfile
from chalicelib.engine.port import Engine
from chalicelib.entry import Entry
from chalicelib.validation import retention_of
from standalone.ownership import existing_data


def engine() -> Engine:
    """The queues and stores. To look at them takes no secrets."""
    if bootstrap.TABLE in os.environ:
        return bootstrap.aws_engine_of(os.environ, retention_of(shopfile.load()))
    folder = bootstrap.data_folder(os.environ)
    existing_data(folder)
    return bootstrap.sqlite_engine(folder)


def only(found: Sequence[Entry], entry_id: str) -> Entry:
    """The one entry whose id begins so; else the command ends."""
    if len(found) == 1:
        return found[0]
    click.echo(
        f"there is no entry {entry_id}" if not found else f"more than one entry begins with {entry_id}",
        err=True,
    )
    sys.exit(1)
