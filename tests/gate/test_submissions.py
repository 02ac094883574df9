"""Submissions of forms in whatever way they are sent, and which of them are the same."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gate.form import MAX_FIELDS, Unparsable
from chalicelib.gate.submissions import (
    FORM_TYPE,
    JSON_TYPE,
    LARGEST_REMEMBERED,
    fields_of,
    flattened,
    plain_name,
    submission_id,
    submission_ticket,
)
from chalicelib.gate.webhook import Webhook

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BOUNDARY = "----WebKitFormBoundary7MA4"


def sent(body: bytes | str, content_type: str = "", at: datetime = NOON) -> Webhook:
    headers = {"content-type": content_type} if content_type else {}
    return Webhook("shop", "POST", (), {}, headers, body if isinstance(body, bytes) else body.encode(), at)


def multipart(*parts: tuple[str, str], encoding: str = "utf-8", boundary: str = BOUNDARY) -> Webhook:
    """A browser's form: the rest of each Content-Disposition, and the content."""
    pieces = [
        f"--{boundary}\r\nContent-Disposition: form-data; {rest}\r\n\r\n{text}\r\n" for rest, text in parts
    ]
    body = "".join([*pieces, f"--{boundary}--\r\n"]).encode(encoding)
    charset = "; charset=windows-1251" if encoding == "cp1251" else ""
    return sent(body, f'multipart/form-data; boundary="{boundary}"{charset}')


def outcome(webhook: Webhook) -> str:
    try:
        fields_of(webhook, "replace")
    except Unparsable as error:
        return str(error)
    return "read"


class TestWaysToSend:
    @pytest.mark.parametrize(
        "webhook",
        [
            sent(urlencode({"Имя": "Анна", "phone": "1"}), FORM_TYPE),
            sent(urlencode({"Имя": "Анна", "phone": "1"})),
            sent(json.dumps({"Имя": "Анна", "phone": "1"}), "application/json; charset=utf-8"),
            sent(json.dumps({"Имя": "Анна", "phone": "1"}), "application/vnd.shop+json"),
            sent(b"\xef\xbb\xbf" + json.dumps({"Имя": "Анна", "phone": "1"}).encode()),
            sent(json.dumps({"Имя": "Анна", "phone": "1"}), "text/plain;charset=UTF-8"),
            sent("Имя: Анна\r\nphone=1\r\n", "text/plain"),
            multipart(('name="Имя"', "Анна"), ('name="phone"', "1")),
        ],
    )
    def test_all_say_the_same(self, webhook: Webhook) -> None:
        assert fields_of(webhook) == {"Имя": "Анна", "phone": "1"}

    @pytest.mark.parametrize(
        "webhook",
        [
            sent(urlencode({"Имя": "Анна"}, encoding="cp1251"), f"{FORM_TYPE}; charset=windows-1251"),
            sent('{"Имя": "Анна"}'.encode("cp1251"), 'application/json; charset="Windows-1251"'),
            sent("Имя: Анна".encode("cp1251"), "text/plain; charset=cp1251"),
            multipart(('name="Имя"', "Анна"), encoding="cp1251"),
        ],
    )
    def test_windows_1251_where_the_content_type_says_so(self, webhook: Webhook) -> None:
        assert fields_of(webhook) == {"Имя": "Анна"}

    @pytest.mark.parametrize(
        ("webhook", "reason"),
        [
            (sent(urlencode({"Имя": "Анна"}, encoding="cp1251"), FORM_TYPE), "wrong-encoding"),
            (sent('{"Имя": "Анна"}'.encode("cp1251"), JSON_TYPE), "wrong-encoding"),
            (sent("Имя: Анна".encode("cp1251"), "text/plain"), "wrong-encoding"),
            (sent(b"a=%98", f"{FORM_TYPE}; charset=windows-1251"), "wrong-encoding"),
            (sent(b'{"a": "\x98"}', f"{JSON_TYPE}; charset=windows-1251"), "wrong-encoding"),
            (sent("{", JSON_TYPE), "broken-json"),
            (sent("[1]", JSON_TYPE), "unexpected-content"),
            (sent("a=1", "application/x-wrong"), "wrong-content-type"),
            (sent("&".join(f"{number}=" for number in range(MAX_FIELDS + 1)), FORM_TYPE), "too-many-fields"),
        ],
    )
    def test_what_cannot_be_read(self, webhook: Webhook, reason: str) -> None:
        with pytest.raises(Unparsable, match=reason):
            fields_of(webhook)

    def test_damaged_texts_can_be_looked_at(self) -> None:
        assert fields_of(sent(b"a=%FF&phone=1", FORM_TYPE), "replace") == {"a": "\ufffd", "phone": "1"}

    def test_a_name_that_stands_there_twice(self) -> None:
        assert fields_of(sent("size=S&size=M&phone=1")) == {"size": ["S", "M"], "phone": "1"}


class TestPlainText:
    def test_lines_without_a_label_belong_to_the_one_before(self) -> None:
        text = "Здравствуйте\nТелефон: +7 999\nВопрос:\nКогда?\n в 12:30, https://example.com/?a=b\n\n"
        assert fields_of(sent(text, "text/plain")) == {
            "text": "Здравствуйте",
            "Телефон": "+7 999",
            "Вопрос": "\nКогда?\n в 12:30, https://example.com/?a=b\n",
        }

    def test_a_label_is_no_essay(self) -> None:
        line = "а" * 300 + ": б"
        assert fields_of(sent(line, "text/plain")) == {"text": line}

    def test_nothing(self) -> None:
        assert fields_of(sent("", "text/plain")) == {}


class TestMultipart:
    def test_a_file_is_its_name(self) -> None:
        webhook = multipart(
            ('name="photo"; filename="лодка.jpg"\r\nContent-Type: image/jpeg', "\x00\x01"),
            ('name="files[]"; filename="1.pdf"', "a"),
            ('name="files[]"; filename="2.pdf"', "b"),
            ('name="none"; filename=""', ""),
        )
        assert fields_of(webhook) == {"photo": "лодка.jpg", "files[]": ["1.pdf", "2.pdf"], "none": ""}

    @pytest.mark.parametrize("boundary", ["x", "a b'()+_,-./:=?", "-" * 70])
    def test_any_boundary(self, boundary: str) -> None:
        assert fields_of(multipart(('name="a"', "--\r\nb"), boundary=boundary)) == {"a": "--\r\nb"}

    @pytest.mark.parametrize(
        ("disposition", "name"),
        [
            ('name="a%22b%0D%0Ac"', 'a"b\r\nc'),
            (r'name="a\"b\\c"', r'a"b\c'),
            ("name=plain", "plain"),
            ('NAME="A"', "A"),
            ('name=""', ""),
        ],
    )
    def test_names_as_different_senders_write_them(self, disposition: str, name: str) -> None:
        assert fields_of(multipart((disposition, "x"))) == {name: "x"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"--x",
            b"--x\r\n",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut of',
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--y--\r\n',
            b"--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--\r\n",
            b'--x\r\nContent-Disposition: attachment; name="a"\r\n\r\nb\r\n--x--\r\n',
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n--x--\r\n',
        ],
    )
    def test_what_was_cut_off_is_broken(self, body: bytes) -> None:
        with pytest.raises(Unparsable, match="broken-form"):
            fields_of(sent(body, "multipart/form-data; boundary=x"))

    def test_without_a_boundary_nothing_can_be_read(self) -> None:
        with pytest.raises(Unparsable, match="broken-form"):
            fields_of(sent(b"--x--", "multipart/form-data"))

    def test_too_many_fields(self) -> None:
        part = ('name="a"', "")
        assert len(str(fields_of(multipart(*[part] * MAX_FIELDS))["a"])) > MAX_FIELDS
        with pytest.raises(Unparsable, match="too-many-fields"):
            fields_of(multipart(*[part] * (MAX_FIELDS + 1)))

    @given(
        fields=st.dictionaries(
            # httpx leaves backslashes as they are, and writes more control characters as %XX than browsers.
            st.text(
                st.characters(codec="utf-8", exclude_characters="\\", exclude_categories=["Cc"]),
                min_size=1,
                max_size=20,
            ),
            st.text(st.characters(codec="utf-8"), max_size=50),
            min_size=1,
            max_size=5,
        )
    )
    def test_what_a_client_library_writes_is_read_back(self, fields: dict[str, str]) -> None:
        files = {name: (None, text) for name, text in fields.items()}
        request = httpx.Request("POST", "https://example.com/", files=files)
        assert fields_of(sent(request.read(), request.headers["content-type"])) == fields

    @given(body=st.binary(), boundary=st.text())
    def test_any_bytes_are_read_or_refused(self, body: bytes, boundary: str) -> None:
        webhook = sent(b"--x\r\n" + body, f"multipart/form-data; boundary={boundary}")
        assert outcome(webhook) in {"read", "broken-form", "too-many-fields"}


class TestFlattened:
    def test_nested_json(self) -> None:
        fields = {
            "contacts": {"phone": 79990000001, "email": None},
            "answers": [{"q": "Цвет?", "a": ["красный", "", "синий"]}, "x"],
            "agreed": True,
            "empty": [],
        }
        assert flattened(fields) == [
            ("contacts.phone", "79990000001"),
            ("contacts.email", ""),
            ("answers.0.q", "Цвет?"),
            ("answers.0.a", "красный, синий"),
            ("answers.1", "x"),
            ("agreed", "true"),
            ("empty", ""),
        ]

    def test_brackets_as_php_reads_them(self) -> None:
        fields = {"contacts[phone]": "1", "items[0][name]": "a", "size[]": ["S", "M"], "a]b[": "x"}
        assert flattened(fields) == [
            ("contacts.phone", "1"),
            ("items.0.name", "a"),
            ("size", "S, M"),
            ("a]b[", "x"),
        ]

    def test_two_fields_with_one_name_stay_two(self) -> None:
        assert flattened({"a.b": "1", "a": {"b": "2"}, "a[b]": "3"}) == [("a.b", text) for text in "123"]

    def test_what_is_nested_very_deep_stays_json(self) -> None:
        (field,) = flattened(json.loads('{"a":' * 30 + "1" + "}" * 30))
        assert field[0] == ".".join("a" * 11)
        assert json.loads(field[1])


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("E-Mail", "email"),
        ("tel-42", "tel"),
        ("Ваш_телефон *", "ваштелефон"),
        ("utm_source", "utmsource"),
        ("42", ""),
    ],
)
def test_a_plain_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


class TestSameSubmission:
    FORM = "name=Anna&phone=89990000001"

    def ids(self, *webhooks: Webhook) -> list[str]:
        return [submission_ticket(webhook, ("lead.id", "id")).dedup_id for webhook in webhooks]

    def test_the_best_id_counts_wherever_it_stands(self) -> None:
        fields = {"session": "of-all-forms", "order": {"id": "17"}}
        assert submission_id(fields, NOON, ("order.id", "session")) == ("order.id", "17")

    def test_by_the_best_id_however_late(self) -> None:
        later = NOON + timedelta(days=30)
        first, again, other = self.ids(
            sent('{"lead": {"id": 7}, "id": 1}'),
            sent('{"id": 2, "lead": {"id": "7"}}', at=later),
            sent("id=7"),
        )
        assert first == again == "lead.id:7"
        assert other == "id:7"

    @pytest.mark.parametrize("value", ["", " ", "x" * 201])
    def test_what_is_no_id_is_none(self, value: str) -> None:
        assert submission_id({"id": value}, NOON, ("id",))[0] == "content"

    def test_by_content_for_ten_minutes(self) -> None:
        first, again, other_order, other, later = self.ids(
            sent(self.FORM),
            sent(self.FORM, at=NOON + timedelta(minutes=9)),
            sent("phone=89990000001&name=Anna"),
            sent(self.FORM + "&x=1"),
            sent(self.FORM, at=NOON + timedelta(minutes=10)),
        )
        assert first == again == other_order
        assert len({first, other, later}) == 3

    @pytest.mark.parametrize("body", ["{", "[1]", '{"a": ' + "[" * 90_000])
    def test_by_its_bytes_if_it_cannot_be_read(self, body: str) -> None:
        first, again, other = self.ids(*(sent(text, JSON_TYPE) for text in (body, body, body + " ")))
        assert first == again != other

    @pytest.mark.parametrize(
        "body",
        [
            "name=A&Телефон=8 (999) 000-00-01",
            "your-tel=89990000001",
            "contact[phone]=+79990000001",
            '{"contacts": [{"phone": 79990000001}]}',
            "mobile-number=1&n=9990000001",
        ],
    )
    def test_one_clients_submissions_stay_in_order(self, body: str) -> None:
        assert submission_ticket(sent(body), phone_names=("n",)).group == "phone:9990000001"

    def test_nobody_waits_for_a_form_without_a_phone(self) -> None:
        assert submission_ticket(sent("name=Anna")).group == ""


def test_what_a_large_body_holds_is_not_kept_in_memory() -> None:
    large = sent(json.dumps({"a": [{}] * LARGEST_REMEMBERED}), JSON_TYPE)
    assert fields_of(large) == fields_of(large)
    assert fields_of(large) is not fields_of(large)


def test_the_same_body_means_something_else_in_another_form() -> None:
    body = '{"phone": "1"}'
    assert fields_of(sent(body, JSON_TYPE)) == fields_of(sent(body)) == {"phone": "1"}
    assert fields_of(sent(body, FORM_TYPE)) == {body: ""}
    cyrillic = "имя=Анна".encode("cp1251")
    assert fields_of(sent(cyrillic, f"{FORM_TYPE}; charset=windows-1251")) == {"имя": "Анна"}
    with pytest.raises(Unparsable, match="wrong-encoding"):
        fields_of(sent(cyrillic, FORM_TYPE))
    assert fields_of(sent(cyrillic, FORM_TYPE), "replace").keys() == {"\N{REPLACEMENT CHARACTER}" * 3}
