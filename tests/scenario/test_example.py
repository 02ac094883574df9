"""The example's scenario: a way that fits its CRM, its couriers and its texts."""

from itertools import pairwise
from pathlib import Path

import pytest

from chalicelib.validation import scenario_of
from sandbox.retailcrm import codes

EXAMPLE = scenario_of(Path("scenario.example.toml"))


def test_its_statuses_are_those_of_the_account_but_for_the_shops_own() -> None:
    account = {
        status: (group, name)
        for group, entry in codes.STATUS_GROUPS.items()
        for status, name in entry.statuses.items()
    }
    differ = {
        code for code, status in EXAMPLE.statuses.items() if account.get(code) != (status.group, status.name)
    }
    own = {"call-again-1", "call-again-2", "call-again-3", "contact", "thinking"}
    assert differ == own | {"production-question", "return-collected"}
    assert {status.group for status in EXAMPLE.statuses.values()} <= codes.STATUS_GROUPS.keys()


@pytest.mark.parametrize(
    "way",
    [
        "new contact client-confirmed prepayed send-to-assembling assembling assembling-complete",
        "assembling-complete send-to-delivery delivering arrived-in-pickup-point complete",
        "new call-again-1 call-again-2 call-again-3 no-call",
        "new call-again-1 call-again-2 contact thinking call-again-1 contact offer-analog no-product",
        "contact client-confirmed send-to-assembling assembling production-question assembling",
        "assembling-complete ready-for-self-pickup complete",
        "send-to-delivery delivering redirect delivering return return-collected",
        # A courier whose news comes late or never.
        "assembling-complete delivering complete",
        "send-to-delivery arrived-in-pickup-point return",
    ],
)
def test_the_ways_of_a_real_order_are_allowed(way: str) -> None:
    refused = [step for step in pairwise(way.split()) if not EXAMPLE.allows(*step)]
    assert refused == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("new", "client-confirmed"),
        ("new", "complete"),
        ("contact", "send-to-assembling"),
        ("assembling", "send-to-delivery"),
        ("delivering", "cancel-other"),
        ("complete", "new"),
        ("cancel-other", "new"),
    ],
)
def test_what_skips_somebodys_work_is_not(before: str, after: str) -> None:
    assert not EXAMPLE.allows(before, after)
