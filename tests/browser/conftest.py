"""A real browser at the real program, which runs once for all of these tests."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from tests.browser.shop import ROOT, TryOut
from tests.programs import free_port

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MILLISECONDS = 15_000
TROUBLE = """
[[endpoints]]
name = "Landing module"
url = "http://127.0.0.1:{}/"
fail_after = 1

[[endpoints]]
name = "Оченьдлинноеназваниебезпробеловлендингастентами123"
url = "env:RETAILCRM_URL"
"""
"""A page that there is not: the first look at it begins an incident. And a name that is hard to break."""

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TryOut]:
    folder = tmp_path_factory.mktemp("shop")
    example = (ROOT / "shop.example.toml").read_text("utf-8")
    file = folder / "shop.toml"
    with_status_page = example.replace("\n[console]", "\n[console]\nstatus_page = true", 1)
    file.write_text(TROUBLE.format(free_port()) + with_status_page, "utf-8")
    shutil.copy(ROOT / "scenario.example.toml", folder / "scenario.toml")
    with TryOut(folder / "data", {"LEADKEEPER_SHOP": str(file)}) as shop:
        yield shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own. Closed with the module: no event loop stays behind."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def session(browser: Browser, shop: TryOut) -> StorageState:
    """The cookies of who has signed in as ``make run`` says."""
    context = browser.new_context(base_url=shop.url)
    page = context.new_page()
    page.goto("/console/")
    sign_in(page, shop)
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, shop: TryOut) -> None:
    page.locator("#name").fill(shop.name)
    page.locator("#password").fill(shop.password)
    page.locator("main button.primary").click()
    page.wait_for_url(re.compile(r"/console/$"))


class Visits:
    """Opens windows, and hears what goes wrong in them."""

    def __init__(self, browser: Browser, shop: TryOut, session: StorageState) -> None:
        self._browser = browser
        self._shop = shop
        self._session = session
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def __call__(self, address: str = "/console/", *, signed_in: bool = True, width: int = 1280) -> Page:
        context = self._browser.new_context(
            base_url=self._shop.url,
            storage_state=self._session if signed_in else None,
            viewport={"width": width, "height": 860},
            # Else colours are looked at while they change.
            reduced_motion="reduce",
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        page = context.new_page()
        page.goto(address)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # Links lead to the CRM as well, whose pages are not ours.
        if message.type in {"error", "warning"} and message.location["url"].startswith(self._shop.url):
            self.problems.append(message.text)

    def end(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(browser: Browser, shop: TryOut, session: StorageState) -> Iterator[Visits]:
    visits = Visits(browser, shop, session)
    yield visits
    visits.end()
    assert visits.problems == []
