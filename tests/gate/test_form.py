"""Form and JSON bodies, read without losing a byte."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gate.form import MAX_FIELDS, Unparsable, form_fields, json_value, without_form_fields


def encoded(fields: dict[str, bytes]) -> bytes:
    pairs = (f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in fields.items())
    return "&".join(pairs).encode()


class TestFormFields:
    def test_values_stay_bytes_in_whatever_encoding(self) -> None:
        assert form_fields(b"a=%D0%90&b=%C0+%2B&c=\xc0\xff") == {
            "a": "А".encode(),
            "b": "А +".encode("cp1251"),
            "c": b"\xc0\xff",
        }

    def test_blank_values_are_kept_and_of_a_repeated_name_the_last(self) -> None:
        assert form_fields(b"a=&b&c=1&c=2&&=x") == {"a": b"", "b": b"", "c": b"2", "": b"x"}

    def test_names_are_texts(self) -> None:
        assert form_fields(b"%D0%90_%D1%8F=1&payment[a]=2&%C0=3") == {
            "А_я": b"1",
            "payment[a]": b"2",
            "\ufffd": b"3",
        }

    def test_too_many_fields(self) -> None:
        assert len(form_fields(b"&".join(b"%d=" % number for number in range(MAX_FIELDS)))) == MAX_FIELDS
        with pytest.raises(Unparsable, match="too-many-fields"):
            form_fields(b"a=&" * (MAX_FIELDS + 1))

    @given(st.dictionaries(st.text(), st.binary()))
    def test_what_was_encoded_is_read_back(self, fields: dict[str, bytes]) -> None:
        assert form_fields(encoded(fields)) == fields

    @given(st.binary())
    def test_any_bytes_are_a_form(self, body: bytes) -> None:
        assert isinstance(form_fields(body), dict)


class TestWithoutFormFields:
    def test_every_other_byte_stays(self) -> None:
        body = b"b=%d0%90+%2B&key=secret&&a=1&a=2&k%65y=secret&c"
        assert without_form_fields(body, frozenset({"key"})) == b"b=%d0%90+%2B&&a=1&a=2&c"

    def test_names_that_need_decoding(self) -> None:
        assert (
            without_form_fields(b"my+key=1&%D0%BA%D0%BB%D1%8E%D1%87=2&x=3", frozenset({"my key", "ключ"}))
            == b"x=3"
        )

    @given(st.binary(), st.text())
    def test_the_other_fields_are_read_as_before(self, body: bytes, name: str) -> None:
        others = {key: value for key, value in form_fields(body).items() if key != name}
        assert form_fields(without_form_fields(body, frozenset({name}))) == others


class TestJsonValue:
    def test_utf_8_with_or_without_a_byte_order_mark(self) -> None:
        assert json_value('{"a": "я"}'.encode()) == {"a": "я"}
        assert json_value(b"\xef\xbb\xbf[1]") == [1]

    @pytest.mark.parametrize("body", ['{"a": "я"}'.encode("cp1251"), b'"\xff"', '"я"'.encode("utf-16")])
    def test_wrong_encoding(self, body: bytes) -> None:
        with pytest.raises(Unparsable, match="wrong-encoding"):
            json_value(body)

    @pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1', b"a=1", b"[" * 100_000, b"1" * 10_000])
    def test_broken_json(self, body: bytes) -> None:
        with pytest.raises(Unparsable, match="broken-json"):
            json_value(body)

    def test_half_a_surrogate_pair_becomes_a_question_mark(self) -> None:
        body = rb'{"\ud83d": ["\uD83D\uDE00", "cut \uD83D", "\udc00"], "n": 1.5, "text": "\\ud83d"}'
        assert json_value(body) == {"?": ["😀", "cut ?", "?"], "n": 1.5, "text": r"\ud83d"}
