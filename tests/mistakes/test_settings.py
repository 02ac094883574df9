from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib import shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.settings import Shop
from chalicelib.validation import validate

SCENARIO = """
begin = ["new"]
[statuses.new]
requires = ["phone", "field:color"]
"""


def shop_with(folder: Path, scenario: str) -> Shop:
    """The example shop without what it says of statuses that this scenario does not have."""
    (folder / "scenario.toml").write_text(scenario)
    file = shopfile.load({})
    crm = {key: value for key, value in file.content["crm"].items() if key != "parcel_statuses"}
    # It names no other statuses than the scenario has.
    content = {**file.content, "crm": crm, "messages": {}}
    return validate(replace(file, path=folder / "shop.toml", content=content))


def test_rules_and_their_parameters_are_read(tmp_path: Path) -> None:
    shop = shop_with(tmp_path, f'{SCENARIO}\n[rules]\nprepayment = 50\nreason_field = "why"')
    assert shop.scenario is not None
    assert shop.scenario.statuses["new"].requires == ("phone", "field:color")
    assert shop.scenario.rules.prepayment == 50


@pytest.mark.parametrize(
    ("scenario", "key", "words"),
    [
        (
            SCENARIO.replace("phone", "phnoe"),
            "statuses.new.requires.0",
            "no rule 'phnoe'; write one",
        ),
        (SCENARIO.replace("field:color", "field:"), "statuses.new.requires.1", "there is no rule 'field:'"),
        (f"{SCENARIO}\n[rules]\nprepayment = 0", "rules.prepayment", "greater than or equal to 1"),
        (f"{SCENARIO}\n[rules]\npickup = 1", "rules.pickup", "there is no such key"),
        (f'{SCENARIO}\n[[rules.made_to_order]]\nbegins = ["a"]', "rules.made_to_order.0.options", "missing"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_key(
    tmp_path: Path, scenario: str, key: str, words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        shop_with(tmp_path, scenario)
    assert key in caught.value.key
    assert words in str(caught.value)
