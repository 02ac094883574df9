import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.console.masks import Closed, masks_of
from chalicelib.entry import Entry
from chalicelib.events import LeadItem, LeadSubmitted
from tests.engine.contract import NOON, an_envelope

MASKS = Closed(["Ольга", "Ромашкина"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Это Ольга", "Это …"),
        ("звоните ОЛЬГЕ Ромашкиной", "звоните … …"),
        ("ольгинский тракт", "ольгинский тракт"),
        ("+7 916 555-00-01 или olga@example.com", "…01 или …@example.com"),
        ("Тент 3×6 за 4990", "Тент 3×6 за 4990"),
    ],
)
def test_a_text_loses_what_is_known_of_its_client(text: str, shown: str) -> None:
    assert MASKS.text(text) == shown


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("Name", "Борис", "…"),
        ("contact.first_name", "Борис", "…"),
        ("ваше_имя", "Борис", "…"),
        ("klient.kak_zovut", "Борис", "…"),
        ("deliveryAddress", "Лесная 5", "…"),
        ("Phone", "8 916 555-00-01", "…01"),
        ("customer.0.email", "a@b.example", "…@b.example"),
        ("formname", "Заявка", "Заявка"),
        ("form_name", "Заявка", "Заявка"),
        ("products.0.name", "Тент", "Тент"),
        ("utm_source", "yandex", "yandex"),
        ("Name", "", ""),
    ],
)
def test_a_field_of_a_client_is_hidden_whatever_it_holds(name: str, text: str, shown: str) -> None:
    assert MASKS.value(name, text) == shown


def test_an_entry_tells_whom_to_hide_and_its_goods_stay() -> None:
    lead = LeadSubmitted(
        lead_id="1",
        form="f",
        form_name="Заявка",
        name="Ольга Ромашкина",
        phone="+79165550001",
        items=(LeadItem(name="Тент серый"),),
        submitted_at=NOON,
    )
    masks = masks_of(Entry.opened(an_envelope(), NOON).frozen((lead,), (), NOON))
    assert masks.text("Ольга хочет тент серый, Ромашкина") == "… хочет тент серый, …"


@given(st.lists(st.text(min_size=1, max_size=8)), st.text(max_size=40))
def test_whatever_somebody_is_called_the_page_is_made(words: list[str], text: str) -> None:
    shown = Closed(words).text(text)
    assert Closed(words).value("x", text) == shown
