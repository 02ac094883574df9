import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib import shopfile
from chalicelib.bootstrap import texts_of
from chalicelib.checks.subscriptions.settings import Dated, TwilioBalance
from chalicelib.config_types import Duration
from chalicelib.errors import ConfigurationError
from chalicelib.events import ParcelStatus
from chalicelib.retention import Retention
from chalicelib.settings import Shop
from chalicelib.validation import retention_of, validate

SECRET = "top-secret-value"
ENVIRONMENT = {"CRM_KEY": SECRET, "MANGO_KEY": SECRET, "MANGO_SALT": SECRET, "TILDA_TOKEN": SECRET}
MINIMAL = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "https://tents.example/"
api_key = "env:CRM_KEY"

[sources.mango]
provider = "mango"
api_key = "env:MANGO_KEY"
api_salt = "env:MANGO_SALT"

[sources.tilda]
provider = "tilda"
token = "env:TILDA_TOKEN"

[[people]]
name = "Анна"
crm_user = 1
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shop_of(text: str, environment: dict[str, str] | None = None) -> Shop:
    Path("shop.toml").write_text(text, encoding="utf-8")
    return validate(shopfile.load(ENVIRONMENT if environment is None else environment))


def changed(old: str, new: str) -> str:
    assert MINIMAL.count(old) == 1, old
    return MINIMAL.replace(old, new)


def added(table: str, line: str) -> str:
    """The minimal file with one more line in a table, which it may not have yet."""
    return (
        changed(f"[{table}]", f"[{table}]\n{line}")
        if f"[{table}]" in MINIMAL
        else f"{MINIMAL}\n[{table}]\n{line}"
    )


def mistake(text: str, environment: dict[str, str] | None = None) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        shop_of(text, environment)
    assert SECRET not in str(caught.value)
    assert caught.value.fix
    return caught.value


# What is right


def test_the_example_is_right() -> None:
    shop = validate(shopfile.load({}))
    assert shop.shop.mode == "act"
    assert shop.shop.timezone == ZoneInfo("Asia/Tomsk")
    assert set(shop.sources) == {"mango", "tilda", "any-form", "cdek", "crm-main", "telegram"}
    assert [person.name for person in shop.people] == ["Анна Смирнова", "Иван Петров"]
    assert shop.crm.parcel_statuses[ParcelStatus.WAITING] == "arrived-in-pickup-point"
    assert shop.sms is not None
    assert shop.alerts.telegram is not None


def test_what_the_example_watches_is_answered_by_its_sandbox() -> None:
    shop = validate(shopfile.load({"SANDBOX_PORT": "18001"}))
    (crm,) = shop.endpoints
    domain, twilio = shop.subscriptions
    assert isinstance(domain, Dated)
    assert isinstance(twilio, TwilioBalance)
    assert (crm.url, twilio.api_url) == ("http://127.0.0.1:18001/", "http://127.0.0.1:18001")
    assert not shop.control_probe.urls


def test_a_small_file_is_right_and_the_rest_has_defaults() -> None:
    shop = shop_of(MINIMAL)
    assert shop.shop.mode == "observe"
    assert shop.shop.language == "ru"
    assert shop.crm.url == "https://tents.example"
    assert shop.crm.api_key.get_secret_value() == SECRET
    assert shop.crm.timezone == ZoneInfo("Europe/Moscow")
    assert shop.crm.search_lag == timedelta(seconds=60)
    assert shop.rules.call_back_within == timedelta(minutes=15)
    assert shop.sms is None
    assert shop.alerts.telegram is None


def test_secrets_are_not_shown_by_repr() -> None:
    assert SECRET not in repr(shop_of(MINIMAL).crm)
    assert SECRET not in repr(shop_of(MINIMAL).sources["mango"])
    assert SECRET not in repr(shop_of(MINIMAL).sources["tilda"])


def test_how_long_data_is_kept_can_be_told_without_any_secret() -> None:
    Path("shop.toml").write_text(added("retention", 'personal_data = "60d"'), encoding="utf-8")
    retention = retention_of(shopfile.load({}))
    assert retention == Retention(personal_data=timedelta(days=60), ids=timedelta(days=400))
    assert retention_of(shopfile.load({})) == shop_of(added("retention", 'personal_data = "60d"')).retention
    Path("shop.toml").write_text(added("retention", 'ids = "1d"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="retention: ids must not be shorter"):
        retention_of(shopfile.load({}))


def test_each_table_of_the_example_belongs_to_the_model() -> None:
    example = Path(shopfile.__file__).parent.parent / shopfile.EXAMPLE
    tables = set(tomllib.loads(example.read_text(encoding="utf-8")))
    assert tables <= set(Shop.model_fields) | {"demo"}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(hours=24)),
        ("30d", timedelta(days=30)),
        ("0s", timedelta()),
    ],
)
def test_durations_are_written_as_people_say_them(text: str, span: timedelta) -> None:
    assert shop_of(added("rules", f'known_caller = "{text}"')).rules.known_caller == span


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,25}[smhd]", fullmatch=True))
def test_any_text_is_a_duration_or_a_mistake(text: str) -> None:
    try:
        span = TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        return
    assert span >= timedelta()


# What is wrong


@pytest.mark.parametrize(
    ("table", "line", "key"),
    [
        ("shop", 'nmae = "x"', "shop.nmae"),
        ("crm", 'apikey = "x"', "crm.apikey"),
        ("crm.codes", 'mised_call_method = "x"', "crm.codes.mised_call_method"),
        ("rules", 'sms_vaild = "1h"', "rules.sms_vaild"),
        ("sources.tilda", "tokn = 'x'", "sources.tilda.tokn"),
        ("alerts.pigeon", "url = 'x'", "alerts.pigeon"),
        ("warehouse", "x = 1", "warehouse"),
    ],
)
def test_an_unknown_key_is_named_with_its_table(table: str, line: str, key: str) -> None:
    error = mistake(added(table, line))
    assert error.key == key
    assert error.fix == "Remove this key, or correct its spelling"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('name = "Тенты"\n', "shop.name"),
        ('timezone = "Asia/Tomsk"\n', "shop.timezone"),
        ('url = "https://tents.example/"\n', "crm.url"),
        ('api_key = "env:CRM_KEY"\n', "crm.api_key"),
        ('api_salt = "env:MANGO_SALT"\n', "sources.mango.api_salt"),
        ('provider = "mango"\n', "sources.mango.provider"),
        ('name = "Анна"\n', "people.0.name"),
    ],
)
def test_a_missing_key_is_named(line: str, key: str) -> None:
    assert mistake(changed(line, "")).key == key


def test_missing_tables_are_named() -> None:
    assert mistake("").key == "shop.name"
    assert mistake(MINIMAL[: MINIMAL.index("[[people]]")]).key == "people"


@pytest.mark.parametrize(
    ("table", "line", "key", "hint"),
    [
        ("crm", 'timezone = "Moscow"', "crm.timezone", "write it like Asia/Tomsk"),
        ("crm", 'timezone = ""', "crm.timezone", "write it like Asia/Tomsk"),
        ("crm", 'timezone = "../etc"', "crm.timezone", "write it like Asia/Tomsk"),
        ("sources.tilda", 'timezone = "Tomsk"', "sources.tilda.timezone", "write it like Asia/Tomsk"),
        ("crm", 'search_lag = "60"', "crm.search_lag", "write it like 90s"),
        ("crm", 'search_lag = "1 m"', "crm.search_lag", "write it like 90s"),
        ("crm", 'search_lag = "-1m"', "crm.search_lag", "write it like 90s"),
        ("crm", "search_lag = -60", "crm.search_lag", "greater"),
        ("crm", 'search_lag = "16m"', "crm.search_lag", "less than or equal to 15 minutes"),
        ("rules", 'known_caller = "99999999999999d"', "rules.known_caller", "too long"),
        ("rules", 'known_caller = ""', "rules.known_caller", "write it like 90s"),
        ("shop", 'mode = "dry-run"', "shop.mode", "'act' or 'observe'"),
        ("shop", 'language = "de"', "shop.language", "'ru' or 'en'"),
        ("sources.tilda", 'mode = "observ"', "sources.tilda.mode", "'act' or 'observe'"),
        ("rules", 'observe = ["call_missed"]', "rules.observe.0", "'call-missed'"),
        ("rules", 'act = ["parcels"]', "rules.act.0", "'parcel-moved'"),
        ("retention", 'personal_data = "29d"', "retention.personal_data", "at least 30d"),
        ("retention", 'personal_data = "3 months"', "retention.personal_data", "write it like 90s"),
        ("retention", 'ids = "89d"', "retention", "ids must not be shorter than personal_data"),
        ("retention", 'ids = "9999d"', "retention.ids", "less than or equal to 3650"),
        ("retention", 'logs = "30d"', "retention.logs", "no such key"),
        ("crm", "requests_per_second = 0", "crm.requests_per_second", "greater than 0"),
        ("crm", "requests_per_second = inf", "crm.requests_per_second", "finite"),
        ("crm", "reserved_per_second = 10", "crm", "leaves nothing"),
        ("crm", "requests_per_second = 2", "crm", "leaves nothing"),
        ("crm", 'kind = "bitrix"', "crm.kind", "'retailcrm'"),
        ("crm.parcel_statuses", 'arrived = "x"', "crm.parcel_statuses.arrived", "'waiting'"),
        ("crm.visitor_fields", 'click = "x"', "crm.visitor_fields.click", "'yclid'"),
        ("crm.visitor_fields", 'yclid = ""', "crm.visitor_fields.yclid", "at least 1 character"),
        ("messengers", 'window = "half an hour"', "messengers.window", "write it like 90s"),
        ("request_form", 'ask = ["colour"]', "request_form.ask.0", "'deadline'"),
        ("request_form", "times = 0", "request_form.times", "greater than or equal to 1"),
        ("request_form", 'sources = ["telegram"]', "request_form.sources", "no source telegram"),
        ("request_form", 'sources = ["tilda"]', "request_form.sources", "tilda cannot reply"),
        ("rules.sms", 'arrived = "x"', "rules.sms.arrived", "'waiting'"),
        ("sms", 'kind = "smsc"\naccount = "a"\ntoken = "env:CRM_KEY"\nsender = "c"', "sms", "'twilio' only"),
        ("sources.other", 'provider = "moon"', "sources.other.provider", "no provider 'moon'"),
        ("sources.other", 'provider = "../mango"', "sources.other.provider", "missing"),
        ("sources.other", "provider = 5", "sources.other.provider", "missing"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(table: str, line: str, key: str, hint: str) -> None:
    error = mistake(added(table, line))
    assert error.key == key
    assert hint in error.problem


@pytest.mark.parametrize("url", ["tents.example", "", "ftp://tents.example", "https://"])
def test_a_wrong_url_is_named(url: str) -> None:
    assert mistake(changed("https://tents.example/", url)).key == "crm.url"


def test_wrong_hours_are_named_with_the_right_form() -> None:
    error = mistake(MINIMAL + 'hours = "9-18"\n')
    assert error.key == "people.0.hours"
    assert "Mon-Fri 09:00-20:00" in error.problem


def test_nobody_who_could_take_a_task_is_named() -> None:
    error = mistake(changed("crm_user = 1\n", ""))
    assert error.key == "people"
    assert "crm_user" in error.fix


@pytest.mark.parametrize("secret", ["5", f'["{SECRET}", 5]', f'{{ inner = "{SECRET}" }}', "[]"])
@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('token = "env:TILDA_TOKEN"', "sources.tilda.token"),
        ('api_salt = "env:MANGO_SALT"', "sources.mango.api_salt"),
        ('api_key = "env:CRM_KEY"', "crm.api_key"),
    ],
)
def test_a_secret_of_the_wrong_kind_is_named_and_not_repeated(line: str, key: str, secret: str) -> None:
    error = mistake(changed(line, f"{line.partition(' ')[0]} = {secret}"))
    assert error.key.startswith(key)


def test_secrets_that_are_not_set_are_named_all_together() -> None:
    error = mistake(MINIMAL, {"CRM_KEY": SECRET, "MANGO_KEY": SECRET})
    assert error.key == "MANGO_SALT, TILDA_TOKEN"
    assert "not set" in error.problem
    assert "shop.toml" in error.fix


# Messages

SMS = """
[sms]
account = "AC1"
token = "env:CRM_KEY"
sender = "Shop"
"""


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('[messages.order_statuses]\nprepayed = "promotion"', "messages.order_statuses.prepayed"),
        ('[messages.pickup_reminders]\n5d = "birthday"', "messages.pickup_reminders.5d"),
        ('[messages.pickup_reminders]\n6d = "pickup_reminder"', "messages.pickup_reminders.6d"),
        ('[rules.sms]\ndelivered = "bonus_expiry"', "rules.sms.delivered"),
        ('[messages.tracking]\ncdek = "https://cdek.example/"', "messages.tracking.cdek"),
        ("[messages]\nmax_segments = 0", "messages.max_segments"),
        ('[messages.not_for]\narrived = "cdek"', "messages.not_for.arrived"),
    ],
)
def test_a_mistake_about_messages_is_named(table: str, key: str) -> None:
    assert mistake(f"{MINIMAL}{SMS}{table}\n").key == key


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('[messages.order_statuses]\nprepayed = "acepted"', "messages.order_statuses.prepayed"),
        ('[messages]\nurgent = ["acepted"]', "messages.urgent"),
        ('[messages.not_for]\nacepted = ["cdek"]', "messages.not_for"),
    ],
)
def test_a_text_that_is_not_there_is_named(table: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        texts_of(shop_of(f"{MINIMAL}{SMS}{table}\n"))
    assert caught.value.key == key


def test_messages_need_a_gateway() -> None:
    assert mistake(f'{MINIMAL}[messages.order_statuses]\nprepayed = "order_accepted"\n').key == "sms"


def test_a_folder_beside_the_shop_file_holds_its_own_texts() -> None:
    folder = Path("texts/ru/sms")
    folder.mkdir(parents=True)
    (folder / "moved.txt").write_text("{{ shop }} переехали", encoding="utf-8")
    texts = texts_of(shop_of(f'{MINIMAL}{SMS}[messages.order_statuses]\nprepayed = "moved"\n'))
    assert texts.render("sms/moved", shop="Тенты") == "Тенты переехали"
    assert "sms/arrived" in texts.names()


def test_a_parcel_in_the_city_is_in_transit_unless_the_shop_tells_them_apart() -> None:
    shop = shop_of(added("crm.parcel_statuses", 'in_transit = "delivering"'))
    assert shop.order_status_for(ParcelStatus.IN_CITY) == "delivering"
    shop = shop_of(added("crm.parcel_statuses", 'in_transit = "delivering"\nin_city = "redirect"'))
    assert shop.order_status_for(ParcelStatus.IN_CITY) == "redirect"
    assert shop.order_status_for(ParcelStatus.WAITING) is None


def test_where_a_parcel_can_be_followed() -> None:
    own = '[messages.tracking]\nown-courier = "https://own.example/{track_number}"\n'
    messages = shop_of(MINIMAL + own).messages
    assert messages.tracking_link(("x", "cdek"), "12") == "https://www.cdek.ru/ru/tracking?order_id=12"
    assert messages.tracking_link(("own-courier", "cdek"), "12") == "https://own.example/12"
    assert messages.tracking_link(("x",), "12") == messages.tracking_link(("cdek",), "") == ""


# The example at a real CRM

REAL_CRM = {"RETAILCRM_URL": "https://real.example", "RETAILCRM_API_KEY": SECRET}
OWN_SECRETS = {
    "TWILIO_URL": "https://api.twilio.com",
    "TWILIO_ACCOUNT": "AC1",
    "TWILIO_TOKEN": SECRET,
    "TELEGRAM_URL": "https://api.telegram.org",
    "TELEGRAM_TOKEN": SECRET,
    "TELEGRAM_SECRET": SECRET,
    "TELEGRAM_BOT_TOKEN": SECRET,
    "MANGO_API_KEY": SECRET,
    "MANGO_API_SALT": SECRET,
    "TILDA_TOKEN": SECRET,
    "ANY_FORM_TOKEN": SECRET,
    "CDEK_TOKEN": SECRET,
    "CRM_HOOK_TOKEN": SECRET,
}


def test_demo_secrets_must_not_meet_a_real_crm() -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate(shopfile.load(REAL_CRM))
    named = caught.value.key.split(", ")
    assert sorted(named) == sorted(OWN_SECRETS)
    assert "RETAILCRM_API_KEY" not in named
    assert SECRET not in str(caught.value)
    assert "demo-salt" not in str(caught.value)


@pytest.mark.parametrize("forgotten", sorted(OWN_SECRETS))
def test_each_demo_secret_alone_must_not_meet_a_real_crm(forgotten: str) -> None:
    rest = {name: value for name, value in OWN_SECRETS.items() if name != forgotten}
    with pytest.raises(ConfigurationError) as caught:
        validate(shopfile.load({**REAL_CRM, **rest}))
    assert caught.value.key == forgotten


def test_with_secrets_of_ones_own_the_example_observes_a_real_crm_until_it_may_act() -> None:
    environment = {**REAL_CRM, **OWN_SECRETS}
    shop = validate(shopfile.load(environment))
    assert shop.shop.mode == "observe"
    assert shop.crm.url == "https://real.example"
    assert shop.crm.api_key.get_secret_value() == SECRET
    assert all(shop.observes(source, rule) for source in shop.sources for rule in RULES)
    assert validate(shopfile.load({**environment, "LEADKEEPER_MODE": "act"})).shop.mode == "act"


def test_a_mode_of_the_environment_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match=r"shop\.mode"):
        validate(shopfile.load({"LEADKEEPER_MODE": "dry-run"}))


# Which mode wins

RULES = ("call-missed", "lead-submitted", "parcel-moved")


@pytest.mark.parametrize("shop_mode", ["act", "observe"])
@pytest.mark.parametrize("source_mode", [None, "act", "observe"])
@pytest.mark.parametrize("rule_mode", [None, "act", "observe"])
def test_source_and_rule_win_over_the_shop_and_observing_wins_over_acting(
    shop_mode: str, source_mode: str | None, rule_mode: str | None
) -> None:
    text = added("shop", f'mode = "{shop_mode}"')
    if source_mode:
        text = text.replace("[sources.mango]", f'[sources.mango]\nmode = "{source_mode}"')
    if rule_mode:
        text += f'\n[rules]\n{rule_mode} = ["call-missed"]\n'
    shop = shop_of(text)
    modes = {mode for mode in (source_mode, rule_mode) if mode} or {shop_mode}
    expected = "observe" in modes
    assert shop.observes("mango", "call-missed") is expected
    assert shop.observes("tilda", "lead-submitted") is (shop_mode == "observe")


def test_a_rule_that_should_both_act_and_observe_observes() -> None:
    shop = shop_of(MINIMAL + '\n[rules]\nact = ["call-missed"]\nobserve = ["call-missed"]\n')
    assert shop.observes("mango", "call-missed")


def test_an_unknown_source_follows_the_shop() -> None:
    assert shop_of(MINIMAL).observes("gone", "call-missed")
    assert not shop_of(added("shop", 'mode = "act"')).observes("gone", "call-missed")


def test_a_source_has_its_own_zone_or_the_shops() -> None:
    shop = shop_of(added("sources.mango", 'timezone = "Europe/Moscow"'))
    assert shop.zone_of("mango") == ZoneInfo("Europe/Moscow")
    assert shop.zone_of("tilda") == ZoneInfo("Asia/Tomsk")
    assert shop.zone_of("gone") == ZoneInfo("Asia/Tomsk")


def test_two_secrets_are_valid_while_one_is_replaced() -> None:
    shop: Any = shop_of(changed('token = "env:TILDA_TOKEN"', 'token = ["env:TILDA_TOKEN", "env:CRM_KEY"]'))
    assert shop.sources["tilda"].token == (SECRET, SECRET)


def test_each_mistake_is_named_at_once() -> None:
    text = MINIMAL.replace("Asia/Tomsk", "Tomsk").replace("crm_user = 1", 'crm_user = "x"')
    error = mistake(text + '\n[sources."a b/c"]\nprovider = "moon"\n')
    assert {error.key, *(line.partition(":")[0] for line in str(error).splitlines())} == {
        "sources.a b/c.provider",
        "shop.timezone",
        "people.0.crm_user",
    }


def test_a_secret_in_the_file_is_refused() -> None:
    assert mistake(changed('"env:TILDA_TOKEN"', '"abc"')).key == "sources.tilda.token"


@pytest.mark.parametrize("secret", ["demo-token", "demo-key", "demo-salt", "sandbox"])
def test_a_published_secret_is_refused_at_a_real_crm_whoever_sets_it(secret: str) -> None:
    assert mistake(MINIMAL, {**ENVIRONMENT, "TILDA_TOKEN": secret}).key == "TILDA_TOKEN"


def test_the_key_does_not_travel_unencrypted() -> None:
    assert mistake(changed("https://tents.example/", "http://tents.example/")).key == "crm.url"


def test_a_source_has_a_name_that_fits_into_a_url() -> None:
    assert mistake(MINIMAL.replace("[sources.tilda]", '[sources."@leadkeeper"]')).key == "sources.@leadkeeper"


def test_a_shop_without_gateway_sends_nothing_unless_it_asks_for_it() -> None:
    assert shop_of(MINIMAL).sms_templates == {}
    assert mistake(MINIMAL + '\n[rules.sms]\nwaiting = "arrived"\n').key == "sms"


def test_ladders_hours_and_codes_have_sensible_defaults() -> None:
    shop = shop_of(MINIMAL)
    assert [step.days for step in shop.ladders.stalled_pickup] == [5, 10]
    assert (shop.unprocessed_statuses, shop.pickup_status) == (frozenset({"new"}), "")
    assert str(shop.shop.hours) == "Mon-Sun 09:00-20:00"


def test_a_boss_must_be_somebody_who_can_take_a_task() -> None:
    assert mistake(MINIMAL.replace("crm_user = 1", 'crm_user = 1\nboss = "Пётр"')).key == "people.0.boss"


def test_a_ladder_that_does_not_rise_is_named() -> None:
    error = mistake(MINIMAL + '\n[ladders.couriers]\ncdek = ["4d", "36h"]\n')
    assert error.key == "ladders.couriers.cdek"
