"""What AWS gets."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chalicelib.providers.standard.content import SCHEMAS
from infra.package import add_scenario
from tests.infra.processes import ROOT
from tests.infra.project import Project

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def archive(packaged: Project) -> Path:
    return packaged.folder / "build" / "dev" / "out" / "deployment.zip"


@pytest.fixture(scope="module")
def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as content:
        return content.namelist()


def test_the_zip_is_small(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = archive.stat().st_size / MEBIBYTE
    with capsys.disabled():
        sys.stdout.write(f"deployment.zip: {size:.1f} MiB ")
    assert size <= 30


def test_what_lambda_brings_itself_is_left_out(names: list[str]) -> None:
    assert not [name for name in names if name.startswith(("boto3/", "botocore/"))]
    assert not [name for name in names if name.startswith(("tests/", "sandbox/", "standalone/", "infra/"))]


def test_each_module_has_its_bytecode(names: list[str]) -> None:
    modules = {name for name in names if name.endswith(".py")}
    compiled = {name for name in names if name.endswith(".cpython-311.pyc")}
    missing = {module for module in modules if _bytecode(module) not in compiled}
    # Chalice adds this one, of 548 bytes.
    assert missing == {"chalice/__init__.py"}


def test_what_the_code_reads_is_there(names: list[str]) -> None:
    read = [*SCHEMAS.glob("*.json"), *(ROOT / "chalicelib" / "texts").rglob("*.txt")]
    console = ROOT / "chalicelib" / "console"
    read += [path for kind in ("html", "toml", "css", "svg") for path in console.rglob(f"*.{kind}")]
    assert {str(path.relative_to(ROOT)) for path in read} <= {*names}
    assert "chalicelib/scenario.toml" in names


def test_the_shop_file_has_no_published_secrets(archive: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        shop = content.read("chalicelib/shop.toml").decode()
    assert "[sources.mango]" in shop
    assert "demo" not in shop


@pytest.mark.parametrize(
    ("shop_file", "scenario", "is_packaged"),
    [
        ("shop.toml", "scenario.toml", True),
        ("shop.example.toml", "scenario.example.toml", True),
        ("shop.toml", "scenario.example.toml", False),
    ],
)
def test_the_shops_own_scenario_is_packaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop_file: str, scenario: str, *, is_packaged: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build" / "chalicelib").mkdir(parents=True)
    Path(shop_file).touch()
    Path(scenario).write_text('begin = ["new"]')
    add_scenario(Path("build"))
    packaged = Path("build") / "chalicelib" / "scenario.toml"
    assert packaged.is_file() == is_packaged
    assert not is_packaged or packaged.read_text() == 'begin = ["new"]'


def test_no_path_of_this_machine_is_shipped(archive: Path, packaged: Project) -> None:
    wanted = [str(packaged.folder).encode(), sys.prefix.encode()]
    with zipfile.ZipFile(archive) as content:
        guilty = [name for name in content.namelist() if any(path in content.read(name) for path in wanted)]
    assert guilty == []


def test_the_same_files_make_the_same_zip(archive: Path, packaged: Project, tmp_path: Path) -> None:
    again = Project(tmp_path / "elsewhere", packaged.environment, packaged.folder)
    again.take_dependencies(packaged, "dev")
    again.run("infra.package", "dev")
    other = again.folder / "build" / "dev" / "out" / "deployment.zip"
    assert _digest(other) == _digest(archive)


def test_a_real_stage_needs_a_shop_file(packaged: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", packaged.environment)
    assert "there is no shop.toml" in project.run("infra.package", "prod", fails=True)


def test_a_stage_without_configuration_is_named(packaged: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", packaged.environment)
    project.take_dependencies(packaged, "qa")
    (project.folder / "shop.toml").write_text("")
    assert "qa" in project.run("infra.package", "qa", fails=True)


def test_nobody_imports_what_is_not_shipped() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py")]
    assert not [source for source in sources if "geocoder" in source]


def test_the_functions_import_with_what_is_shipped(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        content.extractall(tmp_path)
    modules = "app, chalicelib.functions, chalicelib.console.function_url"
    code = f"import json, sys, {modules}; print(json.dumps([app.__file__, *sys.path]))"
    done = subprocess.run(
        # Without the packages of this environment.
        [sys.executable, "-S", "-E", "-c", code],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file, *path = json.loads(done.stdout)
    assert Path(file) == tmp_path / "app.py"
    assert not [folder for folder in path if "site-packages" in folder]


def _bytecode(module: str) -> str:
    folder, _, name = module.rpartition("/")
    return f"{folder}/__pycache__/{name[:-3]}.cpython-311.pyc".removeprefix("/")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_shops_own_texts_take_the_place_of_ours(packaged: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", packaged.environment)
    project.take_dependencies(packaged, "dev")
    own = project.folder / "texts" / "ru" / "sms"
    own.mkdir(parents=True)
    (own / "arrived.txt").write_text("Ждём вас", "utf-8")
    (own / "we_moved.txt").write_text("Мы переехали", "utf-8")
    (project.folder / "texts" / "rendering.py").write_text("raise SystemExit")
    project.run("infra.package", "dev")
    with zipfile.ZipFile(project.folder / "build" / "dev" / "out" / "deployment.zip") as content:
        assert content.read("chalicelib/texts/ru/sms/arrived.txt").decode() == "Ждём вас"
        assert content.read("chalicelib/texts/ru/sms/we_moved.txt").decode() == "Мы переехали"
        assert "class Texts" in content.read("chalicelib/texts/rendering.py").decode()
