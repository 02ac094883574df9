"""``python -m benchmarks.uptime``: what it costs on AWS to keep how the endpoints do.

A day of rounds, each endpoint asked once a minute and now and then in trouble, and its end. The documents are
counted as DynamoDB bills them; no network is asked.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks import prices
from benchmarks.aws_items import Item, read_units, write_units
from chalicelib.checks.endpoints.answers import Problem
from chalicelib.checks.endpoints.finished_days import UptimeCheck
from chalicelib.checks.endpoints.judging import Sighting, State
from chalicelib.checks.endpoints.tallies import Tally
from chalicelib.checks.endpoints.uptime import KEPT_DAYS, DaysOfOne, UptimeHistory, days_key
from chalicelib.checks.endpoints.uptime_keeper import UptimeKeeper
from chalicelib.engine.port import Document

COUNTS = (20, 1000)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONE = ZoneInfo("UTC")
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
IN_TROUBLE_EVERY = 97
"""Of so many probes one fails: each endpoint has good and bad hours, as all numbers must be written."""

TYPICAL = timedelta(milliseconds=120)
A_DAY = Tally(probes=1440, failures=15, watched=86_400, down=900, latencies=(0, 0, 0, 1425))
DAYS_A_MONTH = 30
A_PAGE = 25


class Counting:
    """Documents in memory that count what DynamoDB would bill.

    Attributes:
        written: write units so far.
        read: read units so far.
    """

    def __init__(self) -> None:
        """There is nothing yet."""
        self._items: dict[str, Item] = {}
        self.written = 0
        self.read = 0

    def get(self, key: str) -> Document:
        """See ``engine.port.Documents``."""
        return self.get_many([key])[key]

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        """See ``engine.port.Documents``."""
        found = {key: self._items.get(key) for key in keys}
        self.read += sum(read_units(_size(item)) for item in found.values())
        return {key: _document(key, item) for key, item in found.items()}

    def put(self, document: Document) -> Document:
        """See ``engine.port.Documents``."""
        changed = replace(document, version=document.version + 1)
        before, after = self._items.get(document.key), _item(changed)
        self.written += write_units(before, after)
        self._items[document.key] = after
        return changed


def day_of(endpoints: int) -> tuple[int, int]:
    """The write units of a day with so many endpoints, and the read units of one page of the console."""
    documents = Counting()
    keys = [f"endpoint:Страница и её модуль {number:04}" for number in range(endpoints)]
    keeper, check = UptimeKeeper(documents, ZONE), UptimeCheck(documents, ZONE)
    intervals = dict.fromkeys(keys, MINUTE)
    # As after 90 days: what is kept of each endpoint has its full size.
    earlier = {MIDNIGHT.date() - back * DAY: A_DAY for back in range(1, KEPT_DAYS + 1)}
    for key in keys:
        documents.put(Document(days_key(key), DaysOfOne(days=earlier).content(), 0))
    check.find(MIDNIGHT + MINUTE)
    documents.written = 0
    _rounds(keeper, keys, intervals)
    check.find(MIDNIGHT + DAY + timedelta(hours=1))
    written, documents.read = documents.written, 0
    UptimeHistory(documents, ZONE).of(keys[:A_PAGE], MIDNIGHT + DAY)
    return written, documents.read


def main() -> int:
    """Count and print."""
    for endpoints in COUNTS:
        written, read = day_of(endpoints)
        dollars = written * DAYS_A_MONTH * prices.WRITE_UNIT.dollars / 1e6
        sys.stdout.write(
            f"{endpoints} endpoints: {written:,} write units a day, {dollars:.2f} dollars a month;"
            f" a page of the console {read} read units\n"
        )
    return 0


def _rounds(keeper: UptimeKeeper, keys: Sequence[str], intervals: Mapping[str, timedelta]) -> None:
    down, problem = State(is_down=True), Problem("timeout")
    for minute in range(DAY // MINUTE):
        bad = {key for number, key in enumerate(keys) if (number + minute) % IN_TROUBLE_EVERY == 0}
        seen = {
            key: Sighting(key, "", problem) if key in bad else Sighting(key, "", None, took=TYPICAL)
            for key in keys
        }
        keeper.add(seen, dict.fromkeys(bad, down), intervals, MIDNIGHT + minute * MINUTE)


def _item(document: Document) -> Item:
    """As ``engine.aws.documents`` stores it."""
    return {
        "pk": {"S": f"document#{document.key}"},
        "sk": {"S": "document"},
        "version": {"N": str(document.version)},
        "content": {"S": json.dumps(dict(document.content), ensure_ascii=False)},
    }


def _document(key: str, item: Item | None) -> Document:
    if item is None:
        return Document(key, {}, 0)
    return Document(key, json.loads(item["content"]["S"]), int(item["version"]["N"]))


def _size(item: Item | None) -> int:
    return 0 if item is None else len(item["content"]["S"].encode())


if __name__ == "__main__":
    sys.exit(main())
