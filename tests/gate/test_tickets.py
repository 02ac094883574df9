"""Helpers for dedup ids, ordering groups and secrets."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gate.provider import Forged, Source, same_secret
from chalicelib.gate.tickets import content_ticket, fingerprint, phone_group
from chalicelib.gate.tokens import require_token, url_tokens, without_url_tokens
from chalicelib.gate.webhook import Webhook

WEBHOOK = Webhook(
    "shop", "POST", ("a", "b"), {"token": "t", "x": "1"}, {}, b"body", datetime(2025, 11, 3, tzinfo=UTC)
)


class TestFingerprint:
    def test_parts_do_not_run_into_each_other(self) -> None:
        assert (
            len({fingerprint("ab", "c"), fingerprint("a", "bc"), fingerprint("abc"), fingerprint("abc", "")})
            == 4
        )

    def test_a_text_and_its_bytes_are_the_same(self) -> None:
        assert fingerprint("я") == fingerprint("я".encode())

    @given(st.lists(st.text(st.characters()) | st.binary()))
    def test_any_text_has_one(self, parts: list[str | bytes]) -> None:
        assert len(fingerprint(*parts)) == 64


class TestPhoneGroup:
    @pytest.mark.parametrize(
        "phone", ["+7 (916) 123-45-67", "89161234567", "9161234567", 79161234567, "tel:+79161234567"]
    )
    def test_one_client_in_many_forms(self, phone: object) -> None:
        assert phone_group(phone) == "phone:9161234567"

    @pytest.mark.parametrize("phone", ["", None, "101", "anonymous", "+2562533", {}, "²" * 10])
    def test_no_usable_phone_gives_no_group(self, phone: object) -> None:
        assert phone_group(phone) == ""

    def test_the_first_usable_phone_counts(self) -> None:
        assert phone_group(None, "101", "89161234567", "89990000001") == "phone:9161234567"
        assert phone_group() == ""


def test_a_content_ticket_tells_contents_apart() -> None:
    others = (
        replace(WEBHOOK, body=b"other"),
        replace(WEBHOOK, path=("a",)),
        replace(WEBHOOK, query={"x": "2"}),
    )
    tickets = {content_ticket(webhook) for webhook in (WEBHOOK, *others)}
    assert len(tickets) == 4
    assert content_ticket(replace(WEBHOOK, received_at=datetime(2026, 1, 1, tzinfo=UTC))) in tickets


class TestSecrets:
    def test_one_of_several_is_enough(self) -> None:
        assert same_secret("b", ("a", "b"))
        assert not same_secret("c", ("a", "b"))

    def test_an_empty_one_is_never_valid(self) -> None:
        assert not same_secret("", ("", "a"))
        assert not same_secret("", ())

    @pytest.mark.parametrize("given_text", ["токен", "\ud800"])
    def test_any_text_can_be_compared(self, given_text: str) -> None:
        assert not same_secret(given_text, ("a",))

    @pytest.mark.parametrize(
        ("setting", "values"),
        [
            ("a", ("a",)),
            (["a", "b"], ("a", "b")),
            (("a", ""), ("a",)),
            ("", ()),
            (None, ()),
            ([], ()),
            (7, ("7",)),
        ],
    )
    def test_a_setting_holds_one_or_several(self, setting: object, values: tuple[str, ...]) -> None:
        assert Source("shop", "tilda", {"token": setting}).values("token") == values

    def test_a_setting_that_is_missing_has_its_default(self) -> None:
        assert Source("shop", "tilda").values("names", ("token",)) == ("token",)


class TestTokens:
    SOURCE = Source("shop", "tilda", {"token": ["one", "two"]})

    def test_path_and_query_may_hold_it(self) -> None:
        assert url_tokens(WEBHOOK, ("token", "key")) == ("a", "b", "t")

    def test_it_is_taken_out_of_both(self) -> None:
        assert without_url_tokens(WEBHOOK, ("token", "key")) == replace(WEBHOOK, path=(), query={"x": "1"})

    def test_one_that_fits_is_enough(self) -> None:
        require_token(["guessed", "", "two"], self.SOURCE)

    @pytest.mark.parametrize(
        ("given_tokens", "reason", "status"),
        [([], "no-token", 401), (["", ""], "no-token", 401), (["guessed"], "wrong-token", 403)],
    )
    def test_otherwise_it_is_forged(self, given_tokens: list[str], reason: str, status: int) -> None:
        with pytest.raises(Forged) as forged:
            require_token(given_tokens, self.SOURCE)
        assert (forged.value.reason, forged.value.status) == (reason, status)
