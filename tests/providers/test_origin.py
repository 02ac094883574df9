"""Where a visitor came from: the rules that each form provider relies on."""

import pytest

from chalicelib.events import Attribution
from chalicelib.providers.origin import Origin, cookies_of, origin

PAGE = "https://tents.example.ru/boats"


def test_without_anything_nothing_is_known() -> None:
    assert origin([]) == Origin()


def test_the_first_place_that_says_something_wins() -> None:
    hidden = {"utm_source": "{source}", "utm_medium": "cpc"}
    cookie = {"utm_source": "yandex", "utm_medium": "banner", "utm_term": "тент для лодки"}
    found = origin([hidden, cookie], landing_page=f"{PAGE}?utm_source=vk&utm_campaign=may#form")
    assert found.attribution == Attribution(
        source="yandex", medium="cpc", keyword="тент для лодки", campaign="may"
    )


@pytest.mark.parametrize(
    ("parameter", "source", "medium"),
    [("yclid", "yandex", "cpc"), ("gclid", "google", "cpc"), ("rb_clickid", "vk", "cpc")],
)
def test_a_click_id_tells_the_advertiser(parameter: str, source: str, medium: str) -> None:
    found = origin([], landing_page=f"{PAGE}?{parameter}=17", referrer="https://dzen.ru/")
    assert found.attribution == Attribution(source=source, medium=medium)
    assert found.visitor_ids == ((parameter, "17"),)


def test_what_a_link_says_wins_over_its_click_id() -> None:
    found = origin([{"utm_source": "newsletter", "yclid": "17"}])
    assert (found.attribution.source, found.attribution.medium) == ("newsletter", "")
    assert found.visitor_ids == (("yclid", "17"),)


@pytest.mark.parametrize(
    ("referrer", "source", "medium"),
    [
        ("https://www.yandex.ru/search/?text=x", "yandex", "organic"),
        ("https://www.google.com/", "google", "organic"),
        ("https://go.mail.ru/search?q=x", "mail.ru", "organic"),
        ("https://forum.example.org/topic/5", "forum.example.org", "referral"),
        ("https://www.tents.example.ru/", "", ""),
        ("no address", "", ""),
        ("https://[broken", "", ""),
        ("https://evil-google.com.example.org/", "evil-google.com.example.org", "referral"),
    ],
)
def test_the_referrer_tells_the_rest(referrer: str, source: str, medium: str) -> None:
    found = origin([], landing_page=PAGE, referrer=referrer)
    assert (found.attribution.source, found.attribution.medium) == (source, medium)


def test_cookies_tell_the_ids_that_analytics_know_the_visitor_by() -> None:
    cookies = "_ym_uid=1700000000123456789; _ga=GA1.1.123.456; _ym_uid=later; a; b=%D1%8F"
    assert origin([], cookies=cookies).visitor_ids == (
        ("yandex", "1700000000123456789"),
        ("google", "123.456"),
    )
    assert cookies_of(cookies)["b"] == "я"
