import json
import logging
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.alerts.incidents import Observation
from chalicelib.alerts.settings import AlertSettings
from chalicelib.gate.tickets import fingerprint
from chalicelib.logs import JsonFormatter, masked
from tests.world import World


def rendered(message: str, *args: object, **extra: object) -> dict[str, str]:
    record = logging.getLogger("tests").makeRecord(
        "tests", logging.WARNING, "file.py", 1, message, args, None, extra=extra
    )
    record.created = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC).timestamp()
    return dict(json.loads(JsonFormatter().format(record)))


@pytest.mark.parametrize(
    "phone",
    [
        "+79161234567",
        "89161234567",
        "79161234567",
        "9161234567",
        "+7 916 123-45-67",
        "8 (916) 123-45-67",
        "8-916-123-45-67",
        "8.916.123.45.67",
        "+7(916)1234567",
        "8 916 123\u201145\u201167",
        "8\u00a0916\u00a0123\u201345\u201367",
        "+4930123456789",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "call of {}, missed",
        "phone={}&x=1",
        "'{}'",
        '{{"phone":"{}"}}',
        "tel:{}",
        "{}@sip.example",
        "звонок{}снова",
        "client:{}",
        "call_{}",
        "call-{}",
    ],
)
def test_a_phone_shows_its_last_two_digits_only(phone: str, around: str) -> None:
    shown = masked(around.format(phone))
    assert "…" in shown
    assert shown.startswith(around[: around.index("{")].replace("{{", "{"))
    digits = "".join(character for character in shown if character.isdigit() and character != "1")
    assert len(digits) <= 3


@pytest.mark.parametrize(
    "text", ["To=%2B79161234567&Body", "q=%2b79161234567", "a%2079161234567", r"'x\n79161234567'"]
)
def test_a_phone_in_a_url_or_a_repr_is_a_phone(text: str) -> None:
    assert "916123" not in masked(text)
    assert "…67" in masked(text)


@pytest.mark.parametrize("text", ["7.9161234567e10", "order 7.9161234567E+10, x"])
def test_a_phone_that_a_program_took_for_a_number_is_a_phone(text: str) -> None:
    assert "9161234" not in masked(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("maria@example.com", "…@example.com"),
        ("<maria.i+x@mail.example.com>", "<…@mail.example.com>"),
        ("maria%40example.com", "…@example.com"),
        ('{"email":"maria@example.com"}', '{"email":"…@example.com"}'),
        ("мария@почта.рф", "…@почта.рф"),
        ("https://user:secret@crm.example.com/api", "…@crm.example.com/api"),
    ],
)
def test_an_e_mail_address_shows_its_domain_only(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "order 12345, task 678",
        "order 1001A, 4990.50",
        "lk-012345678901-1",
        "10000000-4000-4000-8000-000000000001",
        "a1b2c3d4-0000-4000-8000-000000000001",
        "2026-11-20 04:00:00.123",
        "2026-11-20T04:00:00+00:00",
        "SM33333333333333333333333333333333",
        "@leadkeeper",
        "24 of 2026",
        "127.0.0.1:8000",
    ],
)
def test_ids_numbers_and_times_stay(text: str) -> None:
    assert masked(text) == text
    assert masked(f"before {text}, after") == f"before {text}, after"


@given(st.text())
@example("0")
def test_the_id_of_an_entry_stays(seed: str) -> None:
    entry = fingerprint(seed)
    assert masked(f"accepted {entry}.") == f"accepted {entry}."


@given(
    before=st.text(st.characters(codec="ascii", exclude_categories=["L", "N", "Cc"]), max_size=5),
    number=st.integers(10**10, 10**12 - 1),
)
def test_no_long_number_passes_whatever_stands_before_it(before: str, number: int) -> None:
    assert str(number) not in masked(f"{before}{number}")


@given(st.text(alphabet="0123456789+-() .@abc%", max_size=300))
def test_any_text_can_be_masked(text: str) -> None:
    assert masked(masked(text)) == masked(masked(masked(text)))


def test_a_long_line_without_spaces_is_masked_in_linear_time() -> None:
    assert masked("x" * 300_000) == "x" * 300_000
    assert masked("a." * 100_000).startswith("a.")


def test_a_line_is_json_with_time_level_logger_message_and_extra() -> None:
    assert rendered("accepted %s", "one", source="mango", attempts=3) == {
        "time": "2026-11-20T04:00:00.123+00:00",
        "level": "WARNING",
        "logger": "tests",
        "message": "accepted one",
        "source": "mango",
        "attempts": "3",
    }


def test_phones_and_addresses_are_masked_in_arguments_and_in_extra() -> None:
    line = rendered(
        "call of %s", "+79161234567", client="client:maria@example.com", fields={"p": 89161234567}
    )
    assert line["message"] == "call of …67"
    assert line["client"] == "…@example.com"
    assert line["fields"] == "{'p': …67}"


def test_phones_and_addresses_are_masked_in_exceptions_and_their_causes() -> None:
    def fail() -> None:
        raise RuntimeError("maria@example.com") from ValueError("+7 916 123-45-67")

    try:
        fail()
    except RuntimeError:
        record = logging.getLogger("tests").makeRecord(
            "tests", logging.ERROR, "file.py", 1, "failed", (), sys.exc_info()
        )
    line = JsonFormatter().format(record)
    assert "123-45" not in line
    assert "maria" not in line
    assert "RuntimeError: …@example.com" in line
    assert "ValueError: …67" in line


def test_a_line_stays_one_line() -> None:
    assert "\n" not in JsonFormatter().format(
        logging.getLogger("tests").makeRecord("tests", logging.INFO, "f", 1, "a\nb", (), None)
    )


def test_an_alert_is_in_the_log_in_any_case_and_masked(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.shop = world.shop.model_copy(update={"alerts": AlertSettings()})
    world.restart()
    seen = Observation("crm", is_bad=True, subject="CRM of +79161234567")
    world.application.incidents.observe(seen)
    world.work()
    (record,) = [record for record in caplog.records if record.getMessage() == "alert"]
    assert record.levelno == logging.ERROR
    line = json.loads(JsonFormatter().format(record))
    assert line["person"] == "Иван Петров"
    assert "CRM of …67" in line["text"]
