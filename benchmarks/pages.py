"""``python -m benchmarks.pages``: how long the console's pages take with a long journal.

On one machine by the clock, in process, from the request to the last byte. On AWS by the calls that a page
makes, counted with moto: what DynamoDB takes for a call cannot be measured here.
"""

import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.aws_events import AWS_CALL_SECONDS
from benchmarks.aws_meter import Meter
from benchmarks.figures import Spread, spread
from benchmarks.filling import APART, an_entry, an_envelope, fill_journal
from chalicelib.books.agenda import AGENDA_KEY, Agenda
from tests.aws_world import AwsWorld
from tests.console.conftest import ADMINISTRATOR, console_in, signed_in
from tests.engine.moto_aws import moto_cloud
from tests.world import MORNING, World

ENTRIES = 100_000
AWS_ENTRIES = 2_000
"""A day and a half of them. Moto takes long to fill; what a page asks for does not grow with the journal."""

REQUESTS = 30
BAR_MS = 200
FIRST_PAGES = ("today", "journal")
PHONE_DIGITS = "0000100"
PAGES = {
    "today": "/console/",
    "journal": "/console/journal",
    "journal, by the last digits of a phone": f"/console/journal?q={PHONE_DIGITS}",
    "journal, what needs a person": "/console/journal?state=needs-person",
    "services": "/console/services",
    "parcels": "/console/parcels",
    "messages": "/console/messages",
    "effect": "/console/effect",
    "profit": "/console/profit",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page takes.

    Attributes:
        first_ms: of the first request after the start.
        server: of those after it, on one machine.
        aws_calls: on AWS.
        aws_ms: estimated there: this machine's median, and each call at ``AWS_CALL_SECONDS``.
    """

    name: str
    first_ms: float
    server: Spread
    aws_calls: int
    aws_ms: float


def measure(folder: Path, entries: int = ENTRIES, aws_entries: int = AWS_ENTRIES) -> tuple[Page, ...]:
    """Ask for each page again and again."""
    calls = calls_on_aws(folder / "aws", aws_entries)
    return tuple(
        Page(
            name=name,
            first_ms=round(1000 * first, 1),
            server=found,
            aws_calls=calls[name],
            aws_ms=round(found.p50 + 1000 * AWS_CALL_SECONDS * calls[name]),
        )
        for name, (first, found) in _times(folder / "one-machine", entries).items()
    )


def _times(folder: Path, entries: int) -> dict[str, tuple[float, Spread]]:
    fill_journal(folder, entries, MORNING)
    with closing(World(folder)) as world:
        book_all(world)
        browser = signed_in(console_in(world), world, ADMINISTRATOR)
        times = {name: [_seconds(browser, PAGES[name]) for _ in range(1 + REQUESTS)] for name in PAGES}
    return {name: (seconds[0], spread(seconds[1:])) for name, seconds in times.items()}


def _seconds(browser: FlaskClient, address: str) -> float:
    began = time.perf_counter()
    answer = browser.get(address)
    seconds = time.perf_counter() - began
    if answer.status_code != 200:  # noqa: PLR2004 -- HTTP's
        raise RuntimeError(f"{address}: {answer.status}")
    return seconds


def calls_on_aws(folder: Path, entries: int) -> dict[str, int]:
    """How many calls each page makes."""
    folder.mkdir()
    with moto_cloud() as cloud, closing(AwsWorld(folder, cloud)) as world:
        for number in range(entries):
            at = world.now - (entries - number) * APART
            envelope = an_envelope(number, at)
            opened = world.engine.journal.open(envelope, at)
            done = an_entry(number, envelope, at)
            world.engine.journal.save(done.model_copy(update={"version": opened.version}))
        book_all(world)
        browser = signed_in(console_in(world), world, ADMINISTRATOR)
        meter = Meter(cloud.watched_sqs, cloud.watched_dynamodb)
        found = {}
        for name, address in PAGES.items():
            _seconds(browser, address)
            found[name] = meter.take().calls.total()
    return found


def book_all(world: World) -> None:
    """Let the check ``books`` catch up with the whole journal, which it does a part a run."""
    documents = world.engine.documents
    world.application.checks.run("books")
    while Agenda.model_validate(documents.get(AGENDA_KEY).content).spans:
        world.application.checks.run("books")


def main() -> None:
    """Print a line for each page."""
    with tempfile.TemporaryDirectory() as folder:
        for page in measure(Path(folder)):
            times = f"first {page.first_ms:4.0f} ms, p50 {page.server.p50:4.0f}, p95 {page.server.p95:4.0f}"
            on_aws = f"{page.aws_calls:2} calls, about {page.aws_ms:4.0f} ms"
            sys.stdout.write(f"{page.name:40} {times}; on AWS {on_aws}\n")


if __name__ == "__main__":
    main()
