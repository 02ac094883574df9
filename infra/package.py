"""``python -m infra.package STAGE``: everything that AWS gets, in ``build/STAGE``.

Both ways to deploy start from that folder. Dependencies are shipped with their bytecode in ``vendor/``:
compiling at each cold start would double its time. The same files make the same zip, on any machine.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import chalice.app

from chalicelib.validation import SCENARIO_FILE, scenario_file
from infra.extras import extras_for
from infra.grants import grant_channels
from infra.names import CONFIG, Problem, build_folder, say, stage

REQUIREMENTS = Path("requirements.txt")
EXAMPLE = Path("shop.example.toml")
DEMO = "\n[demo]\n"
ON_LAMBDA = "/var/task"
"""Where the code will be, for stack traces."""

UNUSED = ("bin", "phonenumbers/geodata")
"""Installed, but not shipped: commands that name this machine's Python, and 40 MB of place names for the
module ``geocoder``, which nobody imports."""

OLDEST = (1980, 1, 1, 0, 0, 0)
MEBIBYTE = 1024 * 1024
MAX_ZIP = 50 * MEBIBYTE
"""What Lambda takes without a bucket, which is how ``chalice deploy`` uploads."""


def package(name: str) -> Path:
    """Package a stage and return its build folder.

    Raises:
        Problem: the shop file or the stage is missing, or a step failed.
    """
    folder = build_folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    _copy_code(folder)
    _add_shop_file(folder, name)
    shop = _packaged_shop(folder)
    grant_channels(folder, name, shop)
    add_scenario(folder)
    _add_own_texts(folder)
    _install(folder / "vendor")
    _compile(folder / "chalicelib", f"{ON_LAMBDA}/chalicelib")
    _compile_entry_point(folder)
    extras = folder / "extras.json"
    extras.write_text(json.dumps(extras_for(shop), indent=2) + "\n", "utf-8")
    _run_chalice(folder, name, extras)
    size = _tidy(folder / "out" / "deployment.zip")
    say(f"{folder}/out: sam.json and deployment.zip, {size / MEBIBYTE:.1f} MiB")
    if size > MAX_ZIP:
        raise Problem(f"the zip is larger than {MAX_ZIP // MEBIBYTE} MiB, which Lambda does not take")
    return folder


def _copy_code(folder: Path) -> None:
    shutil.copy2("app.py", folder)
    shutil.rmtree(folder / "chalicelib", ignore_errors=True)
    shutil.copytree("chalicelib", folder / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    # Empty: what Chalice would install from it is in vendor/ already.
    (folder / REQUIREMENTS).write_text("")
    _link_settings(folder / CONFIG.parent.name)


def _link_settings(settings: Path) -> None:
    """Links, not copies: `chalice deploy` remembers in `deployed` what it made, `configure` writes there."""
    shutil.rmtree(settings, ignore_errors=True)  # with Chalice's cache of packages, which only grows
    settings.mkdir()
    own = CONFIG.parent.absolute()
    (own / "deployed").mkdir(exist_ok=True)
    for path in [*own.glob("*.json"), own / "deployed"]:
        (settings / path.name).symlink_to(path)


def _add_shop_file(folder: Path, name: str) -> None:
    target = folder / "chalicelib" / "shop.toml"
    own = Path("shop.toml")
    if own.is_file():
        shutil.copy2(own, target)
        return
    if name != "dev":
        raise Problem(f"there is no shop.toml: copy {EXAMPLE} and change what differs")
    say(f"NOTE: there is no shop.toml, so {EXAMPLE} is packaged. This shop sells nothing: write your own.")
    target.write_text(_without_demo(EXAMPLE.read_text("utf-8")), "utf-8")


def _packaged_shop(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "chalicelib" / "shop.toml").read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"shop.toml is not valid TOML: {error}") from None


def add_scenario(folder: Path) -> None:
    """Put the scenario that stands beside the shop file there again."""
    path = scenario_file(Path("shop.toml") if Path("shop.toml").is_file() else EXAMPLE)
    if path.is_file():
        shutil.copy2(path, folder / "chalicelib" / SCENARIO_FILE)


def _add_own_texts(folder: Path) -> None:
    """The shop's texts take the place of ours: on Lambda our folder stands beside the shop file."""
    for text in sorted(Path("texts").glob("*/*/*.txt")):
        target = folder / "chalicelib" / text
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(text, target)


def _without_demo(text: str) -> str:
    """The example without its published secrets, and without the comment above them."""
    lines = text.partition(DEMO)[0].splitlines()
    while lines and (lines[-1].startswith("#") or not lines[-1]):
        lines.pop()
    return "\n".join(lines) + "\n"


def _install(vendor: Path) -> None:
    """Install what Lambda needs, for Lambda's platform. Skipped if nothing changed."""
    done = vendor.with_name("vendor.done")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    recipe = REQUIREMENTS.read_bytes() + Path(__file__).read_bytes() + version.encode()
    key = hashlib.sha256(recipe).hexdigest()
    if done.is_file() and done.read_text() == key:
        return
    done.unlink(missing_ok=True)
    shutil.rmtree(vendor, ignore_errors=True)
    say(f"installing {REQUIREMENTS} for Lambda ...")
    options = ["--platform", "manylinux2014_x86_64", "--implementation", "cp", "--python-version", version]
    options += ["--only-binary=:all:", "--require-hashes", "--no-compile", "--target", str(vendor)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *options, "-r", str(REQUIREMENTS)], Path())
    for unused in UNUSED:
        shutil.rmtree(vendor / unused, ignore_errors=True)
    for record in vendor.glob("*.dist-info/RECORD"):  # it lists the commands
        record.unlink()
    _compile(vendor, ON_LAMBDA)
    done.write_text(key)


def _compile(code: Path, place: str) -> None:
    """Compile in a fresh process: bytecode may depend on what else a process has loaded."""
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    _run([*command, "-d", place, "."], code)


def _compile_entry_point(folder: Path) -> None:
    """Compile what Chalice itself adds to the zip: it would leave the bytecode out."""
    for source, module in ((folder / "app.py", "app.py"), (Path(chalice.app.__file__), "chalice/app.py")):
        compiled = importlib.util.cache_from_source(str(folder / "vendor" / module))
        Path(compiled).parent.mkdir(parents=True, exist_ok=True)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(source), compiled, f"{ON_LAMBDA}/{module}", doraise=True, invalidation_mode=mode
        )


def _run_chalice(folder: Path, name: str, extras: Path) -> None:
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ}  # it wants one, and asks nobody
    command = [str(Path(sys.executable).with_name("chalice")), "package", "--stage", name]
    _run([*command, "--merge-template", str(extras.absolute()), "out"], folder, environment)


def _tidy(archive: Path) -> int:
    """Write the zip again in the order of names. Chalice takes files in the order of the disk."""
    tidy = archive.with_suffix(".tidy")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(tidy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            entry = zipfile.ZipInfo(name, OLDEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    tidy.replace(archive)
    return archive.stat().st_size


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 -- our own commands, without a shell
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Problem(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def main() -> None:
    """Package the stage that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("stage", type=stage, help="such as dev or prod")
    try:
        package(parser.parse_args().stage)
    except Problem as problem:
        sys.exit(f"infra.package: {problem}")


if __name__ == "__main__":
    main()
