"""A mailbox in the whole shop: each letter is handled once, whatever happens on the way."""

import importlib.util
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib import shopfile
from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.mailbox.record import Letter, written
from sandbox.imap import Post, imap_server
from tests.crashes import Crash, CrashingWorld, Steps
from tests.letters import PASSWORD, SOURCE, TEXT, a_mailbox, ask, ask_for, letter, settings, shop_with_mailbox
from tests.world import MORNING, World

from .contract import Door, a_webhook, read_or_refused

ANNA = "anna@example.com"
HTML = "<p>Нужен <b>тент</b></p><blockquote>Цена</blockquote>"


def record(content: bytes, **notes: Any) -> bytes:
    told: dict[str, Any] = {"size": len(content), "attachments": (), **notes}
    return written(Letter(id="1f" * 32, arrived_at=MORNING, content=content, **told))


def told(**fields: str) -> bytes:
    """A letter's headers and its text, as the fuzz changes them."""
    ordinary = {
        "From": "Анна <anna@example.com>",
        "Subject": "=?koi8-r?B?+sHLwdog1MXO1ME=?=",
        "Date": "Fri, 20 Nov 2026 11:05:00 +0700",
        "Message-ID": "<1@example.com>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    return json.dumps({**ordinary, **fields}, ensure_ascii=False).encode()


def as_letter(content: bytes) -> bytes:
    """The letter of what ``told`` told; anything else as it is."""
    try:
        fields = json.loads(content, object_pairs_hook=list)
        lines = [f"{name}: {value}" for name, value in fields if name != "text"]
        text = "".join(str(value) for name, value in fields if name == "text")
    except (ValueError, TypeError, RecursionError):
        return content
    return "\r\n".join([*lines, "", text]).encode("utf-8", "surrogatepass")


class TestContract:
    """The vectors for the fuzz; that of other sources that are asked is about rows of an HTTP API."""

    provider = "mailbox"
    host = "imap.example.com"
    secrets: ClassVar[Mapping[str, str]] = {"password": PASSWORD}
    sample = told(text="Мой телефон 8 916 123-45-67")
    samples = (
        told(**{"Content-Type": "text/html; charset=utf-8", "text": HTML}),
        told(**{"Reply-To": "Иван <ivan@example.com>", "Precedence": "first-class", "X-Spam-Flag": "no"}),
        told(text="Да\n\n20.11.2026, 11:05, Тенты <info@shop.example>:\n> Цена"),
        told(
            **{
                "Content-Type": "multipart/mixed; boundary=b",
                "text": "--b\r\nContent-Disposition: attachment; filename*=utf-8''a.pdf\r\n\r\nx\r\n--b--",
            }
        ),
    )
    broken = sample[:40]
    field_names = ("From", "Subject", "Date", "Reply-To", "Content-Type", "Content-Transfer-Encoding", "text")

    @property
    def source_settings(self) -> dict[str, Any]:
        return settings()

    def authentic(self, content: bytes) -> Webhook:
        return a_webhook(record(as_letter(content)), content_type="message/rfc822")

    def content_of(self, webhook: Webhook) -> bytes:
        return webhook.body.partition(b"\r\n\r\n")[2]

    def test_nobody_can_post_to_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert importlib.util.find_spec("chalicelib.providers.mailbox.gate") is None
        lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in self.source_settings.items())
        path = tmp_path / "shop.toml"
        path.write_text(f'[crm]\nurl = "x"\n[sources.shop]\nprovider = "mailbox"\n{lines}\n')
        monkeypatch.setenv("LEADKEEPER_SHOP", str(path))
        gate = Gate(shopfile.load().sources(), lambda _: pytest.fail("it was believed"))
        assert gate.receive(a_webhook(record(letter()))).status == 404

    @hypothesis_settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_a_letter_holds_has_a_documented_outcome(self, data: st.DataObject) -> None:
        names = st.sampled_from(
            [
                "From",
                "Reply-To",
                "Date",
                "Subject",
                "Content-Type",
                "Content-Transfer-Encoding",
                "Content-Disposition",
            ]
        )
        values = st.text(max_size=30) | st.sampled_from(
            [
                *(
                    ANNA,
                    '"a" <a@b.ru>',
                    "a@b.ru (x(y",
                    "=?utf-8?b?0JDQ?=",
                    "=?x?q?=",
                    "Fri, 99 Nov 2026 1:1:1 +99999999",
                ),
                *(
                    "multipart/mixed; boundary=b",
                    "text/html; charset=x",
                    "text/plain; charset=utf-7",
                    "base64",
                    "x-uuencode",
                ),
                *(
                    "attachment; filename*=x'y'%ff",
                    "attachment; filename*0=a; filename*2=c",
                    "message/rfc822",
                ),
            ]
        )
        headers = data.draw(st.lists(st.tuples(names, values), max_size=8))
        body = data.draw(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
        content = (
            b"".join(f"{name}: {value}\r\n".encode() for name, value in headers) + b"\r\n--b\r\n\r\n" + body
        )
        envelope = Envelope.seal(self.authentic(content), "id", "")
        assert read_or_refused(Door(self.provider, self.source_settings), envelope)


class MailWorld(World):
    """A shop with a mailbox, which is the server's also while the shop restarts."""

    def __init__(self, folder: Path, post: Post, port: int, **changes: Any) -> None:
        self.mailbox = post
        super().__init__(folder, shop_with_mailbox(port, **changes))

    def deliver(self, text: str = TEXT, number: int = 1, **words: Any) -> None:
        """A letter comes now, unless it says when."""
        words = {"message_id": f"<{number}@example.com>", "at": self.now, **words}
        self.mailbox.inbox.deliver(letter(text, **words), words["at"])


@contextmanager
def living(folder: Path, **changes: Any) -> Iterator[MailWorld]:
    post = a_mailbox()
    with imap_server(post) as port:
        world = MailWorld(folder, post, port, **changes)
        ask(world)
        try:
            yield world
        finally:
            world.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with living(tmp_path) as world:
        yield world


class TestOrders:
    def test_a_letter_of_somebody_new_is_an_order_with_its_text(self, world: MailWorld) -> None:
        world.deliver(files=[("чертёж.pdf", b"x" * 2_000_000), ("план.pdf", b"x" * 50_000)])
        ask_for(world, minutes=10)
        [order] = world.orders
        assert (order["email"], order["firstName"]) == (ANNA, "Анна Смирнова")
        assert order["orderMethod"] == "e-mail"
        assert TEXT in order["customerComment"]
        assert "Заказ тента" in order["customerComment"]
        for file in ("чертёж.pdf, 1,9 МБ", "план.pdf, 48 КБ"):
            assert file in order["managerComment"]
        assert world.tasks == []
        assert world.alerts == []

    def test_a_client_who_has_an_order_is_known_by_address(self, world: MailWorld) -> None:
        world.make_order({"email": ANNA, "status": "new"})
        world.later(hours=1)
        world.deliver("Когда будет готово?")
        ask_for(world, minutes=10)
        assert len(world.orders) == 1
        [task] = world.tasks
        assert task["order"]["id"] == world.orders[0]["id"]
        assert "Когда будет готово?" in task["commentary"]

    def test_a_client_who_has_an_order_is_known_by_the_phone_in_the_text(self, world: MailWorld) -> None:
        world.make_order({"phone": "+7 916 555-00-01", "status": "new"})
        world.later(hours=1)
        world.deliver("Перезвоните: 8 916 555-00-01")
        ask_for(world, minutes=10)
        assert len(world.orders) == len(world.tasks) == 1

    @pytest.mark.parametrize("minutes", [4, 120])
    def test_an_answer_in_the_same_thread_is_no_second_order(self, world: MailWorld, minutes: int) -> None:
        world.deliver()
        ask_for(world, minutes=minutes)
        answer = "Забыла: с люверсами.\n\n20.11.2026, 11:05, Тенты <info@shop.example>:\n> Цена 100"
        world.deliver(answer, 2, subject="Re: Заказ тента", headers={"In-Reply-To": "<1@example.com>"})
        ask_for(world, minutes=10)
        [order] = world.orders
        told = order["managerComment"] + "".join(task["commentary"] for task in world.tasks)
        assert "Забыла: с люверсами." in told
        assert "Цена 100" not in told

    def test_the_mailbox_stays_as_it_is(self, world: MailWorld) -> None:
        world.deliver()
        ask_for(world, minutes=10)
        assert [one.flags for one in world.mailbox.inbox.letters] == [set()]
        assert not [command for command in world.mailbox.commands if command.startswith(("SELECT", "STORE"))]

    def test_what_nobody_wrote_is_a_note_in_the_journal(self, world: MailWorld) -> None:
        world.deliver(headers={"Auto-Submitted": "auto-replied"})
        world.deliver(number=2, headers={"List-Unsubscribe": "<https://example.com>"})
        ask_for(world, minutes=10)
        assert world.orders == []
        assert world.alerts == []
        assert {entry.reason for entry in world.entries()} == {"auto-reply", "mailing-list"}


class TestOnce:
    def test_letters_from_before_the_first_run_are_not_ours(self, tmp_path: Path) -> None:
        post = a_mailbox()
        post.inbox.deliver(letter(), MORNING - timedelta(minutes=1))
        with imap_server(post) as port:
            world = MailWorld(tmp_path, post, port)
            ask_for(world, minutes=10)
            assert world.entries() == []
            world.close()

    def test_copied_renumbered_moved_away_and_back(self, world: MailWorld) -> None:
        world.deliver()
        ask_for(world, minutes=4)
        [one] = world.mailbox.inbox.letters
        world.mailbox.inbox.deliver(one.content, one.at)
        ask_for(world, minutes=4)
        world.mailbox.inbox.renumber()
        ask_for(world, minutes=4)
        away = world.mailbox.inbox.letters.copy()
        world.mailbox.inbox.letters.clear()
        ask_for(world, minutes=4)
        world.restart()
        world.mailbox.inbox.letters.extend(away)
        for _ in range(8):
            world.later(hours=10)
            ask(world)
        assert len(world.orders) == len(world.entries(Status.DONE)) == 1
        assert world.alerts == []

    def test_out_of_the_folder_for_spam_a_day_later(self, world: MailWorld) -> None:
        came = world.now
        for _ in range(3):
            world.later(hours=10)
            ask(world)
        world.mailbox.inbox.deliver(letter(), came)
        ask_for(world, minutes=4)
        assert len(world.orders) == 1

    def test_delivered_to_two_addresses_at_once(self, world: MailWorld) -> None:
        for address in ("info@shop.example", "sales@shop.example"):
            world.deliver(headers={"Delivered-To": address})
        ask_for(world, minutes=4)
        assert len(world.orders) == 1
        assert world.entries(Status.QUARANTINED) == []
        assert world.alerts == []

    def test_one_message_id_for_all(self, world: MailWorld) -> None:
        for number in range(3):
            world.deliver(message_id="<always@form>", sender=f"c{number}@example.com")
        ask_for(world, minutes=4)
        assert Counter(order["email"] for order in world.orders) == Counter(
            f"c{number}@example.com" for number in range(3)
        )

    def test_killed_at_each_step(self, tmp_path: Path) -> None:
        steps = Steps()
        self._live(tmp_path / "all", steps, ANNA)
        assert len(steps.names) > 40
        for number in range(len(steps.names)):
            self._live(tmp_path / str(number), Steps(number), ANNA)

    @pytest.mark.parametrize("step", ["before work.put", "after work.put"])
    def test_killed_between_two_letters(self, tmp_path: Path, step: str) -> None:
        self._live(tmp_path / "two", Steps(step), ANNA, "ivan@example.com")

    def _live(self, folder: Path, steps: Steps, *senders: str) -> None:
        folder.mkdir()
        post = a_mailbox()
        with imap_server(post) as port:
            world = CrashingWorld(folder, Steps(), shop_with_mailbox(port))
            ask(world)
            world.steps = steps
            world.restart()
            world.later(minutes=2)
            for sender in senders:
                post.inbox.deliver(letter(sender=sender, message_id=f"<{sender}>", at=world.now), world.now)
            with suppress(Crash):
                ask(world)
            world.resume()
            for minutes in (2, 2, 15):
                world.later(minutes=minutes)
                ask(world)
            at = steps.names[-1]
            assert sorted(order["email"] for order in world.orders) == sorted(senders), at
            assert world.tasks == [], at
            assert world.alerts == [], at
            assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == [], at
            world.close()


class TestTrouble:
    @pytest.mark.parametrize(
        "trouble",
        [
            {"answers": {"LOGIN": "NO [AUTHENTICATIONFAILED] who?"}},
            {"answers": {"LOGIN": ""}},
            {"answers": {"UID SEARCH": "NO [UNAVAILABLE] later"}},
            {"breaks_after": 0},
        ],
        ids=str,
    )
    def test_a_mailbox_that_is_shut_is_told_once_and_loses_nothing(
        self, world: MailWorld, trouble: Mapping[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "chalicelib")
        before = {name: getattr(world.mailbox, name) for name in trouble}
        for name, value in trouble.items():
            setattr(world.mailbox, name, value)
        world.deliver()
        ask_for(world, minutes=30)
        [told] = world.alerts
        assert told.startswith(f"Сбой: источник {SOURCE} не отдаёт события")
        with pytest.raises(LeadkeeperError) as caught:
            world.application.checks.run(f"poll-{SOURCE}", dry_run=True)
        for name, value in before.items():
            setattr(world.mailbox, name, value)
        ask_for(world, minutes=10)
        assert len(world.orders) == 1
        assert world.alerts[1].startswith("Снова в порядке")
        assert PASSWORD not in f"{told} {caught.value} {caplog.text}"

    def test_a_look_changes_nothing(self, world: MailWorld) -> None:
        world.deliver()
        told = "\n".join(world.application.checks.run(f"poll-{SOURCE}", dry_run=True).seen)
        assert f"{SOURCE}: answers" in told
        assert "new" in told
        assert "example.com" not in told
        assert world.entries() == []

    def test_secrets_are_not_stored(self, world: MailWorld) -> None:
        world.deliver()
        ask_for(world, minutes=4)
        envelope = world.engine.journal.envelope(world.entry.id)
        assert envelope is not None
        assert PASSWORD not in envelope.to_json() + envelope.webhook.body.decode()


DAY: Sequence[tuple[int, Mapping[str, Any]]] = (
    (1, {"sender": "Анна <anna@example.com>"}),
    (3, {"sender": "Анна <anna@example.com>", "text": "И ещё синий"}),
    (5, {"sender": "ivan@example.com", "message_id": "<always@form>"}),
    (5, {"sender": "olga@example.com", "message_id": "<always@form>"}),
    (6, {"sender": "petr@example.com", "message_id": ""}),
    (8, {"sender": "site@shop.example", "headers": {"Reply-To": "form@example.com"}}),
    (9, {"sender": "known@example.com", "text": "Когда отправите?"}),
    (11, {"sender": "news@example.com", "headers": {"List-Id": "<news>"}}),
    (12, {"sender": "mailer-daemon@example.com"}),
    (20, {"sender": "known@example.com", "text": "Жду ответа"}),
    (30, {"sender": "big@example.com", "files": [("чертёж.pdf", b"x" * 400_000)]}),
    (90, {"sender": "Анна <anna@example.com>", "text": "Вы получили?"}),
)
ORDERS = ["anna", "big", "form", "ivan", "olga", "petr"]
ASKED_AFTER = ["anna", "known"]
"""Whose letters came when they had an order: a task each."""


class TestDay:
    """A morning's letters, while the mailbox and we have our troubles."""

    def test_asked_all_the_time(self, tmp_path: Path) -> None:
        self._live(tmp_path, every=2)

    def test_asked_when_the_day_is_over(self, tmp_path: Path) -> None:
        self._live(tmp_path, every=120)

    @pytest.mark.parametrize("seed", range(6))
    def test_with_everything_that_goes_wrong(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        self._live(tmp_path, every=chance.randint(1, 15), chance=chance)

    def _live(self, folder: Path, every: int, chance: random.Random | None = None) -> None:
        with living(folder) as world:
            world.make_order({"email": "known@example.com", "status": "new"})
            waiting = list(DAY)
            while world.now < MORNING + timedelta(hours=3):
                world.later(minutes=every)
                while waiting and MORNING + timedelta(minutes=waiting[0][0]) <= world.now:
                    number = len(DAY) - len(waiting)
                    minute, words = waiting.pop(0)
                    world.deliver(number=number, at=MORNING + timedelta(minutes=minute), **words)
                if chance:
                    self._trouble(world, chance)
                ask(world)
            world.mailbox.breaks_after = None
            ask_for(world, minutes=6)
            self._check(world)

    def _trouble(self, world: MailWorld, chance: random.Random) -> None:
        inbox = world.mailbox.inbox
        chance.shuffle(inbox.letters)
        if world.mailbox.breaks_after is not None:
            # Three in a row would be told.
            world.mailbox.breaks_after = None
            return
        match chance.randint(0, 4):
            case 0:
                world.mailbox.breaks_after = world.mailbox.sent + chance.randint(0, 5_000)
            case 1:
                inbox.renumber()
            case 2 if inbox.letters:
                one = chance.choice(inbox.letters)
                inbox.deliver(one.content, one.at)
            case 3:
                world.restart()
            case _:
                pass

    def _check(self, world: MailWorld) -> None:
        made = sorted(order["email"].split("@")[0] for order in world.orders)
        assert made == sorted([*ORDERS, "known"])
        by_id = {order["id"]: order["email"].split("@")[0] for order in world.orders}
        assert sorted(by_id[task["order"]["id"]] for task in world.tasks) == ASKED_AFTER
        assert len([entry for entry in world.entries() if entry.source == SOURCE]) == len(DAY)
        assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []
        assert world.alerts == []
