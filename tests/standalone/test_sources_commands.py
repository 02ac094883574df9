"""A form that nobody has seen is connected by what the command prints, and nothing else."""

import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import shopfile
from chalicelib.errors import Unreadable
from chalicelib.gate.form import Unparsable
from chalicelib.gate.gate import Gate
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.generic.learning import learnt
from chalicelib.providers.generic.read import Settings, read
from chalicelib.validation import validate
from standalone.cli import main
from standalone.learning_view import lines
from tests.providers.contract import NOON, ZONE, contents
from tests.standalone.host import forget
from tests.world import FAST_ENOUGH, World

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
TOKEN = "a-token-of-the-test"

REQUEST: dict[str, Any] = {
    "zayavka": {"nomer_vizita": "7c0e6c1e-3f5a-4f0b-9b8e-2a1d0c9b8e7f", "otpravleno": "2026-11-20 11:00"},
    "klient": {
        "kak_zovut": "Анна Примерова",
        "svyaz": ["+7 (916) 123-45-67"],
        "pochta_dlya_scheta": "anna@example.com",
        "gorod": "Томск",
    },
    "korzina": {
        "pozicii": [
            {
                "naimenovanie": "Тент 3×4",
                "kolvo": 2,
                "cena_rub": "1 500,50",
                "artikul": "T-34",
                "tsvet": "серый",
            },
            {"naimenovanie": "Люверсы", "kolvo": 10, "cena_rub": 15, "artikul": "L-1", "tsvet": ""},
        ],
        "itogo": "3151",
    },
    "pozhelaniya": "Позвоните после 18",
    "stranica": "https://tenty.example/lp?utm_source=yandex&utm_campaign=osen",
}
"""A made-up landing page: odd names, nested, with a cart."""

FLAT = {
    "vashe_imya": "Анна Примерова",
    "nomer_mobilnogo": "8 916 123-45-67",
    "el_pochta": "anna@example.com",
    "goods[0][nazvanie]": "Тент",
    "goods[0][sht]": "2",
    "goods[0][stoimost]": "100",
    "Что_нужно_сделать?": 'Тент "3×4"\\\n и люверсы',
}


def leadkeeper(*arguments: str, sent: bytes | None = None) -> Result:
    """Run a command as in a process of its own."""
    done = CliRunner().invoke(main, arguments, input=sent)
    forget()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def learn(content: bytes, *arguments: str) -> str:
    """What is printed about a sample in a file."""
    Path("sample").write_bytes(content)
    done = leadkeeper("sources", "learn", "sample", *arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def paste(block: str, monkeypatch: pytest.MonkeyPatch) -> shopfile.ShopFile:
    """The example shop with the block at its end, and the token that this wants, found to be right."""
    example = Path(shopfile.__file__).parent.parent / shopfile.EXAMPLE
    Path("shop.toml").write_text(f"{example.read_text(encoding='utf-8')}\n{block}", encoding="utf-8")
    monkeypatch.setenv("TENTY_TOKEN", TOKEN)
    done = leadkeeper("check")
    assert done.exit_code == 0, done.output
    return shopfile.load(os.environ)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def connected(world: World, file: shopfile.ShopFile) -> World:
    """A shop as this file says, that does not wait for the CRM's limit."""
    crm = {**file.content["crm"], "requests_per_second": FAST_ENOUGH}
    world.shop = validate(replace(file, content={**file.content, "crm": crm}))
    world.restart()
    world.gate = Gate(file.sources(), world.engine.work.put)
    return world


def test_a_form_that_nobody_has_seen_is_connected_by_the_shop_file_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = learn(json.dumps(REQUEST, ensure_ascii=False).encode(), "--source", "tenty")
    connected(world, paste(block, monkeypatch))
    other = json.loads(json.dumps(REQUEST))
    other["zayavka"]["nomer_vizita"] = "aaaaaaaa-3f5a-4f0b-9b8e-2a1d0c9b8e7f"
    other["klient"] |= {"kak_zovut": "Пётр Примеров", "svyaz": ["8 916 765-43-21"]}
    for _ in range(2):  # The second one is a repeat.
        assert world.post("tenty", TOKEN, json.dumps(other).encode(), JSON).status == 200
        world.work()
    (order,) = world.orders
    assert (order["firstName"], order["phone"], order["email"]) == (
        "Пётр Примеров",
        "+79167654321",
        "anna@example.com",
    )
    assert [(item["productName"], item["quantity"], item["initialPrice"]) for item in order["items"]] == [
        ("Тент 3×4 (T-34)", 2, 1500.5),
        ("Люверсы (L-1)", 10, 15),
    ]
    assert order["source"] == {"source": "yandex", "campaign": "osen"}
    assert "Позвоните после 18" in order["customerComment"]
    assert "серый" in order["customerComment"]
    assert "3151" in "".join(order["managerComment"].split())
    assert order["orderMethod"] == "landing-page"


@pytest.mark.parametrize("kind", ["form", "multipart", "multipart of an editor"])
def test_a_form_of_a_browser_is_connected_too(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    content, content_type = urlencode(FLAT).encode(), FORM
    if kind != "form":
        end = "\r\n" if kind == "multipart" else "\n"
        part = f'------x{end}Content-Disposition: form-data; name="{{}}"{end}{end}{{}}{end}'
        fields = ((name, text.replace("\n", end)) for name, text in FLAT.items())
        content = ("".join(part.format(*field) for field in fields) + f"------x--{end}").encode()
        content_type = "multipart/form-data; boundary=----x"
    connected(world, paste(learn(content, "--source", "tenty"), monkeypatch))
    sent = content if b"\r\n" in content or kind == "form" else content.replace(b"\n", b"\r\n")
    assert world.post("tenty", TOKEN, sent, content_type).status == 200
    world.work()
    (order,) = world.orders
    assert (order["firstName"], order["phone"]) == ("Анна Примерова", "+79161234567")
    assert order["items"][0]["productName"] == "Тент"
    assert "и люверсы" in order["customerComment"]


@pytest.mark.parametrize("content", [json.dumps(REQUEST).encode(), urlencode(FLAT).encode()])
def test_nothing_printed_leads_to_the_client(content: bytes) -> None:
    printed = learn(content)
    for secret in ("916", "123-45", "anna@", "Примерова"):
        assert secret not in printed
    assert '= "phone"' in printed


@pytest.mark.parametrize(
    ("request_", "table"),
    [
        (
            {"tovar": "Тент", "kolvo": "2", "cena": "100", "name": "Анна", "tel": "89161234567"},
            {
                "tovar": "item.name",
                "kolvo": "item.quantity",
                "cena": "item.price",
                "name": "name",
                "tel": "phone",
            },
        ),
        (
            {
                "lines": [
                    {
                        "discount": 5,
                        "total_price": 190,
                        "price": 100,
                        "count": 2,
                        "promocode": "A",
                        "title": "Тент",
                    }
                ],
                "company_name": "Тенты",
                "klient": "Анна",
                "id": 17,
                "telegram_id": 18,
            },
            {
                "lines.price": "item.price",
                "lines.count": "item.quantity",
                "lines.title": "item.name",
                "klient": "name",
                "id": "id",
            },
        ),
        (
            {
                "form_id": "5",
                "data": {"lead_id": "77"},
                "created": 1778751000,
                "kod": "1234567890",
                "komu": "+7 916 1234567",
            },
            {"form_id": "form", "data.lead_id": "id", "komu": "phone"},
        ),
        ({"hotel": "Томск", "summa": "договорная", "ref": "друг", "номер": "5", "2": "x"}, {}),
    ],
)
def test_what_only_looks_alike_is_told_apart(request_: dict[str, Any], table: dict[str, str]) -> None:
    fields = tomllib.loads(learn(json.dumps(request_).encode()))["sources"]["form"].get("fields", {})
    assert fields == table


def test_it_says_what_was_not_found() -> None:
    printed = learn(b'{"a": "b"}')
    assert "NO phone and no e-mail was found" in printed
    assert "No id was found" in printed
    assert '# "a" = "answer"' in printed


def test_a_journal_entry_is_as_good_as_a_file(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """A lead that came before anybody had written a table."""
    connected(world, paste('[sources.tenty]\nprovider = "generic"\ntoken = "env:TENTY_TOKEN"\n', monkeypatch))
    world.post("tenty", TOKEN, json.dumps(REQUEST).encode(), JSON)
    world.work()
    entry_id = world.entry.id
    monkeypatch.setenv("DATA", str(world.folder))
    done = leadkeeper("sources", "learn", "--entry", entry_id[:12])
    assert done.exit_code == 0, done.output
    assert "[sources.tenty.fields]" in done.stdout
    assert "provider" not in done.stdout, "the shop file has this source already"
    assert '"korzina.pozicii.kolvo" = "item.quantity"' in done.stdout
    pasted = Path("shop.toml").read_text(encoding="utf-8") + done.stdout
    Path("shop.toml").write_text(pasted, encoding="utf-8")
    assert leadkeeper("check").exit_code == 0


def test_a_sample_may_come_through_a_pipe() -> None:
    done = leadkeeper("sources", "learn", "-", sent=urlencode(FLAT).encode() + b"\n")
    assert done.exit_code == 0
    assert "[sources.form]" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "name a file, or an entry"),
        (("sample", "--entry", "abc"), "name a file, or an entry"),
        (("sample", "--source", "Мой сайт"), "lower-case letters"),
        (("nothing-here",), "No such file"),
        (("sample", "--content-type", "image/png"), "wrong-content-type"),
        (("broken",), "broken-json"),
    ],
)
def test_what_cannot_be_learnt_from_is_said(arguments: tuple[str, ...], problem: str) -> None:
    Path("sample").write_bytes(urlencode(FLAT).encode())
    Path("broken").write_bytes(b'{"a": ')
    done = leadkeeper("sources", "learn", *arguments)
    assert done.exit_code in {1, 2}
    assert problem in done.output


@given(contents(st.sampled_from([*FLAT, "id", "phone", "cart", "\x7f", '"', "a.b"]) | st.text(max_size=8)))
def test_whatever_was_captured_the_block_is_right(content: bytes) -> None:
    sample = Webhook("tenty", "POST", (), {}, {}, content, NOON)
    try:
        fields = learnt(sample)
    except (Unparsable, RecursionError):
        return
    block = "\n".join(lines(sample, fields, is_known=False))
    source = tomllib.loads(block)["sources"]["tenty"]
    settings = Settings.model_validate({**source, "token": TOKEN})
    with suppress(Unreadable):
        assert read(sample, settings, ZONE).events
