"""``leadkeeper crm setup`` and ``crm check`` against the sandbox, while people work there."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap
from chalicelib.crm.retailcrm.account import RetailCrmAccount
from chalicelib.crm.retailcrm.client import RetailCrmClient
from chalicelib.settings import Shop
from standalone import try_out
from standalone.cli import main
from tests.crm.shop import URL, CrmShop

SHOP = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"
site = "tents"
mode = "act"

[crm]
url = "http://127.0.0.1:8001"
api_key = "env:CRM_KEY"

[crm.codes]
mail_method = "letter"

[crm.visitor_fields]
yclid = "click"
landing_page = "entry"

[telephony]
calls = "module"

[[people]]
name = "Анна"
crm_user = 1
extension = "101"
"""
SCENARIO = """
begin = ["new"]

[statuses.new]
next = ["cutting"]

[statuses.cutting]
name = "Раскрой"
group = "assembling"
next = ["sewing"]

[statuses.sewing]
name = "Пошив"
group = "assembling"
next = ["complete"]

[statuses.complete]
"""
WRITES = 6
"""Two statuses, a method, two fields, telephony."""


class Killed(BaseException):
    """As ``kill -9``: nothing catches it."""


class DiesAfter(httpx.BaseTransport):
    """Carries out so many writes, and the process is gone."""

    def __init__(self, inner: httpx.BaseTransport, writes: int) -> None:
        self._inner = inner
        self._left = writes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        self._left -= request.method == "POST"
        if request.method == "POST" and self._left == 0:
            raise Killed
        return answer


@pytest.fixture(autouse=True)
def _shop_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_KEY", "sandbox")
    Path("shop.toml").write_text(SHOP, encoding="utf-8")
    Path("scenario.toml").write_text(SCENARIO, encoding="utf-8")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> CrmShop:
    shop = CrmShop()
    reach(monkeypatch, shop, shop.wire)
    return shop


def reach(monkeypatch: pytest.MonkeyPatch, shop: CrmShop, transport: httpx.BaseTransport) -> None:
    def crm_account_of(settings: Shop, logo: str = "", *, alone: bool = False) -> RetailCrmAccount:
        del alone
        key = settings.crm.api_key.get_secret_value()
        client = RetailCrmClient(URL, key, shop.pace(), transport, shop.sleep)
        return RetailCrmAccount(client, URL, logo)

    monkeypatch.setattr(bootstrap, "crm_account_of", crm_account_of)


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ["crm", *arguments], input=answer)


def writes(shop: CrmShop) -> int:
    return sum(request.method == "POST" for request in shop.wire.requests)


def made(shop: CrmShop) -> object:
    """What is in the account besides what it began with, in no order and without our own ids."""
    state = shop.sandbox.state()
    entries = [
        json.dumps([each["dictionary"], each["entry"]], sort_keys=True) for each in state["dictionaries"]
    ]
    return sorted(entries), [module["integrations"] for module in state["modules"]]


def a_person(shop: CrmShop, path: str, field: str, **fields: object) -> None:
    shop._write(path, {field: json.dumps(fields)})  # noqa: SLF001 -- as a person in the CRM's pages


def test_it_says_what_it_will_do_asks_does_it_and_the_second_time_writes_nothing(shop: CrmShop) -> None:
    first = run("setup", answer="y\n")
    assert first.exit_code == 0, first.output
    before_the_question, _, then = first.output.partition("Make these 6? [y/N]:")
    for line in (
        "order method letter: “Письмо”",
        "status cutting: “Раскрой”, in the group assembling",
        "order field click: “Клик в Яндекс Директе”, of the type string",
        "order field entry: “Страница входа”, of the type text",
        "telephony: 101 for user 1",
    ):
        assert line in before_the_question
        assert f"{line}: made" in then
    assert "6 of 6 are in the CRM now." in then
    assert writes(shop) == WRITES

    second = run("setup")
    assert (second.exit_code, writes(shop)) == (0, WRITES)
    assert "Nothing to change." in second.output
    checked = run("check")
    assert (checked.exit_code, writes(shop)) == (0, WRITES)
    assert "all that this shop needs" in checked.output


def test_check_and_a_dry_run_write_nothing(shop: CrmShop) -> None:
    assert run("check").exit_code == 1
    dry = run("setup", "--dry-run")
    assert dry.exit_code == 0
    assert "order field click" in dry.output
    assert writes(shop) == 0


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_who_says_no_changes_nothing(shop: CrmShop, answer: str) -> None:
    result = run("setup", answer=answer)
    assert result.exit_code == 1
    assert "Nothing was changed." in result.output
    assert writes(shop) == 0


def test_a_shop_that_observes_is_told_that_this_writes(shop: CrmShop) -> None:
    Path("shop.toml").write_text(SHOP.replace('"act"', '"observe"'), encoding="utf-8")
    result = run("setup", "--yes")
    assert "The shop observes" in result.output
    assert writes(shop) == WRITES


@pytest.mark.parametrize("survived", range(1, WRITES + 1))
def test_killed_after_any_write_the_next_run_comes_to_the_same_end(
    monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    whole = CrmShop()
    reach(monkeypatch, whole, whole.wire)
    run("setup", "--yes")
    shop = CrmShop()
    reach(monkeypatch, shop, DiesAfter(shop.wire, survived))
    with pytest.raises(Killed):
        CliRunner().invoke(main, ["crm", "setup", "--yes"])
    assert writes(shop) == survived
    reach(monkeypatch, shop, shop.wire)
    assert run("setup", "--yes").exit_code == 0
    assert made(shop) == made(whole)
    assert writes(shop) == WRITES
    assert run("check").exit_code == 0


def test_two_runs_at_once_come_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other run does its whole work between our question and our first write."""
    whole = CrmShop()
    reach(monkeypatch, whole, whole.wire)
    run("setup", "--yes")
    shop = CrmShop()
    reach(monkeypatch, shop, shop.wire)
    monkeypatch.setattr("click.confirm", _yes_after(lambda: run("setup", "--yes")))
    result = run("setup")
    assert result.exit_code == 0
    assert result.output.count("somebody made it meanwhile") == WRITES
    assert (made(shop), writes(shop)) == (made(whole), WRITES)


def test_what_people_made_while_we_waited_for_an_answer_stays_as_they_made_it(
    monkeypatch: pytest.MonkeyPatch, shop: CrmShop
) -> None:
    theirs = {"name": "Крой", "group": "approval", "ordering": 5}
    edit = "reference/statuses/cutting/edit"
    monkeypatch.setattr("click.confirm", _yes_after(lambda: a_person(shop, edit, "status", **theirs)))
    result = run("setup")
    assert "in the group assembling: somebody made it meanwhile" in result.output
    entries = {change["entry"]["code"]: change["entry"] for change in shop.sandbox.state()["dictionaries"]}
    assert entries["cutting"] == {"code": "cutting", "active": True, **theirs}
    assert "status cutting is in the group approval" in run("check").output


def test_what_people_renamed_regrouped_and_switched_off_is_left_alone(shop: CrmShop) -> None:
    run("setup", "--yes")
    a_person(shop, "reference/statuses/cutting/edit", "status", name="Крой", group="approval")
    a_person(shop, "reference/statuses/sewing/edit", "status", active=False)
    a_person(shop, "reference/order-methods/letter/edit", "orderMethod", name="Почта", active=False)
    a_person(shop, "custom-fields/order/click/edit", "customField", name="Клик")
    a_person(shop, "integration-modules/leadkeeper/edit", "integrationModule", active=False)
    before = made(shop)
    result = run("setup", "--yes")
    assert (made(shop), writes(shop)) == (before, WRITES)
    assert "Nothing to change." in result.output
    assert "status sewing (scenario.toml: statuses.sewing) is switched off" in result.output
    assert "our telephony is switched off" in result.output
    assert run("check").exit_code == 1


def test_new_extensions_are_registered(shop: CrmShop) -> None:
    run("setup", "--yes")
    assert writes(shop) == WRITES
    Path("shop.toml").write_text(SHOP.replace('"101"', '"105"'), encoding="utf-8")
    assert (
        "telephony, with its extensions as they are now: 105 for user 1: made" in run("setup", "--yes").output
    )
    assert run("setup").output.count("Nothing to change.") == 1


def test_a_key_that_may_not_write_everything_writes_what_it_may_and_names_the_rest(shop: CrmShop) -> None:
    shop.sandbox.configure({"missing_scopes": ["reference_write", "file_read"]})
    result = run("setup", "--yes")
    assert result.exit_code == 0
    assert "missing in the CRM: status cutting" in result.output
    assert "reference_write" in result.output
    assert "file_read" not in result.output
    assert "3 of 3 are in the CRM now. Left for a person: 3." in result.output
    assert writes(shop) == WRITES - 3


def test_a_key_that_may_not_look_says_which_right_it_lacks(shop: CrmShop) -> None:
    shop.sandbox.configure({"missing_scopes": ["custom_fields_read"]})
    result = run("setup", "--yes")
    assert "the key lacks the right custom_fields_read, to look what is there" in result.output
    assert "order field" not in result.output


def test_what_the_crm_refuses_is_told_and_the_rest_is_made(shop: CrmShop) -> None:
    shop.fault("400", path="custom-fields/order/create", times=1)
    result = run("setup", "--yes")
    assert result.exit_code == 1
    assert "5 of 6 are in the CRM now." in result.output
    assert run("setup", "--yes").exit_code == 0


@pytest.mark.parametrize(
    ("kind", "told"), [("500", "it answers 500"), ("drop", "It may have been made all the same.")]
)
def test_a_crm_that_fails_half_way_stops_it_and_it_can_be_run_again(
    shop: CrmShop, kind: str, told: str
) -> None:
    shop.fault(kind, path="sewing/edit", times=1)
    result = run("setup", "--yes")
    assert result.exit_code == 1
    assert told in result.output
    assert "Run this again" in result.output
    assert run("setup", "--yes").exit_code == 0
    assert run("check").exit_code == 0


def test_a_crm_out_of_reach_is_a_sentence(shop: CrmShop) -> None:
    shop.fault("refuse")
    for command in ("setup", "check"):
        result = run(command)
        assert result.exit_code == 1
        assert "the CRM cannot be read" in result.output
        assert "Traceback" not in result.output


def test_a_wrong_key_is_a_sentence(shop: CrmShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_KEY", "wrong")
    result = run("check")
    assert result.exit_code == 1
    assert 'Wrong "apiKey" value' in result.output
    assert writes(shop) == 0


def test_a_new_account_gets_what_the_example_shop_needs(
    monkeypatch: pytest.MonkeyPatch, shop: CrmShop
) -> None:
    """The shop file that lies beside the program, in an account where nobody has set anything up."""
    example = Path(__file__).parents[2] / "shop.example.toml"
    Path("shop.toml").unlink()
    Path("scenario.toml").unlink()
    monkeypatch.setenv("LEADKEEPER_SHOP", str(example))
    shop.sandbox.configure({"new_account": True})
    assert run("setup", "--yes").exit_code == 0
    result = run("check")
    assert result.exit_code == 0, result.output


def test_make_run_sets_the_sandbox_up_once(shop: CrmShop, capsys: pytest.CaptureFixture[str]) -> None:
    try_out.set_up_the_crm()
    assert f"made {WRITES} things there" in capsys.readouterr().out
    try_out.set_up_the_crm()
    assert capsys.readouterr().out == ""
    assert writes(shop) == WRITES


def _yes_after(happens: Callable[[], object]) -> Callable[[str], bool]:
    def confirm(question: str) -> bool:
        del question
        happens()
        return True

    return confirm
