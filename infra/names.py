"""Names and places that the templates, the configuration and the commands share."""

import argparse
import re
from pathlib import Path

APP = "leadkeeper"
TEMPLATES = Path(__file__).parent
CONFIG = Path(".chalice/config.json")
STAGE = re.compile(r"[a-z][a-z0-9]{0,15}")


class Problem(Exception):
    """Something that the person at the keyboard can mend. The text says how."""


def infra_stack(stage: str) -> str:
    """The stack of what outlives each deployment."""
    return f"{APP}-{stage}-infra"


def app_stack(stage: str) -> str:
    """The stack of API and functions."""
    return f"{APP}-{stage}"


def build_folder(stage: str) -> Path:
    """Where a stage is packaged."""
    return Path("build") / stage


def stage(text: str) -> str:
    """A stage as an argument of a command."""
    if not STAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no stage: use lower-case letters, such as dev or prod")
    return text


def say(text: str) -> None:
    """Tell the person at the keyboard, at once also through a pipe."""
    print(text, flush=True)  # noqa: T201 -- this is what commands are for
