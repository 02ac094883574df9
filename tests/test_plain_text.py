import pytest

from chalicelib.plain_text import printable


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Анна\u00a0Примерова", "Анна Примерова"),
        ("a\tb\r\nc", "a b \nc"),
        ("\u200f+7\u200b916\x00", "+7916"),
        ("\ud800 \ue000", " "),
        ("Ещё — «тент» 3×6 👍", "Ещё — «тент» 3×6 👍"),
    ],
)
def test_what_cannot_be_seen_is_left_out(text: str, plain: str) -> None:
    assert printable(text) == plain
