"""What ``make run`` does: a sandbox, Leadkeeper beside it, and a short day in a shop.

With a shop file of your own, or ``RETAILCRM_URL`` and ``RETAILCRM_API_KEY``, it serves that shop instead,
without sandbox and without made-up webhooks.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from dotenv import load_dotenv

from chalicelib import bootstrap, logs, shopfile
from chalicelib.crm.setup.plan import plan
from chalicelib.crm.setup.wanted import wanted
from chalicelib.errors import ConfigurationError
from chalicelib.validation import validate
from standalone import journal_view
from standalone.day_in_a_shop import Day, print_day
from standalone.one_time_password import set_one_time_password, sign_in_hint
from standalone.serve import Standalone

START_SECONDS = 15
POLL_SECONDS = 0.05
FOR_PAGES = ("books", "late-answers", "waiting-parcels")
"""The checks that keep what the console shows: nobody who tries it out should wait for their next turn."""

console = journal_view.console()


def main() -> None:
    """Serve until Ctrl-C."""
    load_dotenv(Path(".env"))
    logs.configure(logging.WARNING)
    try:
        _run()
    except ConfigurationError as error:
        console.print(f"leadkeeper: {error}", style="red", highlight=False, soft_wrap=True)
        sys.exit(2)


def _run() -> None:
    is_demo = shopfile.load().demo
    password = set_one_time_password(os.environ) if is_demo else ""
    standalone = Standalone()
    if not is_demo or os.environ.get("RETAILCRM_URL"):
        _serve(standalone, password)
        return
    port = int(os.environ.get("SANDBOX_PORT", "8001"))
    _require_free(port, "SANDBOX_PORT")
    with _sandbox(port):
        set_up_the_crm()
        threading.Thread(target=_live_a_day, args=(standalone, port), daemon=True).start()
        _serve(standalone, password)


def _serve(standalone: Standalone, password: str) -> None:
    host, port = standalone.address
    _require_free(port, "PORT")
    health = standalone.health()
    console.print(f"Leadkeeper: http://{host}:{port}  (mode {health['mode']}, data in {_data()})")
    settings = bootstrap.application().shop.console
    if settings is not None:
        console.print(f"Console:    http://{host}:{port}/console{sign_in_hint(settings, password)}")
    standalone.run()


def _data() -> str:
    return str(bootstrap.data_folder(os.environ))


def _require_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ConfigurationError(
                variable, f"port {port} is taken", f"Stop what uses it, or set {variable} to another port"
            ) from None


def _sandbox(port: int) -> "subprocess.Popen[bytes]":
    """A sandbox that ends with us: it watches the pipe to its standard input."""
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--exit-with-parent"]
    command += ["--data", str(bootstrap.data_folder(os.environ) / "sandbox.sqlite3")]
    # Its own session: Ctrl-C reaches us first, so that what is in hand is finished.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 -- our own module
    _wait_for(f"http://127.0.0.1:{port}/sandbox/faults", "SANDBOX_PORT")
    console.print(f"Sandbox:    http://127.0.0.1:{port}  (its orders, tasks and messages)")
    return process


def set_up_the_crm() -> None:
    """What the example shop needs of its CRM, as ``leadkeeper crm setup`` makes it."""
    shop = validate(shopfile.load())
    account = bootstrap.crm_account_of(shop, alone=True)
    steps = plan(wanted(shop), account.read()).steps
    for step in steps:
        account.carry_out(step)
    if steps:
        console.print(
            f"CRM:        made {len(steps)} things there that the shop needs (leadkeeper crm setup)"
        )


def _wait_for(url: str, variable: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(POLL_SECONDS)
        else:
            return
    raise ConfigurationError(variable, f"nothing answers at {url}", "See the error above")


def _live_a_day(standalone: Standalone, sandbox_port: int) -> None:
    host, port = standalone.address
    url = f"http://{host}:{port}"
    _wait_for(f"{url}/health", "PORT")
    application = bootstrap.application()
    print_day(Day(url, application).live(), console)
    for check in FOR_PAGES:
        if check in application.checks.checks:
            application.checks.run(check)
    console.print(f"Look at http://127.0.0.1:{sandbox_port}, post webhooks of your own, stop with Ctrl-C.")


if __name__ == "__main__":
    main()
