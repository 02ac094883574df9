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
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from chalicelib.alerts.incidents import Observation
from chalicelib.checks.endpoints.answers import Problem
from chalicelib.checks.endpoints.finished_days import UptimeCheck
from chalicelib.checks.endpoints.judging import Sighting, State
from chalicelib.checks.endpoints.sightings import key_of
from chalicelib.checks.endpoints.uptime_keeper import UptimeKeeper
from chalicelib.console.access.sessions import COOKIE
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import Indicator
from chalicelib.profit.periods import Period
from tests.browser.conftest import ARGUMENTS
from tests.browser.shop import ROOT
from tests.checks.endpoints.shop import endpoint, shop_with
from tests.console.conftest import ADMINISTRATOR, console_in, signed_in
from tests.month.drive import Month
from tests.month.generate import MonthPlan

PICTURES = ROOT / "docs" / "pictures"
SEED, ORDERS, DAYS = 1, 260, 11
BEFORE_THE_END = timedelta(hours=20)
"""In the middle of the last day."""

WATCHED_DAYS = 90
ENDPOINTS = {"Сайт": 0.0005, "Модуль лендинга": 0.004, "Калькулятор тентов": 0.001}
"""How often each fails, of its probes."""

TROUBLED = "Модуль лендинга"
HOUR = timedelta(hours=1)
ENTERED: dict[Indicator, tuple[str, str]] = {
    Indicator.REACH: ("21400", "24900"),
    Indicator.C1: ("0.0066", "0.0071"),
    Indicator.CHR: ("2", "1"),
    Indicator.CAPEX: ("12000", "12000"),
    Indicator.H: ("96000", "96000"),
    Indicator.COGS: ("4150", "4100"),
    Indicator.CAC: ("620", "540"),
    Indicator.CRC: ("85", "90"),
}
"""What people have entered for the last two weeks that are over."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, and where it is taken."""

    name: str
    address: str
    width: int = 1280
    height: int = 900
    scheme: str = "light"
    language: str = "ru"


PICTURES_TAKEN = (
    Picture("today", "/console/", height=1000),
    Picture("today-phone-dark", "/console/", width=390, height=844, scheme="dark"),
    Picture("journal", "/console/journal"),
    Picture("services", "/console/services", height=760),
    Picture("parcels", "/console/parcels"),
    Picture("messages", "/console/messages"),
    Picture("effect", "/console/effect?by=day", height=1100),
    Picture("profit", "/console/profit?by=week", height=1200),
    Picture("today-english", "/console/", height=1000, language="en"),
)


def lived(folder: Path) -> Month:
    """The shop in the middle of a day."""
    plan = MonthPlan(SEED, ORDERS, DAYS)
    now = plan.ends - BEFORE_THE_END
    month = Month(folder)
    month.live((each for each in plan.happenings() if each.at < now), now, lambda _moment: None)
    _refuse_a_lead(month)
    _watch_endpoints(month)
    _enter_profit(month)
    month.application.checks.run("books")
    return month


def _refuse_a_lead(month: Month) -> None:
    """Something that waits for a person."""
    month.fault(target="retailcrm", kind="400")
    month.lead("refused", Phone="+79161234567", Name="Анна")
    month.work()
    month.clear_faults()


def _watch_endpoints(month: Month) -> None:
    """As many rounds as there are hours, and one endpoint that is down just now."""
    zone, documents, chance = month.shop.shop.timezone, month.engine.documents, random.Random(SEED)  # noqa: S311 -- repeatable
    keeper, days = UptimeKeeper(documents, zone), UptimeCheck(documents, zone)
    keys = {key_of(name): share for name, share in ENDPOINTS.items()}
    at = month.now - timedelta(days=WATCHED_DAYS)
    while at < month.now:
        at += timedelta(minutes=20)
        seen = {key: _sighting(key, chance, 6 * share) for key, share in keys.items()}
        states = {key: State(is_down=sighting.problem is not None) for key, sighting in seen.items()}
        keeper.add(seen, states, dict.fromkeys(keys, timedelta(minutes=20)), at)
        if not at.hour and not at.minute:
            days.find(at)
    days.find(month.now)
    month.shop = month.shop.model_copy(update={"endpoints": shop_with(*map(endpoint, ENDPOINTS)).endpoints})
    month.restart()
    month.application.incidents.observe(
        Observation(key_of(TROUBLED), is_bad=True, subject=TROUBLED, cause="HTTP 502")
    )


def _sighting(key: str, chance: random.Random, failing: float) -> Sighting:
    problem = Problem("timeout", "10") if chance.random() < failing else None
    took = None if problem else timedelta(milliseconds=chance.lognormvariate(5, 0.4))
    return Sighting(key, key, problem, took=took)


def _enter_profit(month: Month) -> None:
    last = Period.containing("week", _today(month)).previous
    book = EnteredBook(month.engine.documents)
    for number, week in enumerate((last.previous, last)):
        book.put({week: {name: Decimal(values[number]) for name, values in ENTERED.items()}})


def _today(month: Month) -> date:
    return month.now.astimezone(month.shop.shop.timezone).date()


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
    )
    cookies = {COOKIE: session, "language": picture.language}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(f"{url}{picture.address}")
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
