"""``leadkeeper backup`` and ``leadkeeper restore``, for one machine."""

import os
from pathlib import Path

import click

from chalicelib import bootstrap
from chalicelib.clock import system_clock
from chalicelib.errors import ConfigurationError
from standalone.backup import Contents, back_up, restore
from standalone.ownership import existing_data, lock

FILE = click.Path(dir_okay=False, path_type=Path)
MEBIBYTE = 1024 * 1024


@click.command("backup")
@click.argument("file", type=FILE)
@click.option("--overwrite", is_flag=True, help="Replace the file if there is one.")
def backup_command(file: Path, *, overwrite: bool) -> None:
    """Copy all data into FILE. Leadkeeper may go on serving meanwhile."""
    contents = back_up(existing_data(_folder()), file, overwrite=overwrite)
    click.echo(f"{file}: {_described(contents)}")


@click.command("restore")
@click.argument("file", type=FILE)
def restore_command(file: Path) -> None:
    """Put the data of FILE in the place of what is there. Leadkeeper must not serve meanwhile."""
    folder = _folder()
    with lock(folder):
        contents, kept = restore(file, folder / bootstrap.DATA_FILE, system_clock())
    click.echo(f"{folder / bootstrap.DATA_FILE}: {_described(contents)}")
    if kept is not None:
        click.echo(f"what was there is kept as {kept}")


def _folder() -> Path:
    if bootstrap.TABLE in os.environ:
        raise ConfigurationError(
            bootstrap.TABLE, "the data is on AWS", "The table has backups of its own: see docs/aws.md"
        )
    return bootstrap.data_folder(os.environ)


def _described(contents: Contents) -> str:
    newest = f", the newest of {contents.newest:%Y-%m-%d %H:%M:%S} UTC" if contents.newest else ""
    return (
        f"{contents.size / MEBIBYTE:.1f} MiB; journal entries: {contents.entries}{newest};"
        f" messages that wait: {contents.waiting}"
    )
