"""A scenario beside a shop file: what both name must be the same."""

from pathlib import Path

import pytest

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.settings import Shop
from chalicelib.validation import scenario_of, validate

SHOP = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "https://tents.example/"
api_key = "env:CRM_KEY"

[[people]]
name = "Анна"
crm_user = 1
"""
SCENARIO = """
begin = ["new"]

[statuses.new]
next = ["sent"]

[statuses.sent]
next = ["complete"]

[statuses.complete]
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shop_of(scenario: str, more: str = "") -> Shop:
    Path("shop.toml").write_text(SHOP + more, "utf-8")
    Path("scenario.toml").write_text(scenario, "utf-8")
    return validate(shopfile.load({"CRM_KEY": "secret"}))


def wrong_keys(scenario: str, more: str = "") -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        shop_of(scenario, more)
    return [line.partition(": ")[0] for line in str(refused.value).splitlines()]


def test_a_shop_follows_its_orders_with_a_scenario_alone() -> None:
    shop = shop_of(SCENARIO)
    assert shop.scenario is not None
    assert list(shop.scenario.statuses) == ["new", "sent", "complete"]
    assert shop.follows_orders
    Path("scenario.toml").unlink()
    assert not validate(shopfile.load({"CRM_KEY": "secret"})).follows_orders


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('[crm.codes]\nnew = "fresh"', "crm.codes.new"),
        ('[crm.codes]\nunprocessed = ["new", "asked"]', "crm.codes.unprocessed"),
        ('[crm.parcel_statuses]\nwaiting = "arrived"', "crm.parcel_statuses.waiting"),
        (
            '[messages.order_statuses]\nprepayed = "paid"\n[sms.smsru]\napi_id = "env:CRM_KEY"',
            "messages.order_statuses.prepayed",
        ),
    ],
)
def test_a_status_of_the_shop_that_the_scenario_lacks(more: str, key: str) -> None:
    assert wrong_keys(SCENARIO, more) == [key]


def test_we_make_orders_where_they_begin() -> None:
    assert wrong_keys(SCENARIO, '[crm.codes]\nnew = "sent"') == ["scenario.begin"]


def test_all_mistakes_are_told_at_once() -> None:
    wrong = SCENARIO.replace('next = ["sent"]', 'next = ["send"]')
    assert wrong_keys(wrong, '[crm.parcel_statuses]\nwaiting = "arrived"') == [
        "scenario.statuses.new.next",
        "crm.parcel_statuses.waiting",
    ]


def test_a_key_that_there_is_not() -> None:
    assert wrong_keys(SCENARIO.replace("[statuses.sent]", "[statuses.sent]\nnexts = []")) == [
        "scenario.statuses.sent.nexts"
    ]


def test_a_scenario_without_a_shop(tmp_path: Path) -> None:
    path = tmp_path / "another.toml"
    path.write_text(SCENARIO, "utf-8")
    assert scenario_of(path).begin == ("new",)
    path.write_text(SCENARIO.replace('["complete"]', '["comlete"]'), "utf-8")
    with pytest.raises(ConfigurationError, match="there is no status comlete"):
        scenario_of(path)
    path.write_text(SCENARIO.replace("begin =", "start ="), "utf-8")
    with pytest.raises(ConfigurationError, match=r"scenario\.begin: missing"):
        scenario_of(path)
