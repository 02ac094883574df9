import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.metrics import (
    ACCEPTED,
    CONTRACT,
    CRM_LATENCY,
    MAX_LENGTH,
    REJECTED,
    SILENT,
    EmbeddedMetrics,
    metrics_of,
)
from tests.world import MORNING, World, mango_body

DOCS = Path(__file__).parents[1] / "docs" / "aws.md"
STACK = Path(__file__).parents[1] / "infra" / "stack.json"
PHONE = "+79161234567"
LARGE = 256 * 1024 + 1


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def lines(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.metrics]


def emitted(line: dict[str, Any]) -> list[tuple[str, ...]]:
    """What CloudWatch makes of a line: each metric, with the values of each set of dimensions."""
    [directive] = line["_aws"]["CloudWatchMetrics"]
    [metric] = directive["Metrics"]
    return [(metric["Name"], *(line[name] for name in group)) for group in directive["Dimensions"]]


def counted(world: World) -> Counter[tuple[str, ...]]:
    """All metrics but the CRM's latency, whose number is the adapter's business."""
    return Counter(
        metric for line in lines(world) for metric in emitted(line) if metric[0] != CRM_LATENCY.name
    )


def test_a_line_is_what_cloudwatch_documents() -> None:
    written: list[str] = []
    EmbeddedMetrics("dev", lambda: MORNING, written.append).record(REJECTED, Reason="too-large")
    assert [json.loads(line) for line in written] == [
        {
            "_aws": {
                "Timestamp": 1795147200000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Leadkeeper",
                        "Dimensions": [["Stage"], ["Stage", "Reason"]],
                        "Metrics": [{"Name": "Rejected", "Unit": "Count"}],
                    }
                ],
            },
            "Stage": "dev",
            "Reason": "too-large",
            "Rejected": 1,
        }
    ]
    assert "\n" not in written[0]


def test_a_line_goes_to_standard_output_of_a_stage_only(capsys: pytest.CaptureFixture[str]) -> None:
    metrics_of({}, lambda: MORNING).record(ACCEPTED)
    assert capsys.readouterr().out == ""
    metrics_of({"LEADKEEPER_STAGE": "prod"}, lambda: MORNING).record(ACCEPTED)
    printed = capsys.readouterr().out
    assert printed.endswith("\n")
    assert json.loads(printed)["Stage"] == "prod"
    assert metrics_of({"LEADKEEPER_STAGE": ""}, lambda: MORNING) is SILENT


@pytest.mark.parametrize("dimensions", [{}, {"Reason": "forged", "Source": "mango"}, {"Kind": "forged"}])
def test_dimensions_outside_the_contract_are_refused(dimensions: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Reason"):
        EmbeddedMetrics("dev", lambda: MORNING, print).record(REJECTED, **dimensions)


def test_a_value_is_never_longer_than_cloudwatch_takes() -> None:
    written: list[str] = []
    EmbeddedMetrics("dev", lambda: MORNING, written.append).record(REJECTED, Reason="x" * 1000)
    assert len(json.loads(written[0])["Reason"]) == MAX_LENGTH


def test_the_contract_is_the_documented_one() -> None:
    section = DOCS.read_text("utf-8").partition("\n## Metrics\n")[2].partition("\n## ")[0]
    rows = [
        re.findall(r"[^|]+", line.strip()) for line in section.splitlines() if line.strip().startswith("| `")
    ]
    documented = {
        (name.strip(" `"), unit.strip(), tuple(group.strip(" `") for group in groups.split("·")))
        for name, unit, groups, _when in rows
    }
    assert documented == {
        (metric.name, metric.unit, tuple(", ".join(("Stage", *group)) for group in metric.dimensions))
        for metric in CONTRACT
    }


def test_the_dashboard_shows_each_metric_in_detail() -> None:
    resources = json.loads(STACK.read_text("utf-8"))["Resources"]
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::ToJsonString"]
    shown = {_shown(metric) for widget in body["widgets"] for metric in widget["properties"]["metrics"]}
    assert shown >= {(metric.name, *sorted(("Stage", *metric.dimensions[-1]))) for metric in CONTRACT}


def _shown(metric: list[Any]) -> tuple[str, ...]:
    """The name and the dimensions of what a widget shows, or searches for."""
    if isinstance(metric[0], str):
        _namespace, name, *dimensions = metric
        return (name, *sorted(each for each in dimensions[::2] if isinstance(each, str)))
    search = metric[0]["expression"]["Fn::Sub"]
    found = re.fullmatch(
        r"""SEARCH\('{Leadkeeper,([\w,]+)} MetricName="(\w+)" Stage="\${Stage}"', 'Sum', \d+\)""", search
    )
    assert found, search
    return (found[2], *found[1].split(","))


def test_a_missed_call_counts_what_was_done(world: World) -> None:
    world.call(PHONE, "call-1")
    world.work()
    assert counted(world) == {
        ("Accepted", "test"): 1,
        ("Actions", "test"): 1,
        ("Actions", "test", "create-order", "done"): 1,
    }


def test_what_was_no_longer_needed_is_counted_as_such(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    while world.step(world.used.work):
        pass
    world.later(hours=73)
    world.work()
    assert counted(world)["Actions", "test", "send-sms", "skipped"] == 1


def test_each_refusal_counts_with_its_reason(world: World) -> None:
    world.post("nobody", "", b"")
    world.post("tilda", "demo-token", b"x" * LARGE)
    world.post("mango", "events/summary", mango_body({"entry_id": "forged"}, salt="guessed"))
    rejected = counted(world)
    assert rejected.pop(("Rejected", "test")) == 3
    assert rejected["Rejected", "test", "unknown-source"] == 1
    assert rejected["Rejected", "test", "too-large"] == 1
    assert len(rejected) == 3


def test_the_unreadable_counts_as_quarantined_once(world: World) -> None:
    world.post("cdek", "demo-token", b"{broken", "application/json")
    world.work()
    assert counted(world)["Quarantined", "test"] == 1


def test_what_the_crm_refuses_counts_as_parked_once(world: World) -> None:
    world.fault(target="retailcrm", kind="400", path="orders/create", times=1)
    world.call(PHONE, "call-1")
    world.work()
    assert counted(world)["Parked", "test"] == 1
    assert counted(world)["Actions", "test", "create-order", "done"] == 0


def test_each_answer_of_the_crm_is_timed(world: World) -> None:
    world.call(PHONE, "call-1")
    world.work()
    timed = [line for line in lines(world) if CRM_LATENCY.name in line]
    assert timed
    assert all(line[CRM_LATENCY.name] >= 0 for line in timed)
    assert {emitted(line)[0] for line in timed} == {("CrmLatency", "test")}


def test_without_an_answer_there_is_no_latency(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call(PHONE, "call-1")
    world.work()
    assert counted(world)["Accepted", "test"] == 1
    assert not [line for line in lines(world) if CRM_LATENCY.name in line]


def test_a_time_is_the_moment_of_the_event(world: World) -> None:
    world.later(hours=1)
    world.call(PHONE, "call-1")
    [line] = lines(world)
    assert line["_aws"]["Timestamp"] == int((MORNING + timedelta(hours=1)).timestamp() * 1000)


def test_no_line_tells_of_a_person_or_a_secret(world: World) -> None:
    world.call(PHONE, "call-1")
    world.lead("1:1", name="Maria", phone=PHONE, email="maria@example.com")
    world.post("tilda", "guessed-token", b"tranid=1")
    world.post(PHONE, "demo-token", b"")
    world.work()
    written = "".join(world.metrics).lower()
    for private in ("9161234567", "maria", "demo-token", "guessed-token", "call-1"):
        assert private not in written
