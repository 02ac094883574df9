from pathlib import Path
from typing import get_args

import pytest

from chalicelib import shopfile
from chalicelib.crm.settings import Codes, VisitorField
from chalicelib.crm.setup.names import METHODS, VISITOR_FIELDS
from chalicelib.crm.setup.needs import NeededField, NeededStatus, Wanted
from chalicelib.crm.setup.wanted import wanted
from chalicelib.validation import validate

SHOP = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"
site = "tents"

[crm]
url = "http://127.0.0.1:8001"
api_key = "sandbox"

[[people]]
name = "Анна"
crm_user = 1
extension = "101"

[[people]]
name = "Дежурный телефон"
extension = "102"
"""
SCENARIO = """
begin = ["new"]

[statuses.new]
next = ["cutting"]

[statuses.cutting]
name = "Раскрой"
group = "assembling"
requires = ["field:color", "phone"]

[rules]
reason_field = "why"
pickup_deliveries = ["self-delivery"]
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def wanted_of(tables: str = "", scenario: str = "") -> Wanted:
    Path("shop.toml").write_text(SHOP + tables, encoding="utf-8")
    if scenario:
        Path("scenario.toml").write_text(scenario, encoding="utf-8")
    return wanted(validate(shopfile.load({})))


def test_the_least_that_each_shop_needs() -> None:
    found = wanted_of()
    assert [(status.code, status.keys, status.group) for status in found.statuses] == [
        ("new", ("crm.codes.new",), "")
    ]
    assert [method.code for method in found.methods] == [
        "missed-call",
        "landing-page",
        "messenger",
        "e-mail",
    ]
    assert (found.site, found.timezone, found.extensions) == ("tents", "Europe/Moscow", None)
    assert {need.code for need in found.groups} == {"complete", "cancel"}
    assert [(user.id, user.name) for user in found.users] == [(1, "Анна")]
    assert {"order_write", "task_write", "user_read"} <= found.scopes.keys()
    assert not {"file_write", "store_write", "telephony_write"} & found.scopes.keys()
    assert (found.fields, found.stores, found.delivery_types) == ((), (), ())


def test_the_scenario_tells_name_and_group_of_statuses_and_which_fields_they_need() -> None:
    found = wanted_of(scenario=SCENARIO)
    assert found.statuses == (
        NeededStatus(code="new", keys=("scenario.toml: statuses.new", "crm.codes.new"), name="new"),
        NeededStatus(
            code="cutting", keys=("scenario.toml: statuses.cutting",), name="Раскрой", group="assembling"
        ),
    )
    assert found.fields == (
        NeededField(code="why", keys=("scenario.toml: rules.reason_field",)),
        NeededField(code="color", keys=("scenario.toml: statuses.cutting.requires",)),
    )
    assert [need.keys for need in found.delivery_types] == [("scenario.toml: rules.pickup_deliveries",)]
    assert "assembling" in {need.code for need in found.groups}


def test_each_table_that_names_a_status() -> None:
    found = wanted_of(
        """
[crm.codes]
new = "begin"
unprocessed = ["begin", "waits"]

[crm.parcel_statuses]
waiting = "at-pickup"

[messages.order_statuses]
at-pickup = "arrived"

[sms.smsru]
api_id = "sandbox"
"""
    )
    assert {status.code: status.keys for status in found.statuses} == {
        "begin": ("crm.codes.new", "crm.codes.unprocessed"),
        "waits": ("crm.codes.unprocessed",),
        "at-pickup": ("crm.parcel_statuses.waiting", "messages.order_statuses.at-pickup"),
    }


def test_fields_stores_ways_of_delivery_telephony_and_what_they_need() -> None:
    found = wanted_of(
        """
[crm.visitor_fields]
landing_page = "entry"
yclid = "click"

[[stock.stores]]
code = "moscow"

[telephony]
calls = "module"

[messengers]
files = true

[sources.boxberry]
provider = "boxberry"
token = "t"
delivery_types = ["boxberry", "box-post"]

[sources.dpd]
provider = "dpd"
client_number = "1"
client_key = "k"
pickup_delivery_types = ["dpd-pickup"]
"""
    )
    assert [(field.code, field.name, field.types[0]) for field in found.fields] == [
        ("entry", "Страница входа", "text"),
        ("click", "Клик в Яндекс Директе", "string"),
    ]
    assert [store.code for store in found.stores] == ["moscow"]
    assert {need.code: need.keys for need in found.delivery_types} == {
        "box-post": ("sources.boxberry.delivery_types",),
        "boxberry": ("sources.boxberry.delivery_types",),
        "dpd-pickup": ("sources.dpd.pickup_delivery_types",),
    }
    assert found.extensions == {"101": 1}
    assert {"telephony_write", "file_write", "store_read", "store_write"} <= found.scopes.keys()


def test_what_production_needs() -> None:
    found = wanted_of(
        """
[production]
question_field = "asked"
answer_field = "answered"
promised_field = "promised"
question_status = "question"
ready_status = "ready"
making = ["sewing"]
next_status = "packed"
"""
    )
    assert [(field.code, field.name, field.types[0], field.keys) for field in found.fields] == [
        ("asked", "Вопрос производства", "text", ("production.question_field",)),
        ("answered", "Ответ производству", "text", ("production.answer_field",)),
        ("promised", "Будет готово", "date", ("production.promised_field",)),
    ]
    assert {status.code: status.keys for status in found.statuses} == {
        "new": ("crm.codes.new",),
        "question": ("production.question_status",),
        "ready": ("production.ready_status",),
        "packed": ("production.next_status",),
        "sewing": ("production.making",),
    }


def test_what_profit_counts_must_be_there() -> None:
    found = wanted_of("[profit]\nreturned = ['came-back']")
    assert {status.code: status.keys for status in found.statuses} == {
        "new": ("crm.codes.new",),
        "complete": ("profit.sold",),
        "came-back": ("profit.returned",),
    }


def test_each_code_of_a_method_and_each_visitor_field_has_a_name() -> None:
    assert {name for name in Codes.model_fields if name.endswith("_method")} == METHODS.keys()
    assert set(get_args(VisitorField)) == VISITOR_FIELDS.keys()
    for names in (*METHODS.values(), *VISITOR_FIELDS.values()):
        assert names.keys() == {"ru", "en"}
