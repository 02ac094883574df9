from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import secrets, shopfile
from chalicelib.errors import ConfigurationError
from chalicelib.gate.provider import Source

OWN = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "https://tents.example"
api_key = "env:CRM_KEY"

[sources.mango]
provider = "mango"
api_key = ["env:MANGO_KEY", "env:MANGO_OLD_KEY"]
api_salt = "env:MANGO_SALT"

[[people]]
name = "Анна"
crm_user = 1
"""
SECRETS = {"CRM_KEY": "k1", "MANGO_KEY": "k2", "MANGO_OLD_KEY": "k3", "MANGO_SALT": "s"}
REAL_CRM = {"RETAILCRM_URL": "https://real.example", "RETAILCRM_API_KEY": "real-key"}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "shop.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_shop_file_the_example_serves_with_its_demo_secrets() -> None:
    file = shopfile.load({})
    assert file.path.name == "shop.example.toml"
    assert file.content["crm"]["url"] == "http://127.0.0.1:8001"
    assert file.content["crm"]["api_key"] == "sandbox"
    assert file.content["shop"]["mode"] == "act"
    assert file.is_sandbox
    assert file.missing == ()
    assert "MANGO_API_SALT" in file.published
    assert "demo" not in file.content


def test_a_shop_file_in_the_working_folder_wins_over_the_example() -> None:
    write(OWN)
    file = shopfile.load(SECRETS)
    assert file.path == Path("shop.toml")
    assert file.content["shop"]["name"] == "Тенты"
    assert not file.demo
    assert not file.is_sandbox


def test_a_named_shop_file_wins_over_all_others() -> None:
    write(OWN)
    other = write(OWN.replace("Тенты", "Чехлы"), "other.toml")
    file = shopfile.load({**SECRETS, "LEADKEEPER_SHOP": str(other)})
    assert file.content["shop"]["name"] == "Чехлы"


def test_a_named_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        shopfile.load({"LEADKEEPER_SHOP": "nowhere.toml"})
    assert caught.value.key == "LEADKEEPER_SHOP"
    assert "nowhere.toml" in caught.value.problem


@pytest.mark.parametrize("text", ["[shop", "[shop]\nname =", 'name = "a\nb"', "[shop]\n[shop]"])
def test_a_file_that_is_not_toml_is_named_with_its_line(text: str) -> None:
    write(text)
    with pytest.raises(ConfigurationError) as caught:
        shopfile.load({})
    assert caught.value.key == "shop.toml"
    assert "not valid TOML" in caught.value.problem
    assert "line" in caught.value.problem or "end of document" in caught.value.problem


def test_a_broken_line_with_a_secret_is_not_repeated() -> None:
    write('[crm]\napi_key = "top-secret" "oops"')
    with pytest.raises(ConfigurationError) as caught:
        shopfile.load({})
    assert "top-secret" not in str(caught.value)


def test_a_file_in_another_encoding_is_named() -> None:
    Path("shop.toml").write_bytes(OWN.encode("cp1251"))
    with pytest.raises(ConfigurationError) as caught:
        shopfile.load(SECRETS)
    assert caught.value.key == "shop.toml"
    assert "UTF-8" in caught.value.problem


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('shop = "tents"', "shop"),
        ("crm = 5", "crm"),
        ("[[crm]]", "crm"),
        ('[[sources]]\nprovider = "mango"', "sources"),
        ('[sources]\nmango = "mango"', "sources.mango"),
        ("[[sources.mango]]", "sources.mango"),
        ("demo = true", "demo"),
    ],
)
@pytest.mark.parametrize("environment", [{}, REAL_CRM, {"LEADKEEPER_MODE": "act"}])
def test_what_should_be_a_table_and_is_none_is_named(
    text: str, key: str, environment: dict[str, str]
) -> None:
    write(text)
    with pytest.raises(ConfigurationError) as caught:
        shopfile.load(environment)
    assert caught.value.key == key
    assert f"[{key}]" in caught.value.fix


# Secrets


def test_references_are_replaced_also_inside_lists() -> None:
    write(OWN)
    file = shopfile.load(SECRETS)
    assert file.content["crm"]["api_key"] == "k1"
    assert file.sources() == {
        "mango": Source("mango", "mango", {"provider": "mango", "api_key": ["k2", "k3"], "api_salt": "s"})
    }


def test_a_source_that_is_asked_has_no_place_at_the_gate() -> None:
    write(OWN + '[sources.mts]\nprovider = "mts"\ntoken = "env:MTS_TOKEN"\n')
    file = shopfile.load({**SECRETS, "MTS_TOKEN": "t"})
    assert list(file.sources()) == ["mango"]
    assert file.at_the_gate == ("MANGO_KEY", "MANGO_OLD_KEY", "MANGO_SALT")
    assert "MTS_TOKEN" in file.references["sources"]


def test_each_variable_that_is_not_set_is_told_once() -> None:
    write(OWN + '[sources.mts]\nprovider = "mts"\ntoken = "env:MANGO_KEY"\n')
    assert shopfile.load({"CRM_KEY": "k1", "MANGO_KEY": ""}).missing == (
        "MANGO_KEY",
        "MANGO_OLD_KEY",
        "MANGO_SALT",
    )


def test_the_environment_wins_over_the_demo_secrets() -> None:
    file = shopfile.load({"TILDA_TOKEN": "own"})
    assert file.content["sources"]["tilda"]["token"] == "own"
    assert "TILDA_TOKEN" not in file.published


def test_a_demo_secret_that_is_set_in_the_environment_is_still_a_demo_secret() -> None:
    assert "TILDA_TOKEN" in shopfile.load({"TILDA_TOKEN": "demo-token"}).published


nested = st.recursive(
    st.text(max_size=8) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(nested)
def test_what_holds_no_reference_stays_as_it_is(value: object) -> None:
    assert secrets.resolved(value, {}) == value
    assert secrets.names_in(value) == []


@given(st.lists(st.sampled_from(["A", "B", "C"]), max_size=5))
def test_all_references_are_found_and_replaced(names: list[str]) -> None:
    value = {"deep": [{"er": f"env:{name}"} for name in names]}
    assert secrets.names_in(value) == names
    assert secrets.resolved(value, {"A": "1", "B": "2"}) == {
        "deep": [{"er": {"A": "1", "B": "2", "C": ""}[name]} for name in names]
    }


# What the environment changes


def test_the_environment_leads_to_a_real_crm() -> None:
    file = shopfile.load(REAL_CRM)
    assert file.content["crm"]["url"] == "https://real.example"
    assert file.content["crm"]["api_key"] == "real-key"
    assert not file.is_sandbox


def test_the_example_at_a_real_crm_only_observes_until_it_is_told_to_act() -> None:
    assert shopfile.load(REAL_CRM).content["shop"]["mode"] == "observe"
    assert shopfile.load({**REAL_CRM, "LEADKEEPER_MODE": "act"}).content["shop"]["mode"] == "act"


@pytest.mark.parametrize(
    "environment",
    [
        {"RETAILCRM_URL": "https://real.example"},
        {"RETAILCRM_API_KEY": "real-key"},
        {"RETAILCRM_URL": "http://127.0.0.1.example.com:8001"},
        {"RETAILCRM_URL": "https://user@real.example/127.0.0.1"},
    ],
)
def test_half_a_real_crm_is_no_sandbox(environment: dict[str, str]) -> None:
    file = shopfile.load(environment)
    assert not file.is_sandbox
    assert file.content["shop"]["mode"] == "observe"


@pytest.mark.parametrize("url", ["http://localhost:9", "http://127.0.0.1", "http://[::1]:8001"])
def test_a_crm_on_this_machine_with_the_demo_key_is_a_sandbox(url: str) -> None:
    assert shopfile.load({"RETAILCRM_URL": url}).is_sandbox


def test_a_file_of_ones_own_keeps_its_mode_at_a_real_crm() -> None:
    write(OWN.replace('name = "Тенты"', 'name = "Тенты"\nmode = "act"'))
    assert shopfile.load(SECRETS).content["shop"]["mode"] == "act"
    assert shopfile.load({**SECRETS, "LEADKEEPER_MODE": "observe"}).content["shop"]["mode"] == "observe"


def test_the_sandbox_can_have_another_port() -> None:
    file = shopfile.load({"SANDBOX_PORT": "9555"})
    urls = [
        file.content["crm"]["url"],
        file.content["sms"]["twilio"]["url"],
        file.content["alerts"]["telegram"]["url"],
    ]
    assert urls == ["http://127.0.0.1:9555"] * 3
    assert file.is_sandbox
    assert "RETAILCRM_URL" in file.published


def test_the_file_is_read_from_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADKEEPER_SHOP", str(write(OWN, "mine.toml")))
    assert shopfile.load().path == Path("mine.toml")
