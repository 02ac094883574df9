"""What stands in the shop file, and which mistakes are found there."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib import shopfile
from chalicelib.checks.endpoints.maintenance import DatedWindow, parsed
from chalicelib.checks.endpoints.settings import MOST_WATCHED
from chalicelib.errors import ConfigurationError

from .shop import endpoint, shop_with

TOMSK = ZoneInfo("Asia/Tomsk")
TEST_LEAD = {"name": "Leads", "url": "https://hooks.example/", "source": "tilda"}


def mistake(*endpoints: dict[str, Any], **tables: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        shop_with(*endpoints, **tables)
    assert caught.value.fix
    return str(caught.value)


def test_everything_at_once() -> None:
    shop = shop_with(
        endpoint("Parent"),
        endpoint(
            method="POST",
            headers={"X-Api-Key": "secret"},
            status=["200-204", 401],
            text="ok",
            json={"a.b": 1},
            max_latency="2s",
            certificate_days=14,
            every="5m",
            timeout="20s",
            fail_after=1,
            recover_after=1,
            parent="Parent",
            maintenance=["Sun 02:00-04:00", "2026-12-01 22:00 - 2026-12-02 06:00"],
            responsible="Анна Смирнова",
            severity="info",
            allow_private=True,
        ),
        test_leads=[TEST_LEAD],
        control_probe={"urls": ["https://a.example/", "https://b.example/"]},
    )
    assert str(shop.endpoints[1].status) == "200-204, 401"
    assert shop.test_leads[0].url == "https://hooks.example"


def test_a_slash_at_the_end_of_a_url_matters() -> None:
    shop = shop_with(
        {"name": "a", "url": "https://a.example/x/"}, {"name": "b", "url": "https://a.example/x"}
    )
    assert [one.url for one in shop.endpoints] == ["https://a.example/x/", "https://a.example/x"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "site.example"}, "endpoints.0.url"),
        ({"url": "ftp://site.example"}, "endpoints.0.url"),
        ({"url": "https://user:pass@site.example"}, "use headers"),
        ({"status": 99}, "99"),
        ({"status": "299-200"}, "the lower one first"),
        ({"status": "ok"}, 'write it like 200, "200-299"'),
        ({"status": []}, "no answer would be right"),
        ({"method": "DELETE"}, "endpoints.0.method"),
        ({"every": "30s"}, "endpoints.0.every"),
        ({"every": "often"}, "write it like 90s"),
        ({"timeout": "0s"}, "endpoints.0.timeout"),
        ({"timeout": "5m"}, "endpoints.0.timeout"),
        ({"fail_after": 0}, "endpoints.0.fail_after"),
        ({"certificate_days": 0}, "endpoints.0.certificate_days"),
        ({"maintenance": ["sometimes"]}, 'write it like "Sun 02:00-04:00"'),
        ({"maintenance": ["2026-12-02 06:00 - 2026-12-01 22:00"]}, "ends before it begins"),
        ({"maintenance": ["2026-02-30 06:00 - 2026-12-01 22:00"]}, "a time that there is not"),
        ({"name": ""}, "endpoints.0.name"),
        ({"name": "x" * 51}, "endpoints.0.name"),
        ({"severity": "fatal"}, "endpoints.0.severity"),
        ({"typo": 1}, "endpoints.0.typo: there is no such key"),
        ({"parent": "Nobody"}, "endpoints.Site.parent: there is no 'Nobody'"),
        ({"parent": "Site"}, "its own ancestor"),
        ({"responsible": "Никто"}, "endpoints.Site.responsible"),
    ],
)
def test_mistakes(settings: dict[str, Any], words: str) -> None:
    assert words in mistake({**endpoint(), **settings})


def test_names_are_unique_also_among_test_leads() -> None:
    assert "endpoints.Site.name: two have this name" in mistake(endpoint(), endpoint())
    assert "test_leads.Leads.name: two" in mistake(endpoint("Leads"), test_leads=[TEST_LEAD])


def test_a_circle_of_parents_is_found() -> None:
    words = mistake(endpoint("A", parent="B"), endpoint("B", parent="C"), endpoint("C", parent="A"))
    assert words.count("its own ancestor") == 3


def test_a_test_lead_needs_a_source_that_has_such() -> None:
    assert "there is no source 'other'" in mistake(test_leads=[{**TEST_LEAD, "source": "other"}])
    assert "cdek has no test leads" in mistake(test_leads=[{**TEST_LEAD, "source": "cdek"}])
    assert "only the address" in mistake(test_leads=[{**TEST_LEAD, "url": "https://a.example/?token=1"}])


def test_there_may_be_so_many_and_no_more() -> None:
    shop_with(*(endpoint(f"e{number}") for number in range(MOST_WATCHED)))
    assert "more than" in mistake(*(endpoint(f"e{number}") for number in range(MOST_WATCHED + 1)))


def test_a_dated_window_is_on_the_shops_clock() -> None:
    window = parsed("2026-12-01 22:00 – 2026-12-02 06:00")
    assert isinstance(window, DatedWindow)
    assert not window.is_open(datetime(2026, 12, 1, 14, 59, tzinfo=UTC), TOMSK)
    assert window.is_open(datetime(2026, 12, 1, 15, tzinfo=UTC), TOMSK)
    assert window.is_open(datetime(2026, 12, 1, 22, 59, tzinfo=UTC), TOMSK)
    assert not window.is_open(datetime(2026, 12, 1, 23, tzinfo=UTC), TOMSK)


def test_the_examples_in_the_docs_are_right() -> None:
    page = (Path(shopfile.__file__).parent.parent / "docs" / "endpoints.md").read_text(encoding="utf-8")
    tables = tomllib.loads("\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)))
    shop = shop_with(*tables.pop("endpoints"), **tables)
    assert (len(shop.endpoints), len(shop.test_leads), len(shop.control_probe.urls)) == (2, 1, 2)
