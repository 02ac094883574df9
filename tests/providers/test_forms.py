"""What a form's fields mean: by the shop's table, else by their names."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import Attribution, LeadItem, LeadSubmitted
from chalicelib.providers.forms import LONGEST_ANSWER, Field, FieldTable, lead

from .contract import NOON


def told(*fields: Field | tuple[str, str], **known: Any) -> LeadSubmitted:
    return lead([Field(*field) for field in fields], **{"lead_id": "1", "submitted_at": NOON, **known})


class TestGuesses:
    @pytest.mark.parametrize(
        "name", ["phone", "Phone_2", "TEL", "your-tel", "tel-42", "Телефон", "client.phone"]
    )
    def test_a_phone(self, name: str) -> None:
        event = told((name, "8 (999) 000-00-01"))
        assert (event.phone, event.phone_typed, event.answers) == ("+79990000001", "8 (999) 000-00-01", ())

    @pytest.mark.parametrize("name", ["email", "E-mail", "your-email", "Почта", "contacts.0.email"])
    def test_an_email(self, name: str) -> None:
        assert told((name, "anna@example.com")).email == "anna@example.com"

    def test_parcels_are_no_email(self) -> None:
        event = told(("Почта", "да, почтой"))
        assert (event.email, event.answers) == ("", (("Почта", "да, почтой"),))

    @pytest.mark.parametrize(
        "fields",
        [
            [("name", "Анна Примерова")],
            [("your-name", "Анна Примерова")],
            [("ФИО", "Анна Примерова")],
            [("Имя", "Анна"), ("Фамилия", "Примерова")],
            [("last_name", "Примерова"), ("first_name", "Анна")],
            [("ФИО", "Анна Примерова"), ("first_name", "Анна")],
            [("customer.name", "Анна Примерова")],
            [("contacts.0.name", "Анна Примерова")],
        ],
    )
    def test_a_name(self, fields: list[tuple[str, str]]) -> None:
        event = told(*fields)
        assert (event.name, event.answers) == ("Анна Примерова", ())

    @pytest.mark.parametrize("name", ["product.name", "items.0.name", "quiz.name"])
    def test_a_name_of_something_else(self, name: str) -> None:
        event = told((name, "Тент"))
        assert (event.name, event.answers) == ("", ((name, "Тент"),))

    def test_what_tells_forms_apart(self) -> None:
        event = told(("form_id", "7"), ("form.name", "Callback"), ("phone", "1"))
        assert (event.form, event.form_name, event.answers) == ("7", "Callback", ())
        assert told(("form_id", "7"), ("phone", "1"), form="boats").form == "boats"

    def test_everything_else_is_an_answer_in_its_order(self) -> None:
        event = told(("Ваш_вопрос", "?"), ("phone", "1"), ("q-1", "a"), ("phone2", "2"), ("x", " "))
        assert event.answers == (("Ваш вопрос", "?"), ("q-1", "a"), ("phone2", "2"))

    def test_an_answer_has_its_label(self) -> None:
        assert told(Field("q1", "5", "Размер?")).answers == (("Размер?", "5"),)

    def test_a_long_answer_is_cut_unless_it_must_be_whole(self) -> None:
        text = "я" * (LONGEST_ANSWER + 1)
        cut, whole = told(Field("a", text), Field("b", text, is_whole=True)).answers
        assert cut == ("a", text[:-1] + "…")
        assert whole == ("b", text)

    @pytest.mark.parametrize("fields", [[], [("name", " ")], [("utm_source", "vk"), ("form_id", "7")]])
    def test_a_form_that_says_nothing(self, fields: list[tuple[str, str]]) -> None:
        with pytest.raises(Unreadable, match="empty"):
            told(*fields)

    def test_what_is_known_besides_counts(self) -> None:
        items = (LeadItem(name="Тент"),)
        assert told(items=items).items == items
        assert told(("total", "5"), ("phone", "1"), total=Decimal(7)).total == Decimal(7)


class TestOrigin:
    def test_parameters_page_cookies_and_referrer(self) -> None:
        event = told(
            ("phone", "1"),
            ("utm_source", "{source}"),
            ("utm.medium", "cpc"),
            ("yclid", "17"),
            ("page_url", "https://example.com/?utm_source=yandex"),
            ("HTTP_REFERER", "https://ya.ru/"),
            ("cookies", "_ym_uid=5"),
            ("_ga", "GA1.1.2.3"),
        )
        assert event.attribution == Attribution(source="yandex", medium="cpc")
        assert event.landing_page == "https://example.com/?utm_source=yandex"
        assert event.referrer == "https://ya.ru/"
        assert event.visitor_ids == (("yandex", "5"), ("google", "2.3"), ("yclid", "17"))
        assert event.answers == ()

    def test_a_page_that_is_no_address_is_an_answer(self) -> None:
        assert told(("page", "7")).answers == (("page", "7"),)

    def test_another_place(self) -> None:
        event = told(("phone", "1"), ("utm_source", "form"), places=[{"utm_source": "x", "utm_term": "y"}])
        assert event.attribution == Attribution(source="form", keyword="y")


class TestTable:
    def test_it_wins_over_each_guess(self) -> None:
        mapping = {
            "phone": "answer",
            "поле 5": "phone",
            "q.7": "name",
            "sum": "total",
            "no": "number",
            "junk": "",
        }
        event = told(
            ("Phone", "112"),
            ("tel", "8 999 000-00-02"),
            ("Поле 5", "8 999 000-00-01"),
            ("q.7", "Анна"),
            ("sum", "1 800,50 ₽"),
            ("no", "A-17"),
            ("junk", "x"),
            mapping={**mapping, "no": "number", "junk": ""},
        )
        assert event.phone == "+79990000001"
        assert (event.name, event.total, event.number) == ("Анна", Decimal("1800.50"), "A-17")
        assert event.answers == (("Phone", "112"), ("tel", "8 999 000-00-02"))

    def test_it_wins_over_what_looks_right(self) -> None:
        event = told(("Почта", "нет"), ("p", "главная"), mapping={"почта": "email", "p": "landing_page"})
        assert (event.email, event.landing_page, event.answers) == ("нет", "главная", ())

    def test_parameters_of_the_advertisement(self) -> None:
        event = told(("phone", "1"), ("ad", "vk"), mapping={"ad": "utm_source"})
        assert event.attribution == Attribution(source="vk")

    def test_what_does_not_fit_is_an_answer(self) -> None:
        event = told(("sum", "договорная"), ("no", "9" * 300), mapping={"sum": "total", "no": "number"})
        assert event.answers == (("sum", "договорная"), ("no", "9" * 300))

    def test_as_the_shop_file_has_it(self) -> None:
        table = TypeAdapter(FieldTable)
        assert table.validate_python({"Поле 5": "phone", "X": ""}) == {"поле 5": "phone", "x": ""}
        with pytest.raises(ValidationError, match="telephone"):
            table.validate_python({"Поле 5": "telephone"})
