"""What is asked of a mail server, and what it may answer."""

import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.mailbox import session
from chalicelib.providers.mailbox.answers import Line, Nonsense, Value, messages, parsed
from chalicelib.providers.mailbox.poll import MOST_LETTERS, poller
from chalicelib.providers.mailbox.read import Settings
from chalicelib.providers.mailbox.session import GLANCE, LONGEST_LETTER, opened
from chalicelib.providers.mailbox.structure import attachments
from chalicelib.providers.polling import Asking, Poller, Record
from sandbox.imap import Folder, Post, imap_server
from tests.gate.aws_stub import self_signed
from tests.letters import PROVIDER, a_mailbox, letter, settings
from tests.world import MORNING

from .contract import ZONE

HOUR = timedelta(hours=1)


@pytest.fixture
def post() -> Post:
    return a_mailbox()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with imap_server(post) as port:
        yield port


@pytest.fixture
def asks(port: int) -> Poller:
    return poller(own_settings(port), ZONE, None)


def own_settings(port: int, **changes: Any) -> Settings:
    return Settings(provider=PROVIDER, **settings(port, **changes))


def take(asks: Poller, taken: list[Record], is_known: Callable[[str], bool] = lambda _: False) -> None:
    """Take what it tells, as far as it gets."""
    asking = Asking(MORNING - HOUR, MORNING + HOUR, heard=lambda: iter(()), is_known=is_known)
    for page in asks.pages(asking):
        taken += page


def records(asks: Poller, is_known: Callable[[str], bool] = lambda _: False) -> list[Record]:
    taken: list[Record] = []
    take(asks, taken, is_known)
    return taken


def ids(asks: Poller) -> list[str]:
    return [record.dedup_id for record in records(asks)]


class TestLooking:
    def test_a_letter_stays_as_it_was(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING)
        assert len(records(asks)) == 1
        assert post.inbox.letters[0].flags == set()
        told = [command for command in post.commands if not command.startswith("LOGIN")]
        assert told == [
            "CAPABILITY",
            'EXAMINE "INBOX"',
            "UID SEARCH SINCE 19-Nov-2026",
            f"UID FETCH 1 {GLANCE}",
            "UID FETCH 1 (UID BODY.PEEK[]<0.100000>)",
            "LOGOUT",
        ]

    def test_a_record(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING + timedelta(minutes=1))
        [record] = records(asks)
        assert record.at == MORNING + timedelta(minutes=1)
        assert record.group == "mail:anna@example.com"
        assert record.content_type == "message/rfc822"
        assert record.content.endswith(post.inbox.letters[0].content)

    def test_a_letter_of_30_mb_costs_no_30_mb(self, post: Post, asks: Poller) -> None:
        files = [("чертёж.pdf", b"x" * 20_000_000), ("план.pdf", b"x" * 1_000)]
        post.inbox.deliver(letter(files=files), MORNING)
        [record] = records(asks)
        assert len(post.inbox.letters[0].content) > 27_000_000
        assert post.sent < LONGEST_LETTER + 10_000
        assert len(record.content) < 256 * 1024
        assert record.content.count(b"\r\nAttachment: ") == 2
        assert b"size=2000000" in record.content

    def test_many_long_names_still_fit_into_an_envelope(self, post: Post, asks: Poller) -> None:
        files = [("файл " * 50 + f"{number}.pdf", b"x" * 6_000) for number in range(60)]
        post.inbox.deliver(letter(files=files), MORNING)
        [record] = records(asks)
        assert record.content.count(b"\r\nAttachment: ") == 50
        assert len(record.content) < 256 * 1024

    @pytest.mark.parametrize("name", ["Заказы", "A & B", 'say "hi"', "Входящие/Сайт ~peter"])
    def test_any_folder(self, post: Post, port: int, name: str) -> None:
        written = {
            "Заказы": "&BBcEMAQ6BDAENwRL-",
            "A & B": "A &- B",
            'say "hi"': 'say "hi"',
            "Входящие/Сайт ~peter": "&BBIERQQ+BDQETwRJBDgENQ-/&BCEEMAQ5BEI- ~peter",
        }[name]
        post.folders[written] = Folder()
        post.folders[written].deliver(letter(), MORNING)
        assert len(records(poller(own_settings(port, folder=name), ZONE, None))) == 1

    def test_old_letters_are_not_fetched(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(message_id="<old@x>"), MORNING - 2 * HOUR)
        post.inbox.deliver(letter(), MORNING)
        assert len(records(asks)) == 1
        assert "UID FETCH 2 (UID BODY.PEEK[]<0.100000>)" in post.commands
        assert "UID FETCH 1 (UID BODY.PEEK[]<0.100000>)" not in post.commands

    def test_what_is_known_is_glanced_at_once(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING)
        known = ids(asks)
        assert records(asks, is_known=known.__contains__) == []
        post.commands.clear()
        assert records(asks, is_known=known.__contains__) == []
        assert not [command for command in post.commands if command.startswith("UID FETCH")]
        post.inbox.renumber()
        assert records(asks, is_known=known.__contains__) == []
        assert [command for command in post.commands if command.startswith("UID FETCH")]

    def test_more_letters_than_at_one_time_come_the_next_time(self, post: Post, asks: Poller) -> None:
        for number in range(MOST_LETTERS + 5):
            post.inbox.deliver(letter(message_id=f"<{number}@x>"), MORNING)
        taken: list[Record] = []
        with pytest.raises(Unreachable, match="more than 500 new letters"):
            take(asks, taken)
        assert len(taken) == MOST_LETTERS
        known = {record.dedup_id for record in taken}
        assert len(records(asks, is_known=known.__contains__)) == 5

    def test_names_as_the_server_writes_them(self, post: Post, asks: Poller) -> None:
        post.writes_names = ("DATE FROM SUBJECT", '"Date" "From" "Subject"')
        post.inbox.deliver(letter(), MORNING)
        assert len(records(asks)) == 1


class TestSameLetter:
    def test_a_copy_and_another_delivery_are_the_same(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING)
        post.inbox.deliver(letter(), MORNING + timedelta(minutes=1))
        delivered = letter(headers={"Received": "from mx2", "Delivered-To": "sales@shop.example"})
        post.inbox.deliver(delivered, MORNING + timedelta(minutes=2))
        assert len(records(asks)) == 1

    def test_other_numbers_change_nothing(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING)
        before = ids(asks)
        post.inbox.renumber()
        assert ids(asks) == before

    @pytest.mark.parametrize("message_id", ["<1@example.com>", ""])
    def test_the_same_message_id_or_none_with_other_content(
        self, post: Post, asks: Poller, message_id: str
    ) -> None:
        for text, subject, minute in (
            ("Раз", "Заказ", 0),
            ("Два", "Заказ", 0),
            ("Раз", "Заявка", 0),
            ("Раз", "Заказ", 1),
        ):
            at = MORNING + timedelta(minutes=minute)
            post.inbox.deliver(letter(text, subject=subject, message_id=message_id, at=at), at)
        post.inbox.deliver(letter("Раз", subject="Заказ", message_id=message_id), MORNING)
        assert len(records(asks)) == 4

    def test_without_id_and_date_the_moment_of_arrival_counts(self, post: Post, asks: Poller) -> None:
        content = b"From: anna@example.com\r\n\r\nx"
        post.inbox.deliver(content, MORNING)
        post.inbox.deliver(content, MORNING + timedelta(minutes=1))
        assert len(records(asks)) == 2


class TestTrouble:
    def test_a_wrong_password_is_refused_and_not_told(self, port: int) -> None:
        with pytest.raises(Refused, match="made for this application: AUTHENTICATIONFAILED") as caught:
            records(poller(own_settings(port, password="guessed"), ZONE, None))
        assert "guessed" not in str(caught.value)

    def test_a_folder_that_is_not_there(self, port: int) -> None:
        with pytest.raises(Refused, match="NO: NONEXISTENT"):
            records(poller(own_settings(port, folder="x"), ZONE, None))

    @pytest.mark.parametrize(
        ("command", "answer", "trouble"),
        [
            ("LOGIN", "", Unreachable),
            ("LOGIN", "BAD what?", Refused),
            ("EXAMINE", "", Unreachable),
            ("UID SEARCH", "NO [SERVERBUG] sorry", Refused),
            ("UID SEARCH", "BAD what?", Refused),
            ("UID FETCH", "", Unreachable),
            ("UID FETCH", "nonsense", Unreachable),
        ],
    )
    def test_commands_that_fail(
        self, post: Post, asks: Poller, command: str, answer: str, trouble: type[Exception]
    ) -> None:
        post.inbox.deliver(letter(), MORNING)
        post.answers[command] = answer
        with pytest.raises(trouble):
            records(asks)

    def test_whether_it_says_goodbye_changes_nothing(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING)
        post.answers["LOGOUT"] = ""
        assert len(records(asks)) == 1

    def test_nobody_listens(self) -> None:
        with pytest.raises(Unreachable, match="ConnectionRefusedError"):
            records(poller(own_settings(1), ZONE, None))

    @pytest.mark.parametrize("sent", range(0, 1050, 50))
    def test_a_connection_that_breaks_anywhere(self, post: Post, asks: Poller, sent: int) -> None:
        post.inbox.deliver(letter(), MORNING)
        post.breaks_after = sent
        with pytest.raises(Unreachable):
            records(asks)
        post.breaks_after = None
        assert len(records(asks)) == 1

    def test_a_letter_that_it_does_not_hand_out_holds_up_no_other(self, post: Post, asks: Poller) -> None:
        for number in range(3):
            post.inbox.deliver(letter(message_id=f"<{number}@x>"), MORNING)
        post.unreadable.add(2)
        taken: list[Record] = []
        with pytest.raises(Refused, match="SERVERBUG"):
            take(asks, taken)
        assert len(taken) == 2

    def test_a_letter_that_is_gone_before_it_is_fetched(self, post: Post, asks: Poller) -> None:
        post.inbox.deliver(letter(), MORNING)

        def nobody_knows(_: str) -> bool:
            post.inbox.letters.clear()
            return False

        assert records(asks, is_known=nobody_knows) == []


class TestTls:
    """How any host but this machine is asked; so here it counts as another one."""

    @pytest.fixture(autouse=True)
    def away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session, "LOOPBACK_HOSTS", ())

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        return self_signed(tmp_path / "certificate.pem")

    @pytest.fixture
    def port(self, post: Post, certificate: Path) -> Iterator[int]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        with imap_server(post, tls) as port:
            yield port

    def test_a_server_whom_somebody_vouches_for_is_asked(
        self, post: Post, asks: Poller, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        post.inbox.deliver(letter(), MORNING)
        assert len(records(asks)) == 1

    def test_one_for_whom_nobody_does_hears_nothing(self, post: Post, asks: Poller) -> None:
        with pytest.raises(Refused, match=r"the certificate of 127\.0\.0\.1 is not valid"):
            records(asks)
        assert post.commands == []

    def test_nor_does_one_under_another_name(
        self, post: Post, port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(Refused, match="the certificate of localhost is not valid"):
            records(poller(own_settings(port, host="localhost"), ZONE, None))
        assert post.commands == []

    def test_nothing_is_said_in_the_clear(self, post: Post) -> None:
        with imap_server(post) as port, pytest.raises(Unreachable):
            records(poller(own_settings(port), ZONE, None))
        assert not any("LOGIN" in command for command in post.commands)


class TestAnswers:
    def test_lists_texts_and_literals(self) -> None:
        lines: list[Line] = [
            (b'1 (uid 7 FLAGS (\\Seen) X "a \\"b\\" (" Y NIL BODY[TEXT]<0> {3}', b'(")'),
            b" Z (1 (2 ())))",
            b"2 (FLAGS ())",
            None,
        ]
        assert list(messages(lines)) == [
            {
                b"UID": b"7",
                b"FLAGS": [b"\\Seen"],
                b"X": b'a "b" (',
                b"Y": None,
                b"BODY[TEXT]<0>": b'(")',
                b"Z": [b"1", [b"2", []]],
            },
            {b"FLAGS": []},
        ]

    @pytest.mark.parametrize("line", [b"(", b")", b'("', b"1 (UID 7", b"(" * 1000])
    def test_nonsense(self, line: bytes) -> None:
        with pytest.raises(Nonsense):
            parsed([line])

    @given(
        st.lists(
            st.binary(max_size=60) | st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=5
        )
    )
    def test_anything_is_an_answer_or_nonsense(self, lines: list[Line]) -> None:
        try:
            for told in messages(lines):
                assert all(isinstance(header, bytes) for header in attachments(told.get(b"BODYSTRUCTURE")))
        except Nonsense:
            pass

    @given(
        st.recursive(
            st.none()
            | st.sampled_from(
                [b"TEXT", b"NAME", b"FILENAME*0*", b"BASE64", b"ATTACHMENT", b"77", b'a"b\r\n']
            ),
            lambda inner: st.lists(inner, max_size=9),
            max_leaves=60,
        )
    )
    def test_any_structure_names_files_on_one_line_each(self, structure: Value) -> None:
        for header in attachments(structure):
            assert header.startswith(b"attachment")
            assert not set(header) & set(b"\r\n")

    def test_real_structures(self) -> None:
        """As Dovecot and Gmail tell them."""
        told = (
            b'((("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "BASE64" 120 2 NIL NIL NIL NIL)'
            b'("TEXT" "HTML" ("CHARSET" "utf-8") NIL NIL "QUOTED-PRINTABLE" 300 9 NIL NIL NIL NIL)'
            b' "ALTERNATIVE" ("BOUNDARY" "b") NIL NIL NIL)'
            b'("APPLICATION" "PDF" ("NAME" "=?UTF-8?B?0L/Qu9Cw0L0ucGRm?=") NIL NIL "BASE64" 780 NIL'
            b' ("ATTACHMENT" ("FILENAME*" "UTF-8\'\'%D0%BF%D0%BB%D0%B0%D0%BD.pdf")) NIL NIL)'
            b'("IMAGE" "JPEG" ("NAME" "1.jpg") "<x>" NIL "BASE64" 78 NIL ("INLINE" NIL) NIL NIL)'
            b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 99 ("x" NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) 3)'
            b' "MIXED" ("BOUNDARY" "a") NIL "ru" NIL)'
        )
        assert attachments(parsed([told])[0]) == [
            b"attachment; filename*=\"UTF-8''%D0%BF%D0%BB%D0%B0%D0%BD.pdf\"; size=570",
            b'attachment; filename="1.jpg"; size=57',
            b"attachment",
        ]


def test_days_are_asked_for_in_english(post: Post, port: int) -> None:
    post.inbox.deliver(letter(), datetime(2026, 5, 1, tzinfo=UTC))
    with opened(own_settings(port)) as session:
        assert session.since(date(2026, 5, 1)) == [1]
        assert session.since(date(2026, 5, 2)) == []


def test_workers_that_never_ask_need_no_imap() -> None:
    code = "import sys, chalicelib.providers.mailbox.poll; sys.exit('imaplib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
