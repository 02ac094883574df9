"""A copy of the project, to package and deploy without touching this one."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.infra.processes import ROOT, Emulator, SandboxProgram
from tests.infra.visitor import SECRETS as VISITORS

FILES = ("app.py", "requirements.txt", "shop.example.toml", "scenario.example.toml")
FOLDERS = ("chalicelib", "infra", ".chalice")
GATE_SECRETS = (
    "MANGO_API_KEY",
    "MANGO_API_SALT",
    "TILDA_TOKEN",
    "ANY_FORM_TOKEN",
    "CDEK_TOKEN",
    "CRM_HOOK_TOKEN",
    "TELEGRAM_SECRET",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_URL",
)


class Project:
    """What a developer has checked out; a folder that is there already is taken as it is."""

    def __init__(self, folder: Path, environment: Mapping[str, str], origin: Path = ROOT) -> None:
        self.folder = folder
        self.environment = dict(environment)
        if not folder.exists():
            _check_out(folder, origin)

    def run(self, *command: str, fails: bool = False, more: Mapping[str, str] | None = None) -> str:
        """What a module of the project prints; ``more`` adds to its environment."""
        return self.python("-m", *command, fails=fails, more=more)

    def python(self, *command: str, fails: bool = False, more: Mapping[str, str] | None = None) -> str:
        """What Python prints in the project's folder."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env={**self.environment, **(more or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stdout
        return done.stdout

    def take_dependencies(self, other: "Project", stage: str) -> None:
        """Save the time of installing them again."""
        theirs, ours = other.folder / "build" / "dev", self.folder / "build" / stage
        shutil.copytree(theirs / "vendor", ours / "vendor")
        shutil.copy2(theirs / "vendor.done", ours)

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file."""
        text = (self.folder / path).read_text("utf-8")
        assert old in text
        (self.folder / path).write_text(text.replace(old, new), "utf-8")


def _check_out(folder: Path, origin: Path) -> None:
    folder.mkdir()
    for name in FILES:
        shutil.copy2(origin / name, folder)
    leftovers = shutil.ignore_patterns("__pycache__", "deployed", "deployments", "shop.toml")
    for name in FOLDERS:
        shutil.copytree(origin / name, folder / name, ignore=leftovers)
    _forget_addresses(folder / ".chalice" / "config.json")


def _forget_addresses(config: Path) -> None:
    """As before the first deployment, whatever was configured in the origin."""
    content = json.loads(config.read_text("utf-8"))
    for stage in content["stages"].values():
        for queue in ("WORK", "NOTIFY"):
            stage["environment_variables"].pop(f"LEADKEEPER_{queue}_QUEUE_URL", None)
    config.write_text(json.dumps(content), "utf-8")


def put_secrets(emulator: Emulator, sandbox: SandboxProgram, stage: str) -> None:
    """Store the sandbox's published secrets and addresses where a real shop has its own."""
    example = tomllib.loads((ROOT / "shop.example.toml").read_text("utf-8"))
    all_of_them = {
        name: value.replace(":8001", f":{sandbox.port}") for name, value in example["demo"].items()
    }
    gate = {name: all_of_them[name] for name in GATE_SECRETS}
    console = {**all_of_them, **VISITORS}
    for name, secrets in (("gate", gate), ("worker", all_of_them), ("console", console)):
        emulator.client("ssm").put_parameter(
            Name=f"/leadkeeper/{stage}/{name}", Type="SecureString", Value=json.dumps(secrets)
        )
