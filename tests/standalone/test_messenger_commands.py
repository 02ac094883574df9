"""``leadkeeper messengers connect``, against the sandbox's server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import shopfile
from standalone.cli import main
from tests.sandbox.test_server import Server

EXAMPLE = (Path(__file__).parents[2] / shopfile.EXAMPLE).read_text("utf-8")
NO_BOT = re.sub(r"^\[sources\.telegram\].*\n(?:\w.*\n)+", "", EXAMPLE, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def connect(source: str, url: str, api_url: str = "", token: str = "") -> Result:
    """Run the command with a shop that has this source, and the example's but for the bot."""
    settings = {"provider": source, "secret": "own-secret", "api_url": api_url, "token": token}
    lines = [f'{name} = "{value}"' for name, value in settings.items() if value]
    table = "\n".join([f"[sources.{source}]", *lines])
    Path("shop.toml").write_text(NO_BOT.replace("[demo]", f"{table}\n\n[demo]"), "utf-8")
    return CliRunner().invoke(main, ["messengers", "connect", source, "--url", url])


def test_telegram_is_told_and_says_what_it_knows(server: Server) -> None:
    url = "https://shop.example/hooks/telegram"
    done = connect("telegram", url, server.url, "telegram-bot-sandbox")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["url"] == url
    assert "own-secret" not in done.output


def test_max_is_told_and_says_what_it_knows(server: Server) -> None:
    url = "https://shop.example/hooks/max"
    done = connect("max", url, server.url, "max-sandbox")
    (subscription,) = json.loads(done.stdout)["subscriptions"]
    assert subscription["url"] == url
    assert "own-secret" not in done.output


def test_a_refusal_is_a_sentence(server: Server) -> None:
    done = connect("telegram", "https://shop.example/hooks/telegram", server.url, "guessed")
    assert done.exit_code == 1
    assert "messenger-unreachable: Telegram answers 401" in done.stderr
    assert "guessed" not in done.output


def test_an_address_of_another_source_is_a_slip() -> None:
    done = connect("telegram", "https://shop.example/hooks/max", token="guessed")
    assert done.exit_code == 2
    assert "the address must end with /hooks/telegram" in done.stderr


def test_without_a_token_nobody_can_be_told() -> None:
    done = connect("telegram", "https://shop.example/hooks/telegram")
    assert done.exit_code == 2
    assert "sources.telegram has no token of the bot" in done.stderr


@pytest.mark.parametrize(
    ("source", "problem"),
    [("tilda", "tilda is not connected by command"), ("nobody", "no source nobody")],
)
def test_what_is_no_bot(source: str, problem: str) -> None:
    Path("shop.toml").write_text(EXAMPLE, "utf-8")
    url = f"https://shop.example/hooks/{source}"
    done = CliRunner().invoke(main, ["messengers", "connect", source, "--url", url])
    assert done.exit_code == 2
    assert problem in done.stderr
