"""What an answer lacks, of what a shop expects."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.checks.endpoints.answers import Answer, Problem, certificate_problem, shortcoming
from chalicelib.checks.endpoints.settings import Endpoint

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def endpoint(**settings: Any) -> Endpoint:
    return Endpoint.model_validate({"name": "Site", "url": "https://site.example", **settings})


@pytest.mark.parametrize(
    ("status", "right", "wrong"),
    [
        (200, [200], [201, 302, 500]),
        ("200-299", [200, 204, 299], [199, 300, 404]),
        ([200, "400-403"], [200, 400, 403], [201, 404]),
        (301, [301], [200, 302]),
    ],
)
def test_status(status: object, right: list[int], wrong: list[int]) -> None:
    for code in right:
        assert shortcoming(endpoint(status=status), Answer(code)) is None
    for code in wrong:
        problem = shortcoming(endpoint(status=status), Answer(code))
        assert problem is not None
        assert (problem.reason, problem.found) == ("status", str(code))


def test_text() -> None:
    assert shortcoming(endpoint(text="в порядке"), Answer(200, "Всё в порядке".encode())) is None
    problem = shortcoming(endpoint(text="в порядке"), Answer(200, b"\xff\xfe broken"))
    assert problem == Problem("text", wanted="в порядке")


BODY = json.dumps({"status": "ok", "queue": {"depth": 0}, "checks": [{"up": True}], "none": None}).encode()


@pytest.mark.parametrize(
    "wanted",
    [{"status": "ok"}, {"queue.depth": 0}, {"checks.0.up": True}, {"status": "ok", "queue.depth": 0.0}],
)
def test_json_that_is_right(wanted: dict[str, object]) -> None:
    assert shortcoming(endpoint(json=wanted), Answer(200, BODY)) is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"status": "up"}, 'status = "ok"'),
        ({"queue.depth": "0"}, "queue.depth = 0"),
        ({"queue.depth": False}, "queue.depth = 0"),
        ({"checks.0.up": 1}, "checks.0.up = true"),
        ({"checks.1.up": True}, "checks.1.up = null"),
        ({"status.deeper": "ok"}, "status.deeper = null"),
        ({"missing": ""}, "missing = null"),
    ],
)
def test_json_that_is_wrong(wanted: dict[str, object], found: str) -> None:
    problem = shortcoming(endpoint(json=wanted), Answer(200, BODY))
    assert problem is not None
    assert (problem.reason, problem.found) == ("json", found)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff"])
def test_what_is_no_json(body: bytes) -> None:
    assert shortcoming(endpoint(json={"status": "ok"}), Answer(200, body)) == Problem("no-json")


def test_what_is_told_of_an_answer_is_short() -> None:
    problem = shortcoming(endpoint(json={"a": "b"}), Answer(200, json.dumps({"a": "x" * 10_000}).encode()))
    assert problem is not None
    assert len(problem.found) < 100


def test_latency() -> None:
    slow = Answer(200, took=timedelta(seconds=2.5))
    assert shortcoming(endpoint(max_latency="3s"), slow) is None
    assert shortcoming(endpoint(max_latency="2s"), slow) == Problem("slow", "2.5", "2")


@pytest.mark.parametrize(
    ("left", "found"),
    [
        (timedelta(days=30), None),
        (timedelta(days=7), None),
        (timedelta(days=6, hours=23), "6"),
        (timedelta(hours=1), "0"),
        (timedelta(hours=-1), "-1"),
    ],
)
def test_certificate(left: timedelta, found: str | None) -> None:
    answer = Answer(200, certificate_ends_at=NOW + left)
    problem = certificate_problem(endpoint(certificate_days=7), answer, NOW)
    assert problem == (None if found is None else Problem("certificate-ends", found))


def test_the_shops_secrets_are_not_shown() -> None:
    one = endpoint(headers={"Authorization": "top-secret"})
    assert "top-secret" not in repr(one)
