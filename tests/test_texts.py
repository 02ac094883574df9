from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chalicelib.errors import ConfigurationError
from chalicelib.events import LeadItem
from chalicelib.sms.segments import segments
from chalicelib.texts import Texts, check_all
from chalicelib.texts.filters import (
    LANGUAGES,
    money_english,
    money_russian,
    one_line,
    plural_english,
    plural_russian,
)
from chalicelib.texts.rendering import OWN_FOLDER
from chalicelib.texts.samples import SAMPLES
from chalicelib.texts.sms_fields import SMS_SAMPLES, SmsFields

TOMSK = ZoneInfo("Asia/Tomsk")  # UTC+7
RUSSIAN = Texts("ru", TOMSK)
ENGLISH = Texts("en", TOMSK)
AT = datetime(2025, 11, 20, 7, 5, tzinfo=UTC)
NEW_YEAR = datetime(2025, 12, 31, 18, 30, tzinfo=UTC)  # already next year in Tomsk
PHONE = "+79161234567"
ENTRY = "3fa85f641234" + "0" * 52
LEAD: dict[str, object] = {
    "form_name": "Чехлы на заказ",
    "phone": PHONE,
    "phone_typed": "8 916 123-45-67",
    "email": "olga@example.com",
    "number": "",
    "total": Decimal(4990),
    "discount": Decimal(500),
    "delivery_name": "СДЭК",
    "delivery_cost": Decimal(350),
    "delivery_address": "Москва, ул. Примерная, 1",
    "payment": "cloudpayments 35",
    "is_paid": True,
    "promocode": "ЗИМА",
}
EMPTY_LEAD: dict[str, object] = dict.fromkeys(LEAD)
PARCEL = SmsFields(
    first_name="Ольга",
    order_number="1001A",
    track_number="10000000011",
    city="Москва",
    pickup_address="ул. Примерная, 1",
    keep_until=datetime(2026, 5, 20, 18, tzinfo=UTC),
    to_pay=Decimal(4990),
    shop="Защитные тенты",
)


def sms(texts: Texts, fields: SmsFields, name: str = "sms/arrived") -> str:
    return texts.render(name, **fields.as_mapping())


def lines(*texts: str) -> str:
    return "\n".join(texts)


def override(folder: Path, name: str, template: str) -> Texts:
    path = folder / "ru" / f"{name}.txt"
    path.parent.mkdir(parents=True)
    path.write_text(template, encoding="utf-8")
    return Texts("ru", TOMSK, folder)


class TestMissedCalls:
    def test_order(self) -> None:
        assert RUSSIAN.render("order/missed_call", phone=PHONE, at=AT, line="+73822000000") == lines(
            "Пропущенный звонок от +7 916 123-45-67, 20.11 в 14:05",
            "Звонили на +7 382 200-00-00",
        )
        assert ENGLISH.render(
            "order/missed_call", phone=PHONE, at=AT, line="sip:covers@example.com"
        ) == lines(
            "Missed call from +7 916 123-45-67, 20 Nov, 14:05",
            "They called sip:covers@example.com",
        )

    def test_order_from_an_unknown_line(self) -> None:
        text = RUSSIAN.render("order/missed_call", phone=PHONE, at=AT, line="")
        assert text == "Пропущенный звонок от +7 916 123-45-67, 20.11 в 14:05"

    @pytest.mark.parametrize(
        ("count", "line", "russian", "english"),
        [
            (
                1,
                "",
                "Перезвонить: пропущенный звонок от +7 916 123-45-67, 20.11 в 14:05",
                "Call back: missed call from +7 916 123-45-67, 20 Nov, 14:05",
            ),
            (
                1,
                "Чехлы",
                "Перезвонить: пропущенный звонок от +7 916 123-45-67, 20.11 в 14:05 (звонили на Чехлы)",
                "Call back: missed call from +7 916 123-45-67, 20 Nov, 14:05 (they called Чехлы)",
            ),
            (
                3,
                "",
                "Перезвонить: 3 пропущенных звонка от +7 916 123-45-67, последний 20.11 в 14:05",
                "Call back: 3 missed calls from +7 916 123-45-67, the last on 20 Nov, 14:05",
            ),
            (
                11,
                "",
                "Перезвонить: 11 пропущенных звонков от +7 916 123-45-67, последний 20.11 в 14:05",
                "Call back: 11 missed calls from +7 916 123-45-67, the last on 20 Nov, 14:05",
            ),
            (
                21,
                "",
                "Перезвонить: 21 пропущенный звонок от +7 916 123-45-67, последний 20.11 в 14:05",
                "Call back: 21 missed calls from +7 916 123-45-67, the last on 20 Nov, 14:05",
            ),
        ],
    )
    def test_task(self, count: int, line: str, russian: str, english: str) -> None:
        fields = {"phone": PHONE, "count": count, "last_at": AT, "line": line}
        assert RUSSIAN.render("task/callback", **fields) == russian
        assert ENGLISH.render("task/callback", **fields) == english

    def test_commentary(self) -> None:
        fields = {
            "phone": PHONE,
            "calls": (AT - timedelta(minutes=25), AT),
            "line": "Чехлы",
            "order_number": "1001A",
            "status_name": "Новый",
            "client_time": "У клиента сейчас 18:40",
        }
        assert RUSSIAN.render("task/callback_commentary", **fields) == lines(
            "Заказ 1001A, статус «Новый»",
            "",
            "Клиент: +7 916 123-45-67",
            "У клиента сейчас 18:40",
            "Звонили на Чехлы",
            "Когда:",
            "20.11 в 13:40",
            "20.11 в 14:05",
        )
        assert ENGLISH.render("task/callback_commentary", **fields) == lines(
            'Order 1001A, status "Новый"',
            "",
            "Client: +7 916 123-45-67",
            "У клиента сейчас 18:40",
            "They called Чехлы",
            "When:",
            "20 Nov, 13:40",
            "20 Nov, 14:05",
        )

    @pytest.mark.parametrize(
        ("hours_ahead", "russian", "english"),
        [
            (2.0, "+2 ч к нашему времени", "+2 h from ours"),
            (-4.0, "−4 ч к нашему времени", "-4 h from ours"),
            (-1.5, "−1,5 ч к нашему времени", "-1.5 h from ours"),
        ],
    )
    def test_the_clients_clock(self, hours_ahead: float, russian: str, english: str) -> None:
        fields = {"clock": "18:40", "place": "Омск", "hours_ahead": hours_ahead}
        told = RUSSIAN.render("task/client_time", **fields)
        assert told == f"У клиента сейчас 18:40 (Омск, {russian})"
        assert (
            ENGLISH.render("task/client_time", **fields)
            == f"The client's clock shows 18:40 (Омск, {english})"
        )

    def test_commentary_without_what_is_not_known(self) -> None:
        fields = {"phone": PHONE, "calls": [NEW_YEAR], "line": "", "status_name": "", "client_time": ""}
        assert RUSSIAN.render("task/callback_commentary", order_number="", **fields) == lines(
            "Клиент: +7 916 123-45-67", "Когда:", "01.01 в 01:30"
        )
        assert RUSSIAN.render("task/callback_commentary", order_number="1001A", **fields) == lines(
            "Заказ 1001A", "", "Клиент: +7 916 123-45-67", "Когда:", "01.01 в 01:30"
        )

    def test_commentary_keeps_the_last_ten_of_many_calls(self) -> None:
        calls = [AT + timedelta(minutes=minute) for minute in range(12)]
        fields = {"phone": PHONE, "calls": calls, "line": "", "order_number": "", "status_name": ""}
        fields["client_time"] = ""
        text = RUSSIAN.render("task/callback_commentary", **fields).splitlines()
        assert text[1:4] == ["Когда:", "ещё 2 раньше", "20.11 в 14:07"]
        assert text[-1] == "20.11 в 14:16"
        assert "2 more before" in ENGLISH.render("task/callback_commentary", **fields)

    def test_hidden_number(self) -> None:
        assert (
            RUSSIAN.render("task/hidden_call", at=AT, line="Чехлы")
            == "Пропущенный звонок со скрытого номера 20.11 в 14:05, линия Чехлы"
        )
        assert (
            ENGLISH.render("task/hidden_call", at=AT, line="")
            == "Missed call from a hidden number, 20 Nov, 14:05"
        )
        assert RUSSIAN.render("task/hidden_call_commentary") == (
            "Номер скрыт, перезвонить некому. Послушайте запись, если она есть, "
            "и проверьте чаты и почту: клиент мог написать туда."
        )
        assert ENGLISH.render("task/hidden_call_commentary") == (
            "The number is hidden: there is nobody to call back. Listen to the recording if there is one, "
            "and look into chats and mail: the client may have written there."
        )


class TestLeads:
    def test_what_the_client_wrote(self) -> None:
        answers = [
            ("Размер", "2 × 3 м"),
            ("Цвет", ""),
            ("", "Без подписи"),
            ("Вопрос", "Успеете к пятнице?\r\n\r\n\r\n\r\nСпасибо  "),
        ]
        expected = lines("Размер: 2 × 3 м", "Без подписи", "Вопрос: Успеете к пятнице?", "", "Спасибо")
        assert RUSSIAN.render("order/lead_comment", answers=answers) == expected
        assert ENGLISH.render("order/lead_comment", answers=answers) == expected
        assert RUSSIAN.render("order/lead_comment", answers=()) == ""

    def test_what_a_client_writes_is_no_template_and_not_escaped(self) -> None:
        answers = [("Вопрос", '{{ 7 * 7 }} <b>«тент» & "чехол"</b>')]
        text = RUSSIAN.render("order/lead_comment", answers=answers)
        assert text == 'Вопрос: {{ 7 * 7 }} <b>«тент» & "чехол"</b>'

    def test_for_the_manager(self) -> None:
        assert RUSSIAN.render("order/lead_manager_comment", **LEAD) == lines(
            "Заявка с формы «Чехлы на заказ»",
            "E-mail: olga@example.com",
            "Сумма на сайте: 4 990 ₽",
            "Скидка: 500 ₽",
            "Доставка: СДЭК, Москва, ул. Примерная, 1, 350 ₽",
            "Оплата: cloudpayments 35, оплачено на сайте",
            "Промокод: ЗИМА",
        )
        assert ENGLISH.render("order/lead_manager_comment", **LEAD) == lines(
            'Lead from the form "Чехлы на заказ"',
            "E-mail: olga@example.com",
            "Total on the site: 4,990 RUB",
            "Discount: 500 RUB",
            "Delivery: СДЭК, Москва, ул. Примерная, 1, 350 RUB",
            "Payment: cloudpayments 35, paid on the site",
            "Promo code: ЗИМА",
        )

    def test_a_cart_is_no_form(self) -> None:
        lead = EMPTY_LEAD | {"form_name": "Cart"}
        assert RUSSIAN.render("order/lead_manager_comment", **lead) == "Заказ из корзины на сайте"
        assert ENGLISH.render("order/lead_manager_comment", **lead) == "Cart from the site"

    def test_an_unusable_phone_is_shown_to_the_manager(self) -> None:
        lead = EMPTY_LEAD | {"phone_typed": "8916 123\nвечером"}
        assert RUSSIAN.render("order/lead_manager_comment", **lead) == lines(
            "Заявка с сайта", "Телефон не распознан: «8916 123 вечером»"
        )
        assert ENGLISH.render("order/lead_manager_comment", **lead) == lines(
            "Lead from the site", 'Unusable phone: "8916 123 вечером"'
        )

    def test_delivery_with_nothing_but_its_cost(self) -> None:
        lead = EMPTY_LEAD | {"delivery_cost": Decimal(350)}
        assert RUSSIAN.render("order/lead_manager_comment", **lead) == lines(
            "Заявка с сайта", "Доставка: 350 ₽"
        )

    def test_a_lead_after_a_call(self) -> None:
        assert (
            RUSSIAN.render("order/lead_completes_call", form_name="Чехлы на заказ", at=AT)
            == "20.11 в 14:05 клиент сам оставил заявку в форме «Чехлы на заказ», заказ дополнен"
        )
        assert (
            RUSSIAN.render("order/lead_completes_call", form_name="", at=AT)
            == "20.11 в 14:05 клиент сам оставил заявку, заказ дополнен"
        )
        assert (
            ENGLISH.render("order/lead_completes_call", form_name="Covers", at=AT)
            == '20 Nov, 14:05: the client sent the form "Covers", this order was completed with it'
        )

    def test_repeat(self) -> None:
        fields = {
            "form_name": "Чехлы на заказ",
            "name": "Ольга",
            "phone": PHONE,
            "answers": [("Размер", "2 × 3 м")],
            "items": [LeadItem(name="Тент", quantity=Decimal(2), price=Decimal(4990))],
            "for_manager": "Заявка с сайта",
            "so_far": "",
            "client_time": "",
            "count": 1,
            "at": AT,
        }
        assert RUSSIAN.render("task/repeat_lead", **fields) == (
            "Клиент ещё раз отправил форму «Чехлы на заказ» 20.11 в 14:05: Ольга, +7 916 123-45-67"
        )
        assert ENGLISH.render("task/repeat_lead", **fields) == (
            'The client sent the form "Чехлы на заказ" again, 20 Nov, 14:05: Ольга, +7 916 123-45-67'
        )
        assert RUSSIAN.render("task/repeat_lead_commentary", **fields) == lines(
            "Второй заказ не создан. Сверьте: возможно, клиент что-то поправил.",
            "",
            "Имя: Ольга",
            "Телефон: +7 916 123-45-67",
            "Размер: 2 × 3 м",
            "Тент: 2 × 4 990 ₽",
            "Заявка с сайта",
        )
        assert ENGLISH.render("task/repeat_lead_commentary", **fields) == lines(
            "No second order was made. Compare: the client may have corrected something.",
            "",
            "Name: Ольга",
            "Phone: +7 916 123-45-67",
            "Размер: 2 × 3 м",
            "Тент: 2 × 4,990 RUB",
            "Заявка с сайта",
        )
        more = fields | {"so_far": "Что было раньше", "count": 3}
        assert RUSSIAN.render("task/repeat_lead", **more) == (
            "Клиент ещё 3 раза отправил форму «Чехлы на заказ», последний 20.11 в 14:05: "
            "Ольга, +7 916 123-45-67"
        )
        assert RUSSIAN.render("task/repeat_lead_commentary", **more).startswith(
            "Что было раньше\n\n20.11 в 14:05\nИмя: Ольга\n"
        )

    def test_repeat_without_what_is_not_known(self) -> None:
        fields = {"form_name": "", "name": "", "phone": None, "at": AT, "count": 1}
        assert RUSSIAN.render("task/repeat_lead", **fields) == "Клиент ещё раз отправил форму 20.11 в 14:05"
        assert (
            RUSSIAN.render("task/repeat_lead", **(fields | {"name": "Ольга"}))
            == "Клиент ещё раз отправил форму 20.11 в 14:05: Ольга"
        )


class TestSms:
    def test_arrived(self) -> None:
        text = sms(RUSSIAN, PARCEL)
        assert text == (
            "Ольга, заказ 1001A ждёт вас до 21.05: Москва, ул. Примерная, 1. Трек 10000000011. "
            "К оплате 4 990 ₽. Защитные тенты"
        )
        assert segments(text) == ("UCS-2", 2)

    def test_an_english_one_stays_in_the_cheap_alphabet(self) -> None:
        parcel = replace(
            PARCEL, first_name="Olga", city="Moscow", pickup_address="1 Primernaya St.", shop="Covers"
        )
        text = sms(ENGLISH, parcel)
        assert text == (
            "Olga, your order 1001A is waiting until 21 May: Moscow, 1 Primernaya St. Tracking 10000000011. "
            "Amount due 4,990 RUB. Covers"
        )
        assert segments(text) == ("GSM-7", 1)

    def test_what_is_not_known_is_left_out(self) -> None:
        parcel = SmsFields(order_number="1001A")
        assert sms(RUSSIAN, parcel) == "Заказ 1001A ждёт вас."
        assert sms(ENGLISH, parcel) == "Your order 1001A is waiting."

    def test_nothing_to_pay(self) -> None:
        assert "оплат" not in sms(RUSSIAN, replace(PARCEL, to_pay=Decimal(0)))

    @pytest.mark.parametrize(
        ("city", "address", "expected"),
        [
            ("Москва", "Москва, ул. Примерная, 1", "Москва, ул. Примерная, 1"),
            ("Омск", "ул. Томская, 5", "Омск, ул. Томская, 5"),
            ("Москва", "", "Москва"),
            ("", "ул. Примерная,\n1, вход 2.", "ул. Примерная, 1, вход 2"),
        ],
    )
    def test_the_place_is_told_once(self, city: str, address: str, expected: str) -> None:
        parcel = replace(PARCEL, city=city, pickup_address=address)
        assert sms(RUSSIAN, parcel).startswith(f"Ольга, заказ 1001A ждёт вас до 21.05: {expected}. Трек")

    def test_days_are_the_clients(self) -> None:
        """Tomsk is far in the east: there the day is over."""
        assert "до 21.05" in sms(RUSSIAN, PARCEL)
        assert "до 20.05" in sms(RUSSIAN.on_clock_of(ZoneInfo("Europe/Moscow")), PARCEL)
        assert RUSSIAN.on_clock_of(TOMSK) is RUSSIAN

    @pytest.mark.parametrize("name", sorted(name for name in RUSSIAN.names() if name.startswith("sms/")))
    def test_russian_ones_have_two_segments_with_usual_data(self, name: str) -> None:
        text = sms(RUSSIAN, SMS_SAMPLES["ru"].usual, name)
        assert segments(text).parts <= 2
        assert text.startswith("Ольга, ")
        assert sms(RUSSIAN, SMS_SAMPLES["ru"].short, name)[0].isupper()

    @pytest.mark.parametrize("name", sorted(name for name in ENGLISH.names() if name.startswith("sms/")))
    def test_english_ones_have_one(self, name: str) -> None:
        assert segments(sms(ENGLISH, SMS_SAMPLES["en"].usual, name)) == ("GSM-7", 1)

    def test_both_languages_have_the_same(self) -> None:
        assert RUSSIAN.names() == ENGLISH.names()


class TestAlerts:
    FIELDS = {  # noqa: RUF012 -- read only
        "source": "tilda-covers",
        "entry_id": ENTRY,
        "detail": "",
        "since": None,
        "lasted": None,
        "at": AT,
        "shop": "Тенты",
    }

    def test_known_reason(self) -> None:
        fields = self.FIELDS | {"reason": "crm-refused", "detail": 'Status "arrived"\ndoes not exist.'}
        assert RUSSIAN.render("alert/raised", **fields) == lines(
            "CRM не приняла изменения",
            "Исправьте причину и повторите. "
            "Посмотреть: leadkeeper journal 3fa85f641234, повторить: leadkeeper replay 3fa85f641234",
            'Подробности: Status "arrived" does not exist.',
            "Тенты, источник tilda-covers, 20.11 в 14:05",
        )
        assert ENGLISH.render("alert/raised", **fields) == lines(
            "The CRM refused a change",
            "Correct the cause and replay. "
            "Look: leadkeeper journal 3fa85f641234, replay: leadkeeper replay 3fa85f641234",
            'Details: Status "arrived" does not exist.',
            "Тенты, source tilda-covers, 20 Nov, 14:05",
        )

    def test_outage_is_told_with_what_to_do(self) -> None:
        fields = {"reason": "crm-no-access", "detail": "Wrong apiKey"}
        assert RUSSIAN.render("outage/cause", **fields) == (
            "CRM не принимает наш ключ. Ничего не потеряно: события ждут, повторяем сами до 10 дней. "
            "Проверьте ключ API. Подробности: Wrong apiKey"
        )
        assert ENGLISH.render("outage/subject", service="sms", gateway="smsru") == "the SMS service SMS.ru"

    @pytest.mark.parametrize(
        ("lasted", "russian", "english"),
        [
            (timedelta(seconds=40), "40 с", "40 s"),
            (timedelta(minutes=3), "3 мин", "3 min"),
            (timedelta(hours=3, minutes=5, seconds=9), "3 ч 5 мин", "3 h 5 min"),
            (timedelta(days=3, minutes=20), "3 дн.", "3 d"),
            (timedelta(), "0 с", "0 s"),
        ],
    )
    def test_end_of_an_incident_is_told_with_its_length(
        self, lasted: timedelta, russian: str, english: str
    ) -> None:
        fields = {
            "word": "ended",
            "subject": "CRM",
            "cause": "HTTP 502",
            "note": "Ожидавшие события выполняются сами.",
            "acknowledged_by": "",
            "began_at": AT,
            "lasted": lasted,
            "shop": "Тенты",
        }
        assert RUSSIAN.render("alert/incident", **fields) == lines(
            "Снова в порядке: CRM",
            "Ожидавшие события выполняются сами.",
            "Причина: HTTP 502",
            f"Длилось: {russian}, с 20.11 в 14:05",
            "Тенты",
        )
        assert f"It lasted {english}, from 20 Nov, 14:05" in ENGLISH.render("alert/incident", **fields)

    def test_any_other_reason(self) -> None:
        fields = self.FIELDS | {"reason": "disk-full", "entry_id": ""}
        assert RUSSIAN.render("alert/raised", **fields) == lines(
            "Событие не обработано: disk-full",
            "Исправьте причину и повторите.",
            "Тенты, источник tilda-covers, 20.11 в 14:05",
        )
        assert ENGLISH.render("alert/raised", **fields) == lines(
            "An event is not done: disk-full",
            "Correct the cause and replay.",
            "Тенты, source tilda-covers, 20 Nov, 14:05",
        )

    @pytest.mark.parametrize("texts", [RUSSIAN, ENGLISH], ids=["ru", "en"])
    def test_each_reason_has_a_sentence_of_its_own(self, texts: Texts) -> None:
        reasons = [
            "crm-refused",
            "crm-unreachable",
            "keeps-failing",
            "order-not-found",
            "unknown-result",
            "same-id-different-content",
            "broken-json",
            "wrong-encoding",
            "wrong-content-type",
            "unexpected-content",
            "empty",
            "sms-refused",
            "sms-unreachable",
        ]
        sentences = {
            texts.render("alert/raised", reason=reason, **self.FIELDS).splitlines()[0] for reason in reasons
        }
        assert len(sentences) == len(reasons)
        assert not any(reason in sentence for sentence in sentences for reason in reasons if "-" in reason)

    def test_long_details_are_cut(self) -> None:
        fields = self.FIELDS | {"reason": "crm-refused", "detail": "х" * 5000}
        assert len(RUSSIAN.render("alert/raised", **fields)) < 1000


class TestOverrides:
    def test_the_shops_own_template_wins(self, tmp_path: Path) -> None:
        texts = override(tmp_path, "sms/arrived", "Забирайте {{ order_number }} до {{ keep_until | date }}\n")
        assert texts.render("sms/arrived", **PARCEL.as_mapping()) == "Забирайте 1001A до 21.05.2026"
        assert texts.render("task/hidden_call", at=AT, line="") == RUSSIAN.render(
            "task/hidden_call", at=AT, line=""
        )

    @pytest.mark.parametrize(
        "template",
        [
            "{{ ''.__class__ }}",
            "{{ ''.__class__.__mro__ }}",
            "{{ order_number['__class__'] }}",
            "{{ first_name | attr('__class__') }}",
            "{{ '{0.__class__}'.format(first_name) }}",
        ],
    )
    def test_a_template_reaches_no_internals(self, tmp_path: Path, template: str) -> None:
        texts = override(tmp_path, "sms/arrived", template)
        with pytest.raises(ConfigurationError, match="__class__"):
            texts.render("sms/arrived", **PARCEL.as_mapping())

    @pytest.mark.parametrize(
        ("template", "problem"),
        [
            (
                "{{ trackk }}",
                "'trackk' is undefined. Correct the template; its fields are: city, first_name, ",
            ),
            ("ок\n{% if %}", "line 2: Expected an expression, got 'end of statement block'"),
            ("{{ first_name | nofilter }}", "line 1: No filter named 'nofilter'."),
            ("{{ first_name | money }}", "AttributeError: 'str' object has no attribute 'quantize'"),
            ("{% include 'sms/other.txt' %}", "'sms/other.txt' not found"),
            ("{% include 'arrived.txt' %}", "'arrived.txt' not found"),
        ],
    )
    def test_a_mistake_names_template_and_field(self, tmp_path: Path, template: str, problem: str) -> None:
        texts = override(tmp_path, "sms/arrived", template)
        with pytest.raises(ConfigurationError) as caught:
            texts.render("sms/arrived", **PARCEL.as_mapping())
        assert str(caught.value).startswith(f"texts/ru/sms/arrived.txt: {problem}")

    def test_a_missing_field_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match=r"^texts/ru/task/callback.txt: 'count' is undefined"):
            RUSSIAN.render("task/callback", phone=PHONE)

    def test_which_fields_a_text_reads(self, tmp_path: Path) -> None:
        texts = override(
            tmp_path, "sms/arrived", "{% if order_number %}{{ shop }}{% endif %}{% set a = 1 %}{{ a }}"
        )
        assert texts.fields_of("sms/arrived") == {"order_number", "shop"}

    def test_an_unknown_template_is_named(self) -> None:
        with pytest.raises(ConfigurationError, match=r"^texts/ru/sms/arived.txt: there is no such template"):
            RUSSIAN.render("sms/arived", **PARCEL.as_mapping())

    def test_a_template_outside_of_the_folders_is_none(self) -> None:
        with pytest.raises(ConfigurationError, match="there is no such template"):
            RUSSIAN.render("../en/sms/arrived", **PARCEL.as_mapping())

    def test_unknown_language_and_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"there are no texts in 'de'\. Use one of ru, en"):
            Texts("de", TOMSK)
        with pytest.raises(ConfigurationError, match="there is no folder"):
            Texts("ru", TOMSK, tmp_path / "missing")


class TestCheck:
    @pytest.mark.parametrize("texts", [RUSSIAN, ENGLISH], ids=["ru", "en"])
    def test_all_our_templates_can_be_filled_in(self, texts: Texts) -> None:
        checked = check_all(texts)
        assert [one.problem for one in checked if one.problem] == []
        messages = {name for name in texts.names() if name.startswith("sms/")}
        assert {one.template for one in checked} == texts.names() == SAMPLES.keys() | messages
        empty = {one.template for one in checked if not one.text}
        assert empty == {
            "order/lead_comment",
            "order/message_comment",
            "order/request",
            "task/searched",
            "call/visit",
        }
        assert not any("None" in one.text or "\n\n\n" in one.text for one in checked)

    def test_both_samples_have_the_same_fields(self) -> None:
        assert all(sample.short.keys() == sample.long.keys() for sample in SAMPLES.values())

    def test_mistakes_of_a_shop_are_found(self, tmp_path: Path) -> None:
        texts = override(tmp_path, "sms/arrived", "{% if to_pay %}{{ to_pai }}{% endif %}")
        (tmp_path / "ru" / "task").mkdir()
        (tmp_path / "ru" / "task" / "calback.txt").write_text("Перезвонить")
        problems = {(one.template, one.sample): str(one.problem) for one in check_all(texts) if one.problem}
        assert problems.keys() == {("sms/arrived", "long"), ("task/calback", "short")}
        assert "'to_pai' is undefined" in problems["sms/arrived", "long"]
        assert "there is no text with this name" in problems["task/calback", "short"]

    def test_a_shop_may_add_messages_of_its_own(self, tmp_path: Path) -> None:
        texts = override(tmp_path, "sms/we_moved", "{{ shop }} переехали. Трек {{ track_number }}")
        checked = {one.sample: one for one in check_all(texts) if one.template == "sms/we_moved"}
        assert checked["long"].text == "Защитные тенты и чехлы переехали. Трек RA123456789RU"

    def test_our_templates_hold_no_character_that_sms_would_not_need(self) -> None:
        for path in OWN_FOLDER.glob("*/sms/*.txt"):
            assert not set(path.read_text(encoding="utf-8")) & set("\u00a0\u202f«»—–…№"), path


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ((1, 21, 101, 1001), "звонок"),
        ((2, 3, 4, 22, 34, 102), "звонка"),
        ((0, 5, 9, 10, 11, 12, 13, 14, 15, 20, 25, 111, 112, 114, 211), "звонков"),
    ],
)
def test_russian_plural(counts: tuple[int, ...], word: str) -> None:
    assert {plural_russian(count, "звонок", "звонка", "звонков") for count in counts} == {word}


@pytest.mark.parametrize(
    ("size", "russian", "english"),
    [
        (0, "0 Б", "0 B"),
        (1023, "1023 Б", "1023 B"),
        (1024, "1 КБ", "1 KB"),
        (1024**2 - 1, "1023 КБ", "1023 KB"),
        (1_258_291, "1,2 МБ", "1.2 MB"),
        (30 * 1024**2, "30,0 МБ", "30.0 MB"),
    ],
)
def test_sizes_of_files(size: int, russian: str, english: str) -> None:
    assert [LANGUAGES[language].filters["file_size"](size) for language in ("ru", "en")] == [russian, english]


def test_english_plural() -> None:
    assert [plural_english(count, "call", "calls") for count in (0, 1, 2, 21)] == [
        "calls",
        "call",
        "calls",
        "calls",
    ]


@pytest.mark.parametrize(
    ("amount", "russian", "english"),
    [
        ("4990", "4 990 ₽", "4,990 RUB"),
        ("4990.00", "4 990 ₽", "4,990 RUB"),
        ("4990.5", "4 990,50 ₽", "4,990.50 RUB"),
        ("0.005", "0,01 ₽", "0.01 RUB"),
        ("1E+6", "1 000 000 ₽", "1,000,000 RUB"),
        ("-350", "-350 ₽", "-350 RUB"),
    ],
)
def test_money(amount: str, russian: str, english: str) -> None:
    assert money_russian(Decimal(amount)) == russian
    assert money_english(Decimal(amount)) == english


@pytest.mark.parametrize(
    ("name", "russian", "english"),
    [
        ("time", "01:30", "01:30"),
        ("day", "01.01", "1 Jan"),
        ("date", "01.01.2026", "1 Jan 2026"),
        ("moment", "01.01 в 01:30", "1 Jan, 01:30"),
    ],
)
def test_moments_are_written_on_the_shops_clock(
    tmp_path: Path, name: str, russian: str, english: str
) -> None:
    for language, expected in (("ru", russian), ("en", english)):
        folder = tmp_path / language
        folder.mkdir()
        (folder / "try.txt").write_text(f"{{{{ at | {name} }}}}")
        texts = Texts(language, TOMSK, tmp_path)
        assert texts.render("try", at=NEW_YEAR) == expected
        with pytest.raises(ConfigurationError, match="has no time zone"):
            texts.render("try", at=NEW_YEAR.replace(tzinfo=None))


def test_one_line() -> None:
    assert one_line(" Ольга\r\n\tПетрова\u00a0 ") == "Ольга Петрова"
