"""Counted, entered and read together on either engine."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from chalicelib.periods import Period
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import ENTERED, Indicator
from chalicelib.profit.reading import Statements
from tests.aws_world import AwsWorld
from tests.engine.moto_aws import moto_cloud
from tests.world import World

OCTOBER = Period.parse("2026-10")
ROW = {**dict.fromkeys(ENTERED, Decimal(1)), Indicator.REACH: Decimal(1000), Indicator.C1: Decimal("0.001")}


@pytest.fixture(params=["sqlite", "aws"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "sqlite":
        with closing(World(tmp_path)) as world:
            yield world
    else:
        with moto_cloud() as cloud, closing(AwsWorld(tmp_path, cloud)) as world:
            yield world


def test_a_month_from_the_crm_to_the_profit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.profit.progress.HISTORY", timedelta(days=51))
    items = [{"productName": "Тент", "initialPrice": 4990.5, "quantity": 2}]
    world.make_order({"status": "complete", "createdAt": "2026-10-05 12:00:00", "items": items})
    world.application.checks.run("profit")
    EnteredBook(world.engine.documents).put({OCTOBER: ROW})
    (found,) = Statements(world.engine.documents, world.shop.shop.timezone).of([OCTOBER], date(2026, 11, 20))
    assert found.result is not None
    assert found.values[Indicator.PU] == Fraction("4990.5")
    # One client came, and one was lost: nothing is left but the fixed costs.
    assert found.result.clients == 0
    assert found.result.profit == -2
