"""What people do in the console, done in a browser."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from chalicelib.console.pages import MENU
from chalicelib.console.words import LANGUAGES
from tests.browser.conftest import Visits
from tests.browser.shop import TryOut

PHONE_WIDTHS = (390, 320)
"""Pixels: of most phones, and of the narrowest."""

PAGES = (
    "/console/sign-in",
    *(f"/console/{'' if name == 'today' else name}" for name in MENU),
    "/console/services/incidents",
    "/console/services/subscriptions",
    "/console/services/heartbeats",
    "/console/profit/entry",
    "/console/journal/replay-all?reason=crm-refused",
    "/status",
)
PATIENCE_SECONDS = 15


def switch_language(page: Page, language: str) -> None:
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f".who [lang={language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", language)


def test_somebody_signs_in_and_out(visit: Visits, shop: TryOut) -> None:
    page = visit("/console/audit", signed_in=False)
    expect(page).to_have_url(re.compile("/console/sign-in"))
    page.locator("#name").fill(shop.name)
    page.locator("#password").fill("something else")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert ["403" in problem for problem in visit.problems] == [True]
    visit.problems.clear()
    page.locator("#password").fill(shop.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/console/audit$"))
    page.locator("form[action$=sign-out] button").click()
    expect(page).to_have_url(re.compile("/console/sign-in"))
    page.goto("/console/")
    expect(page).to_have_url(re.compile("/console/sign-in"))


def test_the_language_is_switched_and_kept(visit: Visits) -> None:
    page = visit("/console/audit")
    switch_language(page, "en")
    expect(page).to_have_url(re.compile("/console/audit$"))
    page.goto("/console/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    switch_language(page, "ru")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Сегодня")


def test_an_entry_is_found_by_the_last_digits_of_a_phone(visit: Visits, shop: TryOut) -> None:
    shop.lead("found:1", "+79165550731")
    page = visit("/console/journal")
    page.locator("#q").fill("550731")
    page.keyboard.press("Enter")
    entries = page.locator("tbody th a")
    expect(entries).to_have_count(1)
    entries.click()
    order = page.locator("#plan ~ ol a, #story ~ ol a").first
    wait_for(page, order)
    order.click()
    expect(page.locator("body")).to_contain_text("+79165550731")


def test_a_parked_entry_is_replayed_and_done(visit: Visits, shop: TryOut) -> None:
    shop.fault("retailcrm", "400")
    shop.lead("parked:1", "+79165550732")
    page = visit("/console/journal?state=parked&q=550732")
    entry = page.locator("tbody th a")
    wait_for(page, entry)
    shop.mend()
    entry.click()
    page.locator("a[href$=replay]").click()
    page.locator("form button.primary").click()
    expect(page.locator(".notice.good")).to_be_visible()
    wait_for(page, page.locator("h1 .badge.good"))
    expect(page.locator("#story ~ ol")).to_contain_text(shop.name)


def test_an_incident_is_acknowledged(visit: Visits, shop: TryOut) -> None:
    page = visit("/console/services/incidents")
    incident = page.get_by_role("listitem").or_(page.get_by_role("row")).filter(has_text="Landing module")
    incident.get_by_role("button").click()
    expect(incident.first).to_contain_text(shop.name)
    expect(incident.get_by_role("button")).to_have_count(0)


def test_who_has_no_mouse_skips_the_menu(visit: Visits) -> None:
    page = visit()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("address", PAGES)
def test_everybody_can_use_a_page(visit: Visits, address: str) -> None:
    assert_usable(visit(address))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_fits_a_phone(visit: Visits, address: str) -> None:
    assert_fitting(visit(address))


def test_the_page_of_an_entry_is_for_everybody_and_fits_a_phone(visit: Visits) -> None:
    page = visit("/console/journal")
    page.locator("tbody th a").first.click()
    expect(page.locator("#story")).to_be_visible()
    assert_usable(page)
    assert_fitting(page)


def assert_usable(page: Page) -> None:
    """In both languages, light and dark."""
    for language in LANGUAGES:
        switch_language(page, language)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert serious(page) == [], (language, scheme)


def assert_fitting(page: Page) -> None:
    for language in LANGUAGES:
        switch_language(page, language)
        for width in PHONE_WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, width)


def wait_for(page: Page, wanted: Locator) -> None:
    """Look again until it is there: pages do not change by themselves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted.count():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.reload()


def serious(page: Page) -> list[str]:
    """The problems that keep somebody from using the page, each with what has it."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
