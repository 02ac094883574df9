"""``leadkeeper checks`` as a person runs it."""

from pathlib import Path

import pytest

from chalicelib import shopfile
from chalicelib.shopfile import EXAMPLE
from tests.checks.endpoints.server import response, serving
from tests.standalone.test_cli import leadkeeper

ROOT = Path(shopfile.__file__).parent.parent


@pytest.fixture
def example() -> str:
    return (ROOT / EXAMPLE).read_text(encoding="utf-8")


def test_a_dry_run_of_endpoints_says_what_each_answers(example: str) -> None:
    with serving(well=response(), ill=response(status="502 Bad Gateway")) as server:
        tables = [
            f'[[endpoints]]\nname = "{name}"\nurl = "{server.url("/" + name)}"\n' for name in ("well", "ill")
        ]
        Path("shop.toml").write_text("\n".join([example, *tables]), encoding="utf-8")
        said = leadkeeper("checks", "run", "endpoints", "--dry-run")
        ran = leadkeeper("checks", "run", "endpoints")
        told = leadkeeper("incidents")
    well, ill = said.stdout.splitlines()
    assert well.startswith("well: well, HTTP 200, ")
    assert ill.startswith("ill: HTTP 502, ожидается 200-299, HTTP 502, ")
    assert ran.exit_code == 0
    assert told.stdout == "all is well\n"  # one failure is no trouble yet
