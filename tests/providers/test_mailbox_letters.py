"""What a letter says: whoever wrote it, with whatever program."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import Attachment, MessageReceived
from chalicelib.providers.mailbox.read import Settings, read
from chalicelib.providers.mailbox.record import Letter, written
from chalicelib.providers.reading import Reading
from tests.letters import PROVIDER, TEXT, USER, letter, settings
from tests.world import MORNING

from .contract import ZONE, a_webhook

ARRIVED = MORNING + timedelta(minutes=1)


def own_settings(**changes: Any) -> Settings:
    return Settings(provider=PROVIDER, **settings(**changes))


def reading(
    content: bytes, *, size: int | None = None, attachments: tuple[bytes, ...] = (), **changes: Any
) -> Reading:
    told = Letter("id", ARRIVED, len(content) if size is None else size, attachments, content)
    return read(a_webhook(written(told)), own_settings(**changes), ZONE)


def message(content: bytes, **changes: Any) -> MessageReceived:
    (event,) = reading(content, **changes).events
    assert isinstance(event, MessageReceived)
    return event


def raw(body: bytes, *headers: str, content_type: str = "text/plain; charset=utf-8") -> bytes:
    """A letter in these very bytes."""
    lines = [*headers, f"Content-Type: {content_type}", "Content-Transfer-Encoding: 8bit"]
    if not any(line.startswith("From:") for line in headers):
        lines.insert(0, "From: anna@example.com")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def test_an_ordinary_letter() -> None:
    assert message(letter()) == MessageReceived(
        message_id="id",
        medium="mail",
        chat="anna@example.com",
        name="Анна Смирнова",
        email="anna@example.com",
        subject="Заказ тента",
        text=TEXT,
        at=MORNING,
    )


class TestSender:
    def test_who_is_to_be_answered_is_the_client(self) -> None:
        form = letter(
            sender="Сайт <site@shop.example>", headers={"Reply-To": "Иван Котов <Ivan@Example.com>"}
        )
        told = message(form)
        assert (told.chat, told.email, told.name) == ("ivan@example.com", "ivan@example.com", "Иван Котов")

    def test_the_name_may_stand_at_the_other_address(self) -> None:
        told = message(letter(headers={"Reply-To": "orders@client.example"}))
        assert (told.email, told.name) == ("orders@client.example", "Анна Смирнова")

    def test_an_answer_to_ourselves_is_no_client(self) -> None:
        assert message(letter(headers={"Reply-To": USER})).email == "anna@example.com"

    @pytest.mark.parametrize(
        "own", [{}, {"own_addresses": ["boss@shop.example"]}, {"own_addresses": ["@shop.example"]}], ids=str
    )
    def test_our_own_letters_are_no_clients(self, own: Mapping[str, Any]) -> None:
        sender = "boss@shop.example" if own else USER.upper()
        assert reading(letter(sender=sender), **own) == Reading(note="own-letter")

    @pytest.mark.parametrize("sender", ["noreply@bank.example", "No-Reply@bank.example"])
    def test_who_cannot_be_answered(self, sender: str) -> None:
        assert reading(letter(sender=sender)) == Reading(note="ignored-sender")
        assert message(letter(sender=sender), ignored=[]).email == sender.lower()
        assert message(letter(sender=sender, headers={"Reply-To": "anna@example.com"})).email[:4] == "anna"

    def test_whom_the_shop_ignores(self) -> None:
        for ignored in ("anna@example.com", "@example.com", "anna@"):
            assert reading(letter(), ignored=[ignored]).note == "ignored-sender"
        assert message(letter(), ignored=["@example.co", "nna@"]).email == "anna@example.com"

    @pytest.mark.parametrize("sender", ["From: ", "From: Анна", "From: a@b", "X: y", "From: " + "(" * 3000])
    def test_a_letter_from_nobody_goes_to_quarantine(self, sender: str) -> None:
        content = sender.encode() + b"\r\nContent-Type: text/plain\r\n\r\nx"
        with pytest.raises(Unreadable, match="names no sender"):
            reading(content)


class TestForms:
    """A form of the shop's site that sends its leads by mail, from the site's own address."""

    FORM: Mapping[str, Any] = {"forms": ["wordpress@shop.example"], "own_addresses": ["@shop.example"]}

    def told(self, text: str, **headers: str) -> MessageReceived:
        return message(letter(text, sender="wordpress@shop.example", headers=headers), **self.FORM)

    def test_the_client_stands_in_the_text(self) -> None:
        told = self.told(
            "Имя: Анна\nПочта: Anna@example.com\nТелефон: 8 (916) 555-00-01\nСайт: info@shop.example"
        )
        assert (told.chat, told.email, told.phone) == ("anna@example.com", "anna@example.com", "+79165550001")

    def test_a_form_without_an_address_is_told_by_phone(self) -> None:
        told = self.told("Телефон: 8 (916) 555-00-01")
        assert (told.chat, told.email, told.phone) == ("+79165550001", "", "+79165550001")

    def test_a_form_without_anything_is_nobody_elses(self) -> None:
        told = self.told("Перезвоните!")
        assert (told.chat, told.email, told.phone) == ("id", "", None)

    def test_several_addresses_are_none(self) -> None:
        assert self.told("a@example.com, b@example.com").email == ""

    def test_a_form_may_say_that_it_is_a_program(self) -> None:
        headers = {"Auto-Submitted": "auto-generated", "Reply-To": "ivan@example.com"}
        assert self.told("Привет", **headers).email == "ivan@example.com"


class TestSkipped:
    @pytest.mark.parametrize(
        ("header", "said", "note"),
        [
            ("Auto-Submitted", "auto-replied", "auto-reply"),
            ("Auto-Submitted", "auto-generated; type=x", "auto-reply"),
            ("X-Autoreply", "yes", "auto-reply"),
            ("X-Autorespond", "Re: x", "auto-reply"),
            ("Precedence", "auto_reply", "auto-reply"),
            ("Precedence", "Bulk", "mailing-list"),
            ("Precedence", "list", "mailing-list"),
            ("List-Id", "<news.example.com>", "mailing-list"),
            ("List-Unsubscribe", "<https://example.com/u>", "mailing-list"),
            ("X-Spam-Flag", "YES", "spam"),
            ("X-Spam-Status", "Yes, score=9.1 required=5.0", "spam"),
            ("X-Yandex-Spam", "4", "spam"),
            ("Return-Path", "<>", "bounce"),
            ("Sender", "x@example.com", ""),
            ("Auto-Submitted", "no", ""),
            ("X-Autoreply", "no", ""),
            ("Precedence", "first-class", ""),
            ("X-Auto-Response-Suppress", "All", ""),
            ("X-Spam-Flag", "NO", ""),
            ("X-Spam-Status", "No, score=-1", ""),
            ("X-Yandex-Spam", "1", ""),
            ("Return-Path", "<anna@example.com>", ""),
        ],
    )
    def test_by_its_headers(self, header: str, said: str, note: str) -> None:
        assert reading(letter(headers={header: said})).note == note

    def test_reports_of_mail_servers(self) -> None:
        report = raw(b"--x\r\n\r\nfailed\r\n--x--", content_type="multipart/report; boundary=x")
        assert reading(report).note == "bounce"
        assert reading(letter(sender="Mail Delivery System <MAILER-DAEMON@mx.example>")).note == "bounce"


class TestPhone:
    @pytest.mark.parametrize(
        ("text", "phone"),
        [
            ("Мой телефон +7 916 555-00-01.", "+79165550001"),
            ("8(916)5550001, ещё раз: 89165550001", "+79165550001"),
            ("Звоните 89165550001 или 89165550002", None),
            ("ИНН 9701234567, КПП 540201001", None),
            ("№ 89165550001", None),
            ("Заказ: 89165550001; тел. 89165550002", "+79165550002"),
            ("Тент 3×6, 20.11.2026, 1500 руб.", None),
            ("", None),
        ],
    )
    def test_the_only_one_in_the_text(self, text: str, phone: str | None) -> None:
        assert message(letter(text or " ")).phone == phone

    def test_our_own_is_not_the_clients(self) -> None:
        text = "Вы писали с +7 495 000-00-01. Мой: 89165550001"
        assert message(letter(text), own_phones=["8 495 000-00-01"]).phone == "+79165550001"


class TestText:
    @pytest.mark.parametrize("charset", ["koi8-r", "windows-1251", "utf-8", "cp866", "utf-16"])
    def test_charsets(self, charset: str) -> None:
        content = raw(TEXT.encode(charset, "replace"), content_type=f"text/plain; charset={charset}")
        assert message(content).text == TEXT.encode(charset, "replace").decode(charset)

    @pytest.mark.parametrize("told", ["", "; charset=us-ascii", "; charset=no-such", "; charset=utf-8"])
    def test_a_wrong_charset_or_none(self, told: str) -> None:
        text = "Нужен тент"
        assert message(raw(text.encode("cp1251"), content_type=f"text/plain{told}")).text == text
        if "utf" not in told:
            assert message(raw(text.encode(), content_type=f"text/plain{told}")).text == text

    def test_base64_that_was_cut_off_is_read_as_far_as_it_goes(self) -> None:
        encoded = base64.encodebytes((TEXT * 100).encode())[:1000]
        content = raw(b"").replace(b"8bit", b"base64") + encoded
        assert message(content, size=5000).text.startswith(TEXT)

    def test_plain_text_wins_over_html(self) -> None:
        assert message(letter("Просто текст", html="<p>HTML</p>")).text == "Просто текст"

    def test_html_alone(self) -> None:
        html = (
            "<html><head><title>x</title><style>p { color: red }</style></head><body><!-- c -->"
            "<p>Добрый&nbsp;день!</p>\n<p>Нужен <b>тент</b><br>3&times;6</p>"
            "<ul><li>серый</li><li>синий</li></ul>"
            "<table><tr><td>Телефон</td><td>89165550001</td></tr></table><script>alert(1)</script></body></html>"
        )
        told = message(letter("", html=html))
        assert told.text == "Добрый день!\nНужен тент\n3×6\n- серый\n- синий\nТелефон 89165550001"
        assert told.phone == "+79165550001"

    @pytest.mark.parametrize(
        "html", ["<", "<![x", "a<!--b", "<p", "</p></p>", "<a <b>c", "&#x110000;", "<![CDATA["]
    )
    def test_broken_html(self, html: str) -> None:
        assert isinstance(message(letter("", html=html)).text, str)

    def test_what_nobody_can_see_is_taken_out(self) -> None:
        assert message(letter("Тент\u200b 3\u00a0м\u202e")).text == "Тент 3 м"

    def test_a_long_text_is_cut(self) -> None:
        assert len(message(letter("тент " * 10_000)).text) == 10_001

    def test_an_empty_letter_is_an_event(self) -> None:
        assert message(letter(" ")).text == ""


ANSWER = "Да, берём."


class TestQuotes:
    @pytest.mark.parametrize(
        "history",
        [
            "пт, 20 нояб. 2026 г. в 11:05, Тенты <info@shop.example>:\n\n> Цена 100\n> Берёте?",
            "пт, 20 нояб. 2026 г. в 11:05, Защитные тенты и навесы\n<info@shop.example>:\n> Цена 100",
            '20.11.2026, 11:05, "Тенты" <info@shop.example>:\n> Цена 100',
            "Пятница, 20 ноября 2026, 11:05 +07:00 от Тенты <info@shop.example>:\n> Цена 100",
            "On Fri, Nov 20, 2026 at 11:05 AM Tents <info@shop.example> wrote:\n> Price 100\n>\n> Yes?",
            "20.11.2026 11:05, Тенты написал(а):\nЦена 100",
            "-----Original Message-----\nFrom: Tents\nSent: Friday",
            "----- Исходное сообщение -----\nЦена 100",
            "-------- Пересылаемое сообщение --------\nЦена 100",
            "От: Тенты <info@shop.example>\nОтправлено: 20 ноября 2026 г. 11:05\nКому: Анна",
            "От кого: Тенты\nКому: Анна\nДата: 20.11",
            "________________________________\nFrom: Tents",
        ],
    )
    def test_what_was_written_before_is_cut_off(self, history: str) -> None:
        assert message(letter(f"{ANSWER}\n\n{history}\n")).text == ANSWER

    def test_answers_below_and_between_are_kept(self) -> None:
        text = "20.11.2026, 11:05, Тенты <info@shop.example>:\n> Цена 100\n\nДа\n\n> Цвет?\nСерый"
        assert message(letter(text)).text == "Да\nСерый"

    @pytest.mark.parametrize(
        "text",
        [
            "> Нужен тент",
            "-------- Пересылаемое сообщение --------\nНужен тент",
            "От: Анна <anna@example.com>\nТема: Тент\n\nНужен тент",
        ],
    )
    def test_a_letter_that_is_all_history_keeps_it(self, text: str) -> None:
        assert message(letter(text)).text == text

    @pytest.mark.parametrize(
        "text",
        [
            "Ваш менеджер Иван написал:\nцена 100. Это с доставкой?",
            "От: склада\nДо: дома\nсколько стоит?",
            "Пишите на anna@example.com:\nжду счёт",
            "Размер:\n3 > 2",
            "--\nАнна Смирнова",
        ],
    )
    def test_what_only_looks_like_history_stays(self, text: str) -> None:
        assert message(letter(text)).text == text

    def test_what_html_quotes(self) -> None:
        html = (
            "<div>Да, берём.</div><div>20.11.2026, 11:05, &quot;Тенты&quot; &lt;info@shop.example&gt;:</div>"
            "<blockquote><div>Цена 100</div><div><br></div><div>Берёте?</div></blockquote>"
        )
        assert message(letter("", html=html)).text == ANSWER


class TestHeaders:
    @pytest.mark.parametrize(
        ("header", "subject"),
        [
            ("=?koi8-r?B?+sHLwdog1MXO1ME=?=", "Заказ тента"),
            ("=?windows-1251?Q?=C7=E0=EA=E0=E7?=", "Заказ"),
            # A letter of two bytes is torn apart between two words.
            ("=?utf-8?B?0JfQsNC60LDQ?=\r\n =?utf-8?B?tyDRgtC10L3RgtCw?=", "Заказ тента"),
            ("=?utf-8?B?broken", "=?utf-8?B?broken"),
            ("=?utf-8?B?A?=", "=?utf-8?B?A?="),
            ("=?no-such?Q?=D0=97?=", "З"),
            ("a\r\n b", "a b"),
            ("Заказ".encode("cp1251").decode("latin-1"), "Заказ"),
            ("Заказ".encode().decode("latin-1"), "Заказ"),
            ("", ""),
        ],
    )
    def test_subjects(self, header: str, subject: str) -> None:
        assert message(raw(b"x", f"Subject: {header}")).subject == subject

    @pytest.mark.parametrize(
        ("date", "at"),
        [
            ("Fri, 20 Nov 2026 10:00:00 +0700", datetime(2026, 11, 20, 3, 0, tzinfo=UTC)),
            ("20 Nov 2026 03:00:00 -0000", datetime(2026, 11, 20, 3, 0, tzinfo=UTC)),
            ("Fri, 20 Nov 2026 10:00:00 +0700 (NOVT)", datetime(2026, 11, 20, 3, 0, tzinfo=UTC)),
            ("Tue, 01 Jan 1980 00:00:00 +0000", ARRIVED),
            ("Fri, 20 Nov 2026 09:00:00 +0000", ARRIVED),
            ("Fri, 20 Nov 20266 09:00:00 +0000", ARRIVED),
            ("Fri, 32 Nov 2026 09:00:00 +9999", ARRIVED),
            ("yesterday", ARRIVED),
            ("", ARRIVED),
        ],
    )
    def test_a_date_counts_if_it_can_be_true(self, date: str, at: datetime) -> None:
        assert message(raw(b"x", f"Date: {date}")).at == at


class TestFiles:
    def test_they_are_named_with_their_size(self) -> None:
        told = message(letter(files=[("чертёж.pdf", b"x" * 1_234), ("план.pdf", b"")]))
        assert told.text == TEXT
        assert told.attachments == (
            Attachment(name="чертёж.pdf", size=1234),
            Attachment(name="план.pdf", size=0),
        )

    def test_those_of_a_long_letter_are_told_by_the_server(self) -> None:
        noted = (
            b"attachment; filename*=\"utf-8''%D0%BF%D0%BB%D0%B0%D0%BD.pdf\"; size=3000000",
            b'attachment; filename="=?koi8-r?B?0MzBzi5wZGY=?="; size=7',
            b'attachment; filename*0="a"; filename*1="b.pdf"; size=8',
            b"attachment",
        )
        told = message(letter(files=[("план.pdf", b"x" * 9)])[:-50], size=3_000_000, attachments=noted)
        assert told.attachments == (
            Attachment(name="план.pdf", size=3_000_000),
            Attachment(name="план.pdf", size=7),
            Attachment(name="ab.pdf", size=8),
            Attachment(name="letter.eml"),
        )

    def test_if_the_server_told_nothing_the_size_of_what_was_cut_off_is_unknown(self) -> None:
        told = message(letter(files=[("план.pdf", b"x" * 9)])[:-50], size=3_000_000)
        assert told.attachments == (Attachment(name="план.pdf"),)

    def test_a_letter_cannot_pretend_what_the_server_told(self) -> None:
        forged = letter(headers={"Attachment": 'attachment; filename="x"', "Size": "1", "Id": "2"})
        told = message(forged)
        assert (told.attachments, told.message_id) == ((), "id")

    def test_a_letter_within_the_letter_and_a_file_without_a_name(self) -> None:
        inner = letter("внутри", files=[("глубже.pdf", b"x")])
        body = (
            b"--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
            + inner
            + b"\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
        )
        told = message(raw(body, content_type="multipart/mixed; boundary=b"))
        assert told.text == "see"
        assert [file.name for file in told.attachments] == ["letter.eml", "image/png"]

    def test_no_more_than_a_person_reads(self) -> None:
        assert len(message(letter(files=[("a.pdf", b"")] * 60)).attachments) == 50


class TestBroken:
    @pytest.mark.parametrize(
        "content", [b"", b"x", b"Id: 1\r\n\r\n", b"Id: 1\r\nSize: x\r\n\r\n", b"\r\n\r\n"]
    )
    def test_what_is_no_record_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            read(a_webhook(content), own_settings(), ZONE)

    def test_parts_within_parts_without_end(self) -> None:
        nested = b"".join(
            b"Content-Type: multipart/mixed; boundary=a%d\r\n\r\n--a%d\r\n" % (level, level)
            for level in range(3000)
        )
        with pytest.raises(Unreadable, match="nested too deep"):
            reading(b"From: anna@example.com\r\n" + nested)


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"user": "инфо@shop.example"},
            {"password": "пароль"},
            {"password": ""},
            {"password": "two\r\nlines"},
            {"port": 0},
            {"own_phones": ["no phone"]},
            {"host": ""},
        ],
        ids=str,
    )
    def test_mistakes(self, wrong: Mapping[str, object]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            own_settings(**wrong)
