"""A dry run of a check changes nothing: not our memory, not the journal, no queue, and nothing outside."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib import shopfile
from chalicelib.bootstrap import DATA_FILE
from chalicelib.validation import validate
from sandbox.transport import SandboxTransport
from tests.checks.subscriptions.outside import Services
from tests.providers.test_cdek_subscription import PAIRED, Cdek
from tests.world import FAST_ENOUGH, World

CHECKS = [
    "self",
    "moved-on",
    "stalled-pickups",
    "waiting-parcels",
    "unprocessed-leads",
    "doubles",
    "people",
    "silent-sources",
    "endpoints",
    "uptime",
    "subscriptions",
    "subscription-of-cdek",
    "poll-cdek",
    "reconciliation",
    "books",
    "late-answers",
    "profit",
]
NOBODY = "http://127.0.0.1:1"
PHONE = "+7 916 123-45-67"


class TroubledWorld(World):
    """A shop with everything that can be checked, and for each check something to say."""

    def network(self) -> Services:
        transport = super().network()
        assert isinstance(transport, SandboxTransport)
        self.cdek = Cdek()
        self.services = Services(transport)
        self.services.answers["api.cdek.ru"] = self.cdek.answer
        return self.services

    def configure(self) -> None:
        file = shopfile.load({})
        sources = file.content["sources"]
        content = {
            **file.content,
            "crm": {
                **file.content["crm"],
                "requests_per_second": FAST_ENOUGH,
                "reserved_per_second": FAST_ENOUGH / 2,
            },
            "sources": {
                **sources,
                "tilda": {**sources["tilda"], "expect_every": "8h", "per_week": [18, 24]},
                "cdek": {**sources["cdek"], **PAIRED},
            },
            "endpoints": [{"name": "Site", "url": NOBODY, "fail_after": 1}],
            "test_leads": [{"name": "Leads", "url": NOBODY, "source": "tilda", "every": "1m"}],
            "control_probe": {"urls": [NOBODY]},
            "subscriptions": [
                {"name": "retailCRM", "expires": "2026-11-21"},
                {
                    "name": "Domain",
                    "probe": "domain",
                    "domain": "tents.example",
                    "rdap": "https://rdap.example",
                },
                {"name": "Site", "probe": "certificate", "host": "127.0.0.1", "port": 1},
            ],
        }
        self.shop = validate(replace(file, content=content))
        self.restart()

    def trouble(self) -> None:
        """Two probes have failed twice, orders wait and one no longer does, and much else."""
        self.make_order({"phone": "+7 916 000-00-01", "status": "arrived-in-pickup-point"})
        self.make_order({"phone": "+7 916 000-00-02", "status": "new"})
        self.lead("1:1", Phone=PHONE)
        self.post("tilda", "demo-token", b"{", "application/json")
        self.work()
        for _ in range(2):
            self.application.checks.run("subscriptions")
        self.application.checks.run("moved-on")
        self.work()
        self.later(hours=12)
        self.edit_order(self.orders[-1]["id"], {"status": "delivering"})
        self.later(days=5)
        card = self.make_customer({"phones": [{"number": PHONE}]})
        self.make_order({"customer": {"id": card}, "status": "complete"})
        users = self.sandbox.crm.books.users
        users.change(2, {**(users.get(2) or {}), "active": False}, self.now)

    def everything(self) -> tuple[str, ...]:
        """All that is stored here and outside."""
        with closing(sqlite3.connect(self.folder / DATA_FILE)) as database:
            stored = "\n".join(database.iterdump())
        crm = [self.state[part] for part in ("orders", "customers", "tasks", "messages", "telegram")]
        return stored, json.dumps([crm, self.cdek.subscriptions], default=str)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TroubledWorld]:
    with closing(TroubledWorld(tmp_path)) as world:
        world.configure()
        world.trouble()
        yield world


def test_these_are_all_checks(world: TroubledWorld) -> None:
    assert sorted(world.application.checks.checks) == sorted(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_dry_run_changes_nothing_and_a_run_does(world: TroubledWorld, name: str) -> None:
    before = world.everything()
    report = world.application.checks.run(name, dry_run=True)
    assert report.seen or report.found, "it has something to say"
    assert world.everything() == before
    world.application.checks.run(name)
    assert world.everything() != before
