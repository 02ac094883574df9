"""How many parts are paid for, against the check values and the rules of GSM 03.38."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.sms.lint import costly_characters
from chalicelib.sms.segments import GSM_ALPHABET, GSM_EXTENSION, segments

CHEAP = st.text(st.sampled_from(sorted(GSM_ALPHABET | GSM_EXTENSION)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("GSM-7", 0)),
        ("a" * 160, ("GSM-7", 1)),
        ("a" * 161, ("GSM-7", 2)),
        ("a" * 306, ("GSM-7", 2)),
        ("a" * 307, ("GSM-7", 3)),
        ("€" * 80, ("GSM-7", 1)),
        ("€" * 81, ("GSM-7", 2)),
        ("€" * 152, ("GSM-7", 2)),  # 76 a part: the 153rd place stays empty, none may be cut
        ("€" * 153, ("GSM-7", 3)),
        ("^{}\\[~]|€\f", ("GSM-7", 1)),
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà", ("GSM-7", 1)),
        ("a" * 70 + "№", ("UCS-2", 2)),
        ("`", ("UCS-2", 1)),
        ("ж" * 70, ("UCS-2", 1)),
        ("ж" * 71, ("UCS-2", 2)),
        ("ж" * 134, ("UCS-2", 2)),
        ("ж" * 135, ("UCS-2", 3)),
        ("😀" * 35, ("UCS-2", 1)),
        ("😀" * 36, ("UCS-2", 2)),
        ("😀" * 67, ("UCS-2", 3)),  # 33 a part: none may be cut
    ],
)
def test_segments(text: str, expected: tuple[str, int]) -> None:
    assert segments(text) == expected


@given(st.text(), st.text())
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert segments(text).parts <= segments(text + more).parts


@given(st.text())
def test_bounds(text: str) -> None:
    """No part holds more than it can, and none but the last holds less than that without one character."""
    encoding, parts = segments(text)
    alone, joined = (160, 153) if encoding == "GSM-7" else (70, 67)
    units = sum(_units(character, encoding) for character in text)
    if units <= alone:
        assert parts == min(units, 1)
    else:
        assert -(-units // joined) <= parts <= -(-units // (joined - 1))


@given(CHEAP)
def test_what_the_cheap_alphabet_can_say_is_cheap(text: str) -> None:
    assert segments(text).encoding == "GSM-7"


@given(CHEAP, st.sampled_from("ж№—“😀\u00a0"), CHEAP)
def test_one_other_character_makes_all_of_it_dear(before: str, other: str, after: str) -> None:
    assert segments(before + other + after).encoding == "UCS-2"


@given(st.text(min_size=71), st.integers(0, 5))
def test_extension_characters_are_never_cut(text: str, lead: int) -> None:
    """However the cut falls: n of them take as many parts as fit whole ones."""
    count = len(text)
    whole = "a" * lead + "€" * count
    units = lead + 2 * count
    parts, room = 1, 153 - lead
    for _ in range(count):
        if room < 2:
            parts, room = parts + 1, 153
        room -= 2
    assert segments(whole).parts == (1 if units <= 160 else parts)


def _units(character: str, encoding: str) -> int:
    if encoding == "GSM-7":
        return 2 if character in GSM_EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


class TestCostlyCharacters:
    def test_a_dash_that_doubles_the_price(self) -> None:
        assert costly_characters("a" * 100 + "—") == ("—",)

    def test_also_where_only_the_encoding_is_dearer_so_far(self) -> None:
        assert costly_characters("It’s here") == ("’",)

    @pytest.mark.parametrize("text", ["Заказ — ждёт вас", "Заказ «1001A»", "plain", "ж" * 70])
    def test_a_text_that_is_as_dear_without_them(self, text: str) -> None:
        assert costly_characters(text) == ()

    def test_an_emoji_that_needs_a_part_of_its_own(self) -> None:
        assert costly_characters("ж" * 69 + "😀") == ("😀",)
        assert costly_characters("ж" * 60 + "😀") == ()

    def test_a_family_is_one_picture_of_many_characters(self) -> None:
        assert costly_characters("Thank you 👩\u200d👧") == ("👩", "\u200d", "👧")
