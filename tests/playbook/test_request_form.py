"""What is told by what clients write."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.conversation_memory import Told
from chalicelib.playbook.deadlines import deadline_in
from chalicelib.playbook.request_form import PRIVATE, is_tax_number, joined, missing, told_in

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("до 5 декабря", date(2026, 12, 5)),
        ("Нужно к 5-му? нет, до 7 дек.", date(2026, 12, 7)),
        ("к 1-го марта", date(2027, 3, 1)),
        ("5 мая 2027", date(2027, 5, 5)),
        ("не позднее 05.12.2026", date(2026, 12, 5)),
        ("05.12.26", date(2026, 12, 5)),
        ("05.12", date(2026, 12, 5)),
        ("до 5.12", date(2026, 12, 5)),
        ("срок: 05.12", date(2026, 12, 5)),
        ("до 15.01 надо", date(2027, 1, 15)),
        ("завтра", date(2026, 11, 21)),
        ("можно послезавтра?", date(2026, 11, 22)),
        ("Очень срочно!", FRIDAY),
        ("сегодня до вечера", FRIDAY),
        ("к понедельнику", date(2026, 11, 23)),
        ("к пятнице", FRIDAY),
        ("в среду", date(2026, 11, 25)),
        ("до следующего вторника", date(2026, 11, 24)),
        ("через 2 недели", date(2026, 12, 4)),
        ("через неделю", date(2026, 11, 27)),
        ("через две недели", date(2026, 12, 4)),
        ("в течение 10 рабочих дней", date(2026, 11, 30)),
        ("через 3 часа", FRIDAY),
        ("через месяц", date(2026, 12, 20)),
        ("до конца недели", date(2026, 11, 22)),
        ("в конце месяца", date(2026, 11, 30)),
        ("договор от 05.11.2026, сделать до 30.11.2026", date(2026, 11, 30)),
        ("были у вас 25 ноября? Сделайте к 10 декабря", date(2026, 12, 10)),
        ("by Friday", FRIDAY),
        ("by December 5", date(2026, 12, 5)),
        ("until 5th December", date(2026, 12, 5)),
        ("in two weeks", date(2026, 12, 4)),
        ("ASAP", FRIDAY),
    ],
)
def test_a_day_is_understood(text: str, day: date) -> None:
    found = deadline_in(text, FRIDAY)
    assert found is not None
    assert found.day == day


@pytest.mark.parametrize(
    "text",
    [
        "Здравствуйте",
        "тент 2.10 на 3.05",
        "размер 3.5 м",
        "высота до 2.10 м",
        "до 3.05 метра",
        "не срочно",
        "несрочно",
        "до 31.02",
        "договор от 05.11.2024",
        "до 5 ноября",
        "телефон 8 916 123-45-67",
        "через 9999 недель",
        "за 100 рублей",
        "2 тента по 5 мест",
        "маршрут 12 окон",
        "30.11.2026.15",
        "",
    ],
)
def test_what_is_no_day_to_come_is_none(text: str) -> None:
    assert deadline_in(text, FRIDAY) is None


@given(st.text(max_size=300), st.dates(min_value=date(2024, 1, 1), max_value=date(2090, 1, 1)))
def test_whatever_they_write_nothing_breaks_and_no_day_has_passed(text: str, today: date) -> None:
    told = told_in(text, today)
    assert told.deadline is None or told.deadline >= today
    assert told.tax_number == "" or is_tax_number(told.tax_number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ИНН 7707083893", "7707083893"),
        ("инн: 7707 083 893", "7707083893"),
        ("7707083893", "7707083893"),
        ("наш ИНН-500100732259.", "500100732259"),
        ("500100732259", "500100732259"),
        ("ИНН 7707083894", ""),
        ("500100732258", ""),
        ("0000000000", ""),
        ("+79161234567", ""),
        ("89161234567", ""),
        ("счёт 40702810900000000001", ""),
    ],
)
def test_a_tax_number_is_known_by_its_check_digits(text: str, number: str) -> None:
    assert told_in(text, FRIDAY).tax_number == number


def test_ten_digits_that_may_be_a_phone_are_a_tax_number_if_they_are_called_so() -> None:
    number = next(f"910000000{last}" for last in range(10) if is_tax_number(f"910000000{last}"))
    assert told_in(number, FRIDAY).tax_number == ""
    assert told_in(f"ИНН {number}", FRIDAY).tax_number == number


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ('Мы ООО "Белый Медведь", ИНН 7707083893', 'ООО "Белый Медведь"'),
        ("ооо ромашка хочет тент", "ООО ромашка"),
        ("ООО Ромашка Плюс хочет тент", "ООО Ромашка Плюс"),
        ("ИП Иванов И.И., нужен тент", "ИП Иванов И.И."),
        ("Компания: Тенты Сибири", "Тенты Сибири"),
        ("организация - Завод 5, срок завтра", "Завод 5"),
        ("Я физлицо", PRIVATE),
        ("беру для себя", PRIVATE),
        ("для личного пользования", PRIVATE),
        ("for myself", PRIVATE),
        ("тип ткани ПВХ", ""),
        ("ипотека на аокно", ""),
        ("Ваша компания делает тенты?", ""),
    ],
)
def test_a_company_is_known_by_its_form_or_by_the_word_for_it(text: str, company: str) -> None:
    assert told_in(text, FRIDAY).company == company


@pytest.mark.parametrize(
    "text", ["Здравствуйте!", "Добрый день", "/start", "/start promo", "Привет 👋", "", "?"]
)
def test_a_greeting_says_nothing(text: str) -> None:
    assert not told_in(text, FRIDAY).says_what


@pytest.mark.parametrize("text", ["ИНН 7707083893", "ООО «Ромашка», до 5 декабря", "Срок: завтра, спасибо"])
def test_what_answers_another_question_does_not_say_what(text: str) -> None:
    assert not told_in(text, FRIDAY).says_what


def test_a_wish_says_what() -> None:
    assert told_in("Добрый день, нужен тент до 5 декабря", FRIDAY).says_what


def test_who_says_it_again_corrects_it() -> None:
    first = told_in("ООО «Ромашка», до 5 декабря", FRIDAY, has_files=True)
    second = told_in("Ой, до 7 декабря. Нужен тент", FRIDAY)
    told = joined(first, second)
    assert told == Told(company="ООО «Ромашка»", says_what=True, deadline=date(2026, 12, 7), has_files=True)
    assert missing(told, ("company", "tax_number", "what", "deadline", "files")) == ("tax_number",)


def test_a_private_person_is_asked_for_no_tax_number() -> None:
    assert missing(Told(company=PRIVATE), ("company", "tax_number")) == ()
