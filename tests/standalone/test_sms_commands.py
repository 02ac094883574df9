"""``leadkeeper sms`` and the prices that ``leadkeeper check`` prints."""

import re
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib import shopfile
from chalicelib.errors import Refused
from chalicelib.events import MessageWanted
from chalicelib.gate.envelope import Envelope
from chalicelib.messages import enclose
from chalicelib.playbook.opt_out import BY_CLIENT
from chalicelib.sms.opt_out import OptOuts
from chalicelib.sms.settings import SmsSettings
from chalicelib.texts.sms_fields import SmsFields
from standalone.cli import main
from standalone.sms_commands import Said, Waiting, previewed
from standalone.sms_view import price
from tests.world import World, example_shop

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def wish(world: World, number: str = "1001A", template: str = "arrived") -> tuple[MessageWanted, Envelope]:
    wanted = MessageWanted(template=template, order_number=number, at=world.now)
    return wanted, enclose(wanted, f"message-wanted:{uuid.uuid4()}", "", world.now)


def preview(world: World, **what: str) -> list[str]:
    return list(previewed(world.application, *wish(world, **what)))


def sent(world: World, *, with_workers: bool = True, **what: str) -> Said:
    _, envelope = wish(world, **what)
    world.engine.work.put(envelope)

    def sleep(seconds: float) -> None:
        world.later(seconds=seconds)
        if with_workers:
            world.work()

    return Waiting(world.engine, world.clock, sleep).result(envelope.id, timedelta(seconds=20))


def check_with(extra: str, text: str = "") -> tuple[int, str, str]:
    """``leadkeeper check`` of the example with more in it, and with a text of the shop's own."""
    example = (ROOT / shopfile.EXAMPLE).read_text("utf-8")
    Path("shop.toml").write_text(example.replace("[demo]", f"{extra}\n\n[demo]"), "utf-8")
    if text:
        path = Path("texts/ru/sms/arrived.txt")
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    done = CliRunner().invoke(main, ["check"])
    return done.exit_code, done.stdout, done.stderr


# send


def test_a_preview_shows_text_price_and_masked_phone(tmp_path: Path) -> None:
    with closing(World(tmp_path, example_shop(messages={"price_per_segment": 5.2}))) as world:
        assert preview(world) == [
            (
                "Ольга, заказ 1001A ждёт вас: Москва, пункт выдачи СДЭК, ул. Примерная, 1. Трек 10000000011."
                " К оплате 4 990 ₽. Защитные тенты"
            ),
            "to …33: 124 characters, UCS-2, 2 segments 10.40",
            "now",
        ]
        assert (world.messages, world.state["notes"], world.entries()) == ([], [], [])


def test_a_preview_says_why_nothing_would_be_sent(world: World) -> None:
    sent(world)
    assert preview(world) == [
        'SMS "arrived" по заказу 1001A не отправлено 20.11 в 11:00: клиент его уже получил'
    ]
    with pytest.raises(Refused, match="no-such-text"):
        preview(world, template="arived")


def test_a_preview_knows_who_wants_no_messages(world: World) -> None:
    OptOuts(world.engine.documents).suppress("+79161112233", BY_CLIENT, world.now)
    assert preview(world)[-1] == "not at all: opted-out: stop-message"


def test_a_preview_of_a_shop_that_observes(tmp_path: Path) -> None:
    with closing(World(tmp_path, example_shop(shop={"mode": "observe"}))) as world:
        assert preview(world)[-1] == "not now: Leadkeeper only observes"


def test_sending_waits_for_the_result(world: World) -> None:
    said = sent(world)
    assert said.is_fine
    assert said.text.startswith("sent, sms SM")
    assert len(world.messages) == 1
    again = sent(world)
    assert not again.is_fine
    assert "клиент его уже получил" in again.text


def test_sending_says_what_went_wrong(world: World) -> None:
    assert sent(world, number="4711A") == Said("not sent: order-not-found: order 4711A", is_fine=False)
    world.make_order({"firstName": "Мария", "phone": "+15005550001"})
    said = sent(world, number="1002A")
    assert (said.is_fine, said.text.split(" ")[:3]) == (False, ["not", "sent:", "sms-wrong-number"])
    assert "0001" not in said.text


def test_a_gateway_that_is_away_is_not_waited_for_for_ever(world: World) -> None:
    world.fault(target="twilio", kind="refuse")
    said = sent(world)
    assert said.is_fine
    assert said.text.startswith("not sent yet: sms-unreachable")


def test_what_another_gateway_sends_is_sent(tmp_path: Path) -> None:
    url = "http://127.0.0.1:8001"
    twilio = {"url": url, "account": "ACsandbox", "token": "sandbox", "sender": "+15005550007"}
    sms = {"order": ["twilio", "smsru"], "twilio": twilio, "smsru": {"url": url, "api_id": "sandbox"}}
    shop = example_shop().model_copy(update={"sms": SmsSettings.model_validate(sms)})
    with closing(World(tmp_path, shop)) as world:
        said = sent(world)
        assert said.is_fine
        assert said.text.startswith("sent, sms ")
        assert len(world.state["smsru"]) == 1


def test_without_workers_nobody_takes_it_up(world: World) -> None:
    said = sent(world, with_workers=False)
    assert said == Said("nobody has taken it up: does `leadkeeper serve` run?", is_fine=False)


@pytest.mark.parametrize("arguments", [(), ("--order", "1", "--customer", "2")])
def test_it_is_for_an_order_or_for_a_client(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, ["sms", "send", "--template", "arrived", *arguments])
    assert done.exit_code == 2
    assert "name either --order or --customer" in done.stderr


# texts and their prices


def test_the_documentation_shows_the_texts_as_they_are() -> None:
    """If it does not: paste what `leadkeeper sms texts` prints into docs/sms.md."""
    page = (ROOT / "docs" / "sms.md").read_text("utf-8")
    done = CliRunner().invoke(main, ["sms", "texts"])
    assert done.exit_code == 0
    assert done.stdout.strip() in page
    assert [field.name for field in fields(SmsFields) if f"| `{field.name}` |" not in page] == []


def test_check_prints_each_text_with_its_price() -> None:
    code, out, _ = check_with("[messages]\nprice_per_segment = 5.2")
    assert code == 0
    assert re.search(r"^sms/arrived +long +231 +UCS-2 +4 +20\.80\s*$", out, re.MULTILINE)
    assert re.search(r"^sms/delivered +short +23 +UCS-2 +1 +5\.20\s*$", out, re.MULTILINE)
    assert price(2, None) == ""


def test_check_fails_above_the_shops_own_limit() -> None:
    code, _, problems = check_with("[messages]\nmax_segments = 3")
    assert code == 1
    assert problems == (
        "sms/arrived (long): 4 segments, and messages.max_segments is 3. Shorten it, or raise that\n"
    )


def test_check_warns_of_what_makes_a_text_dear_and_lets_it_pass() -> None:
    code, out, problems = check_with("", "Order {{ order_number }} — is here")
    assert code == 0
    assert problems.splitlines() == [
        f"warning: sms/arrived ({size}) would be cheaper than 1 UCS-2 without U+2014 EM DASH"
        for size in ("short", "long")
    ]
    assert re.search(r"^sms/arrived +short", out, re.MULTILINE)


def test_check_finds_a_mistake_in_the_shops_own_text() -> None:
    code, _, problems = check_with("", "{{ ordr }}")
    assert code == 1
    assert "texts/ru/sms/arrived.txt: 'ordr' is undefined" in problems
