"""``leadkeeper checks`` as a person runs it."""

from pathlib import Path

import pytest

from chalicelib import shopfile
from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.bootstrap import sqlite_engine
from chalicelib.clock import system_clock
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
    _example, well, ill = said.stdout.splitlines()
    assert well.startswith("well: well, HTTP 200, ")
    assert ill.startswith("ill: HTTP 502, ожидается 200-299, HTTP 502, ")
    assert ran.exit_code == 0
    assert told.stdout == "all is well\n"  # one failure is no trouble yet


@pytest.fixture
def trouble() -> None:
    """An incident about which nobody has heard yet, as a server that runs would see it."""
    engine = sqlite_engine(Path("data"))
    bad = Observation("endpoint:Site", is_bad=True, subject="Site", cause="HTTP 502")
    Incidents(engine.documents, engine.notify, system_clock).observe(bad)
    engine.close()


@pytest.mark.usefixtures("trouble")
def test_incidents_are_listed_and_acknowledged() -> None:
    listed = leadkeeper("incidents").stdout
    for words in ("endpoint:Site", "Site", "0:00:0", "nobody takes care", "HTTP 502"):
        assert words in listed
    done = leadkeeper("incidents", "acknowledge", "endpoint:Site", "--by", "Иван")
    assert (done.exit_code, done.stdout) == (0, "endpoint:Site: Иван takes care\n")
    listed = leadkeeper("incidents").stdout
    assert "Иван" in listed
    assert "nobody takes care" not in listed


@pytest.mark.usefixtures("trouble")
def test_an_incident_that_does_not_last_cannot_be_acknowledged() -> None:
    done = leadkeeper("incidents", "acknowledge", "endpoint:Other", "--by", "Иван")
    assert done.exit_code == 1
    assert done.stderr == "leadkeeper: there is no incident endpoint:Other that lasts\n"


def test_a_check_says_what_it_found_and_acts_once_it_was_accepted(example: str) -> None:
    expired = '[[subscriptions]]\nname = "Domain"\nexpires = 2026-01-01\n'
    Path("shop.toml").write_text(f"{example}\n{expired}", encoding="utf-8")
    dry = leadkeeper("checks", "run", "subscriptions", "--dry-run").stdout.splitlines()
    assert [line.rpartition(", ")[2] for line in dry[:2]] == ["step 0d: a task", "step 0d: an alert"]
    assert dry[2] == ("subscriptions: found 2: 2 would be acted on, 0 were before, 0 wait for the next runs")
    assert "found 2: 2 are acted on" in leadkeeper("checks", "run", "subscriptions").stdout
    accepted = leadkeeper("checks", "accept", "stalled-pickups")
    assert accepted.stdout == "stalled-pickups: from its next run on it acts\n"


def test_a_check_that_there_is_not_is_a_mistake() -> None:
    for command in ("run", "accept"):
        done = leadkeeper("checks", command, "stalled")
        assert done.exit_code == 2
        assert "there is no check stalled; there are: moved-on, stalled-pickups" in done.stderr
