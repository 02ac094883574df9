"""Phone numbers: from whatever was sent or typed to E.164."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.phones import is_staff, normalise, readable

CLIENT = "+79161234567"

PHONE_LIKE = st.text(st.sampled_from("0123456789+()- .;,/#@x:доб")) | st.from_regex(
    r"(tel:|sip:|sips:|client:)?(\+|00|810|8|7)?[0-9]{3,16}(@x\.ru|;ext=5| доб\. [0-9]+)?", fullmatch=True
)


@pytest.mark.parametrize(
    "text",
    [
        "79161234567",
        "+79161234567",
        "89161234567",
        "9161234567",
        "tel:+79161234567",
        "TEL:+7-916-123-45-67;ext=5",
        "sip:9161234567@example.ru",
        "sip:+79161234567@example.ru;user=phone",
        "sips:79161234567",
        "0079161234567",
        "81079161234567",
        "+7 (916) 123-45-67",
        "8 916 123 45 67",
        " 8-916-123-45-67\n",
        "(+7) 916 123 45 67",
        "Тел.: 8 916 123 45 67 (вечером)",
        "+7 (916) 123-45-67 доб. 5",
        "8 916 123 45 67, доб 12",
        "8 916 123 45 67 вн. 101",
        "8 916 123 45 67 ext. 33",
        "8 916 123 45 67 x5",
        "8 916 123 45 67#5",
        "Доброе утро! 8 916 123 45 67",
        "8 916 123 45 67, 8 495 123 45 67",
        "+79161234567 / +74951234567",
        "+79161234567; Анна",
        "tel:9161234567;phone-context=+7",
        "sip:%2B79161234567@example.ru",
        '"Анна" <sip:79161234567@example.ru;transport=udp>',
        '"101" <89161234567>',
        "<sip:+79161234567@example.ru>",
        "8 916 123 45 67*12",
        "8 916 123 45 67,,12",
        "8 (916) 123-45-67 добавочный 1234",
        "8\u00a0916\u00a0123\u201145\u201167",
        "Анна 8 916 123 45 67",
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_one_client_in_many_forms(text: str, *, typed: bool) -> None:
    assert normalise(text, typed=typed) == CLIENT


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("88005553535", "+78005553535"),
        ("8005553535", "+78005553535"),
        ("3822123456", "+73822123456"),
        ("4951234567", "+74951234567"),
        ("77011234567", "+77011234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("375291234567", "+375291234567"),
        ("00375291234567", "+375291234567"),
        ("8 10 375 29 123 45 67", "+375291234567"),
        ("+49 30 1234567", "+49301234567"),
        ("8 (800) 555-35-35", "+78005553535"),
        ("tel:88005553535", "+78005553535"),
        ("8 3822 12-34-56", "+73822123456"),
        ("87011234567", "+77011234567"),
        ("+7 727 123 45 67", "+77271234567"),
        ("+380671234567", "+380671234567"),
        ("810 380 67 123 45 67", "+380671234567"),
        ("+998901234567", "+998901234567"),
        ("996555123456", "+996555123456"),
        ("+1 500 555 0006", "+15005550006"),
        ("sip:15005550006@example.pstn.twilio.com", "+15005550006"),
    ],
)
def test_other_numbers(text: str, number: str) -> None:
    assert normalise(text, typed=False) == normalise(text, typed=True) == number


def test_both_prefixes_are_one_only_if_a_person_typed_them() -> None:
    assert normalise("+7 8 916 123-45-67", typed=True) == CLIENT
    assert normalise("+7 8 916 123-45-67", typed=False) is None


def test_plus_eight_is_russian_only_if_a_person_typed_it() -> None:
    assert normalise("+89161234567", typed=True) == CLIENT
    assert normalise("+89161234567", typed=False) is None
    assert normalise("+84912345678", typed=False) == "+84912345678"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "null",
        "anonymous",
        "Anonymous",
        "private",
        "restricted",
        "unknown",
        "<unknown>",
        "unavailable",
        "blocked",
        "withheld",
        "Скрытый",
        "101",
        "*105#",
        "02",
        "123-45-67",
        "7378742833",
        "1234567890",
        "+7378742833",
        "+266696687",
        "+2562533",
        "+8656696",
        "+86282452253",
        "86282452253",
        "266696687",
        "RESTRICTED",
        "Private number",
        "Номер скрыт",
        "asterisk",
        '"Анна" <sip:101@shop.mangosip.ru>',
        "<sip:anna@shop.mangosip.ru>",
        "sip:unavailable@unavailable.invalid",
        "112",
        "0890",
        "0671234567",
        "tel:101;phone-context=shop.example",
        "+7",
        "8",
        "+7 916 123-45-6",
        "+7 916 123-45-678",
        "+0 000 000-00-00",
        "00000000000",
        "+9991234567890",
        "1" * 16,
        "9" * 100_000,
        "sip:manager1@shop.mangosip.ru",
        "sip:101@shop.mangosip.ru",
        "sip:user79161234567@shop.mangosip.ru",
        "sip:anonymous@anonymous.invalid",
        "client:anna",
        "client:",
        "anna1990@example.com",
        "позже",
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_client(text: str, *, typed: bool) -> None:
    assert normalise(text, typed=typed) is None


@pytest.mark.parametrize(
    ("text", "staff"),
    [
        ("sip:manager1@shop.mangosip.ru", True),
        ("sip:101@shop.mangosip.ru", True),
        ('"Анна" <sip:101@shop.mangosip.ru>', True),
        ('"Анна" <sip:79161234567@shop.mangosip.ru>', False),
        ("SIPS:manager1@shop.mangosip.ru", True),
        ("client:anna", True),
        ("sip:79161234567@example.ru", False),
        ("sip:anonymous@anonymous.invalid", False),
        ("sip:Anonymous@anonymous.invalid", False),
        ("sip:0@pbx.example", False),
        ("sip:@pbx.example", False),
        ("sip:+266696687@pbx.example", False),
        ("sip:7378742833@pbx.example", False),
        ("tel:101", False),
        ("101", False),
        ("79161234567", False),
        ("", False),
    ],
)
def test_staff(text: str, *, staff: bool) -> None:
    assert is_staff(text) is staff


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (CLIENT, "+7 916 123-45-67"),
        ("+375291234567", "+375 29 123-45-67"),
        ("позже", "позже"),
        ("", ""),
    ],
)
def test_readable(number: str, text: str) -> None:
    assert readable(number) == text


@given(st.text() | PHONE_LIKE, st.booleans())
@example("8108" + "9" * 11, True)
@example("0089161234567", True)
@example("0086282452253", False)
def test_any_text_becomes_e164_or_nothing_and_stays_so(text: str, typed: bool) -> None:
    number = normalise(text, typed=typed)
    is_staff(text)
    readable(text)
    if number is not None:
        assert number.startswith("+")
        assert number[1:].isascii()
        assert number[1:].isdigit()
        assert normalise(number, typed=typed) == number


@given(st.integers(3_000_000_000, 9_999_999_999).filter(lambda number: str(number)[0] in "3489"))
def test_each_way_to_write_a_russian_number_is_the_same(number: int) -> None:
    ways = (f"8{number}", f"7{number}", f"+7{number}", f"{number}", f"007{number}")
    assert {normalise(way, typed=False) for way in ways} == {f"+7{number}"}
    assert normalise(readable(f"+7{number}"), typed=True) == f"+7{number}"
