"""``python -m tests.browser.screenshots``: pictures of the console, after some days of the simulated month.

The days are those of ``docs/month.md``: real webhooks, real rules, a sandbox as the CRM.
"""

import logging
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from chalicelib.alerts.incidents import Observation
from chalicelib.checks.endpoints.answers import Problem
from chalicelib.checks.endpoints.check import DOCUMENT, EndpointMemory
from chalicelib.checks.endpoints.finished_days import UptimeCheck
from chalicelib.checks.endpoints.judging import Sighting, State
from chalicelib.checks.endpoints.sightings import key_of
from chalicelib.checks.endpoints.uptime_keeper import UptimeKeeper
from chalicelib.console.access.sessions import COOKIE
from chalicelib.periods import Period
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import Indicator
from tests.browser.conftest import ARGUMENTS
from tests.browser.shop import ROOT
from tests.checks.endpoints.shop import endpoint, shop_with
from tests.console.conftest import ADMINISTRATOR, console_in, signed_in
from tests.month.drive import Month
from tests.month.generate import MonthPlan

PICTURES = ROOT / "docs" / "pictures"
SEED, ORDERS, DAYS = 1, 200, 9
BEFORE_THE_END = timedelta(hours=20)
"""In the middle of the last day."""

WATCHED_DAYS = 90
ENDPOINTS = {"Сайт": 0.0005, "Модуль лендинга": 0.004, "Калькулятор тентов": 0.001}
"""How often each fails, of its probes."""

TROUBLED = "Модуль лендинга"
ROUND = timedelta(minutes=20)
DOWN_FOR = timedelta(minutes=40)
ENTERED_DAYS = 7
ENTERED = {
    Indicator.REACH: (3_300, 4_200),
    Indicator.CHR: (0, 1),
    Indicator.CAPEX: (1_500, 1_500),
    Indicator.H: (4_000, 4_000),
    Indicator.COGS: (4_000, 4_200),
    Indicator.CAC: (520, 640),
    Indicator.CRC: (80, 95),
}
"""What people enter for a day, from … to."""

LEADS_OF_REACH = Decimal("0.006")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, and where it is taken.

    Attributes:
        opens: the link that leads to the page; empty if the address does.
        below: the heading from which on the page is shown; empty for its beginning.
    """

    name: str
    address: str
    width: int = 1280
    height: int = 900
    scheme: str = "light"
    language: str = "ru"
    below: str = ""
    opens: str = ""


PICTURES_TAKEN = (
    Picture("today", "/console/", height=1000),
    Picture("today-phone-dark", "/console/", width=390, height=844, scheme="dark"),
    Picture("journal", "/console/journal"),
    Picture("services", "/console/services", height=760),
    Picture("entry", "/console/journal?state=parked", opens="tbody th a"),
    Picture("parcels", "/console/parcels"),
    Picture("profit", "/console/profit?by=day", height=1000),
    Picture("profit-change", "/console/profit?by=day", height=1000, below="Что изменило прибыль"),
    Picture("today-english", "/console/", height=1000, language="en"),
)


def lived(folder: Path) -> Month:
    """The shop in the middle of a day."""
    plan = MonthPlan(SEED, ORDERS, DAYS)
    now = plan.ends - BEFORE_THE_END
    month = Month(folder)
    _watch_endpoints(month, now)
    month.live((each for each in plan.happenings() if each.at < now), now, lambda _moment: None)
    _refuse_a_lead(month)
    _show_endpoints(month)
    _enter_profit(month)
    month.application.checks.run("books")
    return month


def _refuse_a_lead(month: Month) -> None:
    """Something that waits for a person."""
    month.fault(target="retailcrm", kind="400")
    month.lead("refused", Phone="+79161234567", Name="Анна")
    month.work()
    month.clear_faults()


def _watch_endpoints(month: Month, now: datetime) -> None:
    """Rounds of three months; one endpoint is down at the end of them."""
    zone, documents = month.shop.shop.timezone, month.engine.documents
    chance = random.Random(SEED)  # noqa: S311 -- repeatable
    keeper, days = UptimeKeeper(documents, zone), UptimeCheck(documents, zone)
    at = now - timedelta(days=WATCHED_DAYS)
    while at < now:
        at += ROUND
        is_trouble = at > now - DOWN_FOR
        failed = {
            name: chance.random() < share or (is_trouble and name == TROUBLED)
            for name, share in ENDPOINTS.items()
        }
        seen = {key_of(name): _sighting(name, chance, is_failure=each) for name, each in failed.items()}
        states = {key_of(name): State(is_down=each) for name, each in failed.items()}
        keeper.add(seen, states, dict.fromkeys(seen, ROUND), at)
        if not at.hour and not at.minute:
            days.find(at)
    days.find(now)


def _sighting(name: str, chance: random.Random, *, is_failure: bool) -> Sighting:
    problem = Problem("timeout", "10") if is_failure else None
    took = None if problem else timedelta(milliseconds=chance.lognormvariate(5, 0.4))
    return Sighting(key_of(name), name, problem, took=took)


def _show_endpoints(month: Month) -> None:
    watched = shop_with(*(endpoint(name, url="https://tents.example/health") for name in ENDPOINTS))
    month.shop = month.shop.model_copy(update={"endpoints": watched.endpoints})
    month.restart()
    documents, key = month.engine.documents, key_of(TROUBLED)
    memory = EndpointMemory(states={key: State(failures=3, is_down=True, is_told=True)})
    documents.put(replace(documents.get(DOCUMENT), content=memory.content()))
    began = month.now - DOWN_FOR
    month.application.incidents.observe(
        Observation(key, is_bad=True, subject=TROUBLED, cause="HTTP 502", since=began)
    )


def _enter_profit(month: Month) -> None:
    chance = random.Random(SEED)  # noqa: S311 -- repeatable
    today = month.now.astimezone(month.shop.shop.timezone).date()
    for ago in range(1, ENTERED_DAYS + 1):
        row = {name: Decimal(chance.randint(*between)) for name, between in ENTERED.items()}
        day = Period.containing("day", today - timedelta(days=ago))
        EnteredBook(month.engine.documents).put({day: {**row, Indicator.C1: LEADS_OF_REACH}})


@contextmanager
def serving(console: Flask) -> Iterator[str]:
    """Serve it at an address of this machine."""
    server = make_server("127.0.0.1", 0, console, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def take(picture: Picture, browser: Browser, url: str, session: str) -> Path:
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        reduced_motion="reduce",
        locale=picture.language,
    )
    cookies = {COOKIE: session, "language": picture.language}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(f"{url}{picture.address}")
    if picture.opens:
        page.locator(picture.opens).first.click()
        page.wait_for_load_state()
    if picture.below:
        page.get_by_role("heading", name=picture.below).evaluate("heading => heading.scrollIntoView()")
    path = PICTURES / f"console-{picture.name}.png"
    page.screenshot(path=path)
    context.close()
    return path


def main() -> None:
    """Live, serve, take them all."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, closing(lived(Path(folder))) as month:
        console = console_in(month)
        client = signed_in(console, month, ADMINISTRATOR)
        cookie = client.get_cookie(COOKIE)
        if cookie is None:
            raise RuntimeError("nobody is signed in")
        with serving(console) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            for picture in PICTURES_TAKEN:
                sys.stdout.write(f"{take(picture, browser, url, cookie.value)}\n")
            browser.close()


if __name__ == "__main__":
    main()
