"""``leadkeeper alerts test``, against the sandbox and a stub of Slack."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap
from chalicelib.people import Person
from standalone.alerts_commands import tried
from standalone.cli import main
from tests.alerts.contract import an_alert
from tests.alerts.test_delivery import ALERTS, IVAN, AlertWorld, lead
from tests.standalone.host import forget
from tests.world import example_shop

SHOP = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "http://127.0.0.1:9"
api_key = "sandbox"

[[people]]
name = "Иван Петров"
crm_user = 2
telegram = "1001"
roles = ["lead"]
"""


@pytest.fixture
def world(tmp_path: Path) -> AlertWorld:
    return AlertWorld(tmp_path / "world")


def lines(world: AlertWorld, *people: Person) -> list[str]:
    answers = tried(world.application.delivery, people, an_alert("test", state="note"))
    found = [f"{answer.channel} {answer.reader} {answer.words} {answer.is_good}" for answer in answers]
    world.close()
    return found


def test_every_channel_is_tried_and_a_shared_one_once(world: AlertWorld) -> None:
    world.outside.trouble = {"pager.example": 400}
    assert lines(world, lead(IVAN, telegram="1"), lead("Мария", telegram="2"), lead("Пётр")) == [
        f"telegram {IVAN} delivered True",
        "telegram Мария delivered True",
        "telegram Пётр no address True",
        "slack everybody delivered True",
        "pagerduty everybody NOT delivered: PagerDuty answers 400 False",
    ]
    assert len(world.telegram) == 2
    assert len(world.slack) == 1


def test_who_cannot_be_told_is_named(tmp_path: Path) -> None:
    shop = example_shop(alerts={"telegram": ALERTS["telegram"]})
    world = AlertWorld(tmp_path / "world")
    world.shop = shop
    world.restart()
    assert lines(world, lead("Пётр")) == [
        "telegram Пётр no address True",
        "- Пётр NO channel knows this person False",
    ]


def leadkeeper() -> Result:
    done = CliRunner().invoke(main, ["alerts", "test"])
    if bootstrap.one_machine.cache_info().currsize:
        bootstrap.application().engine.close()
    forget()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_the_command_tells_each_answer_and_fails_with_one_of_them() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    table = f'[alerts.telegram]\nurl = "{url}"\ntoken = "demo-token"\n'
    Path("shop.toml").write_text(SHOP + table, "utf-8")
    done = leadkeeper()
    assert done.exit_code == 1
    assert done.output == "telegram   Иван Петров: NOT delivered: Telegram ConnectError\n"


def test_a_shop_without_channels_hears_what_to_do() -> None:
    Path("shop.toml").write_text(SHOP, "utf-8")
    done = leadkeeper()
    assert done.exit_code == 1
    assert "add [alerts.telegram]" in done.output


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[alerts.sns]\ntopic = "my-topic"', "alerts.sns.topic"),
        ('[alerts.smtp]\nhost = "mail.example"\nsecurity = "none"\nsender = "a@b.c"', "alerts.smtp"),
        ('[alerts.smtp]\nhost = "mail.example"\nsender = "a@b.c\\nBcc: x@y.z"', "alerts.smtp.sender"),
        ('[alerts.slack]\nwebhook_url = "http://hooks.example/x"', "alerts.slack.webhook_url"),
        ('[alerts.slack]\nwebhook_url = "not-a-url"', "alerts.slack.webhook_url"),
        ("[alerts.sms]", "alerts.sms: there is no gateway"),
        ('[alerts.routes.critical]\nchannels = ["slack"]', "alerts.routes.critical.channels"),
        ('[alerts.routes.critical]\nchannels = ["pigeon"]', "alerts.routes.critical.channels.0"),
        ("[alerts.routes.serious]\nchannels = []", "alerts.routes.serious"),
        ('[alerts.routes.info]\npeople = ["Пётр"]', "there is nobody called Пётр"),
        ('[[people]]\nname = "Пётр"\nemail = "a@b, c@d"', "people.1.email"),
        ('[[people]]\nname = "Пётр"\nchannels = ["slack"]', "people.Пётр.channels"),
        ('[[people]]\nname = "Пётр"\nquiet = "always"', "people.1.quiet"),
    ],
)
def test_a_mistake_is_named_with_its_key(table: str, told: str) -> None:
    Path("shop.toml").write_text(f"{SHOP}\n{table}\n", "utf-8")
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 2
    assert told in done.output
