"""Everything on one machine: HTTP, workers and the engine in one process."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import uvicorn

from app import app
from chalicelib import __version__, bootstrap, shopfile
from chalicelib.calendar_feed import CalendarFeed
from chalicelib.checks.running import TICK
from chalicelib.engine.sqlite.queue import SqliteQueue
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from chalicelib.functions import functions, rounds
from chalicelib.gate.gate import Gate
from chalicelib.timers import lateness
from standalone.accepted_lines import AcceptedLines
from standalone.http import Asgi, HttpHost
from standalone.ownership import take_over
from standalone.storage_watch import DirectAlerts, StorageWatch
from standalone.upkeep import Repeating
from standalone.workers import Workers

WORKERS = 4
NOTIFIERS = 2
STUCK_AFTER_SECONDS = 600
UPKEEP_EVERY = timedelta(hours=1)
WATCH_EVERY = timedelta(seconds=5)

log = logging.getLogger(__name__)


class Standalone:
    """One machine's Leadkeeper: start it, stop it, ask how it is."""

    def __init__(self) -> None:
        """Wire everything.

        Raises:
            ConfigurationError: the shop file or the environment is wrong.
        """
        # First of all: another version may still work with the file, and opening it changes its form.
        self._lock = take_over(bootstrap.data_folder(os.environ))
        try:
            self._application = bootstrap.application()
        except ConfigurationError:
            self._lock.close()
            raise
        engine = self._application.engine
        work = engine.work
        if not isinstance(work, SqliteQueue):
            self._lock.close()
            raise ConfigurationError(
                bootstrap.TABLE, "it leads to AWS, and one machine works with a file of its own", "Unset it"
            )
        log_accepted = AcceptedLines(sys.stderr, self._application.clock)
        self._gate = Gate(shopfile.load().sources(), work.put, log_accepted=log_accepted)
        if "worker" not in app.handler_map:
            app.register_blueprint(functions)
        self._workers = (
            Workers(engine.work, app.handler_map["worker"], WORKERS, "worker"),
            Workers(engine.notify, app.handler_map["notifier"], NOTIFIERS, "notifier"),
        )
        shop, clock = self._application.shop, self._application.clock
        alerts = DirectAlerts(shop, bootstrap.texts_of(shop), bootstrap.direct_channels(shop))
        watch = StorageWatch(engine.trouble, alerts, clock)
        self._repeating = (
            Repeating(self._remove_expired, UPKEEP_EVERY, "upkeep"),
            Repeating(watch.look, WATCH_EVERY, "storage-watch"),
            *(Repeating(work, TICK, name) for name, work in rounds(self._application).items()),
        )
        calendar = _calendar_of(self._application)
        receive = partial(self._gate.receive_async, put=work.put_async)
        self.http = HttpHost(receive, self.health, calendar.reply, _console_of(self._application))

    @property
    def address(self) -> tuple[str, int]:
        """Where to listen: this machine only, unless ``HOST`` says otherwise."""
        port = os.environ.get("PORT", "8000")
        if not port.isdecimal():
            raise ConfigurationError("PORT", f"{port!r} is no port", "Set it to a number such as 8000")
        return os.environ.get("HOST", "127.0.0.1"), int(port)

    def health(self) -> dict[str, Any]:
        """How it is, for monitors and people."""
        engine = self._application.engine
        now = self._application.clock()
        depths = (engine.work.depth(), engine.notify.depth())
        ages = [now - depth.oldest_at for depth in depths if depth.oldest_at]
        # What waits on purpose is in no queue, and counts from the moment when it should be again.
        age = max(*ages, lateness(engine, now), timedelta()).total_seconds()
        counts = engine.journal.counts((Status.PARKED, Status.QUARANTINED))
        reasons = [*self._reasons(age)]
        outcomes = self._gate.counters
        accepted = sum(count for (_, outcome), count in outcomes.items() if outcome == "accepted")
        harmless = ("accepted", "ignored", "probe")
        rejected = sum(count for (_, outcome), count in outcomes.items() if outcome not in harmless)
        return {
            "status": "degraded" if reasons else "ok",
            "reasons": reasons,
            "version": __version__,
            "mode": self._application.shop.shop.mode,
            "queue_depth": sum(depth.messages for depth in depths),
            "oldest_age_s": round(age, 1),
            "parked": counts[Status.PARKED],
            "quarantined": counts[Status.QUARANTINED],
            "accepted": accepted,
            "rejected": rejected,
        }

    def _reasons(self, age: float) -> Iterator[str]:
        """Why it does not do its work as it should."""
        storage = self._application.engine.trouble()
        if storage:
            yield f"storage: {storage}"
        if not all(workers.alive for workers in self._workers):
            yield "a worker does not run"
        if age >= STUCK_AFTER_SECONDS:
            yield "something has waited for more than 10 minutes"

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; finish what is in hand."""
        host, port = self.address
        # Uvicorn raises the signal again when it has stopped. It must not kill us before we have, too.
        signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
        threads: list[Workers | Repeating] = [*self._workers, *self._repeating]
        for thread in threads:
            thread.start()
        # What was loaded so far stays: the collector need not stop us to look through it again and again.
        gc.freeze()
        try:
            uvicorn.run(
                self.http,
                host=host,
                port=port,
                access_log=False,  # paths hold tokens
                proxy_headers=False,  # the console alone asks who calls, and looks for itself
                log_config=None,
                lifespan="off",
            )
        finally:
            for thread in threads:
                thread.stop()
            self.close()

    def _remove_expired(self) -> None:
        removed = self._application.engine.expire(self._application.clock())
        if removed:
            log.info("removed what has expired", extra={"count": removed})

    def close(self) -> None:
        """Give back the data folder: another process may work with it now, and this one may not."""
        self._application.engine.close()
        self._lock.close()


def _calendar_of(application: bootstrap.Application) -> CalendarFeed:
    shop = application.shop
    return CalendarFeed(shop, application.engine.documents, bootstrap.texts_of(shop), application.clock)


def _console_of(application: bootstrap.Application) -> Asgi | None:
    """The shop's console, if it has one."""
    if application.shop.console is None:
        return None
    from standalone.console import ConsoleHost  # noqa: PLC0415 -- loads Flask, which no other shop needs

    return ConsoleHost(application)
