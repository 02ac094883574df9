"""How often a password may be tried, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.console.access import limits as limits_module
from chalicelib.console.access.limits import (
    MOST_BY_ADDRESS,
    MOST_BY_BROWSER,
    WINDOW,
    SignInLimits,
    limits_of,
)
from chalicelib.console.access.signing_in import Attempt, try_to_sign_in
from chalicelib.console.settings import ConsoleUser
from chalicelib.engine.port import Documents
from sandbox.clock import SteppedClock
from tests.console.conftest import OPERATOR, PASSWORD, VIEWER, console_settings

SETTINGS = console_settings()
ADDRESS = "203.0.113.7"
FEW_BY_NAME = 2 * MOST_BY_ADDRESS
"""In place of the real bound: a siege is over sooner."""

AT_ONCE = 8
MANY = 60


class Door:
    """Tries passwords at the clock's time."""

    def __init__(self, documents: Documents, clock: SteppedClock) -> None:
        self.documents = documents
        self.clock = clock

    def enter(
        self, name: str, password: str = PASSWORD, address: str = ADDRESS, browser: str = ""
    ) -> ConsoleUser | timedelta | None:
        attempt = Attempt(name, password, address, browser)
        outcome = try_to_sign_in(attempt, SETTINGS, self.documents, self.clock.now)
        return outcome.wait or outcome.user

    def fail(self, times: int, name: str = VIEWER, address: str = ADDRESS, browser: str = "") -> None:
        for _ in range(times):
            assert self.enter(name, "wrong", address, browser) is None

    def besiege(self, name: str) -> None:
        """From many addresses, until the name has had its attempts."""
        for number in range(FEW_BY_NAME // MOST_BY_ADDRESS):
            self.fail(MOST_BY_ADDRESS, name, f"198.51.100.{number}")


@pytest.fixture(autouse=True)
def _few_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "MOST_BY_NAME", FEW_BY_NAME)


@pytest.fixture
def door(documents: Documents, clock: SteppedClock) -> Door:
    return Door(documents, clock)


def is_in(outcome: object) -> bool:
    return isinstance(outcome, ConsoleUser)


def test_an_address_has_ten_attempts_in_fifteen_minutes(door: Door) -> None:
    door.fail(MOST_BY_ADDRESS - 1)
    door.clock.now += timedelta(minutes=5)
    door.fail(1)
    assert door.enter(VIEWER) == WINDOW - timedelta(minutes=5), "the right password, too"
    door.clock.now += WINDOW - timedelta(minutes=5)
    assert is_in(door.enter(VIEWER))


def test_right_passwords_are_not_counted_and_excuse_no_wrong_ones(door: Door) -> None:
    for _ in range(MOST_BY_ADDRESS - 1):
        door.fail(1, OPERATOR)
        assert is_in(door.enter(VIEWER))
    door.fail(1, OPERATOR)
    assert isinstance(door.enter(VIEWER), timedelta)


def test_one_address_locks_out_nobody_else(door: Door) -> None:
    door.fail(MOST_BY_ADDRESS)
    for _ in range(MANY):
        assert isinstance(door.enter(VIEWER, "wrong"), timedelta)
    assert is_in(door.enter(VIEWER, address="203.0.113.8"))


def test_many_addresses_together_have_so_many_attempts_at_a_name(door: Door) -> None:
    door.besiege(VIEWER)
    assert isinstance(door.enter(VIEWER, address="203.0.113.8"), timedelta)
    assert is_in(door.enter(OPERATOR, address="203.0.113.8"))


def test_a_browser_that_was_there_before_gets_in_meanwhile(door: Door) -> None:
    door.besiege(VIEWER)
    door.fail(MOST_BY_ADDRESS, OPERATOR)
    assert is_in(door.enter(VIEWER, browser="anna"))


def test_such_a_browser_has_ten_attempts_of_its_own(door: Door) -> None:
    door.fail(MOST_BY_BROWSER, browser="anna")
    assert isinstance(door.enter(VIEWER, browser="anna"), timedelta)
    assert is_in(door.enter(VIEWER))


def test_a_name_that_nobody_has_is_answered_as_any_other(documents: Documents, clock: SteppedClock) -> None:
    attempts = SignInLimits(documents)
    for number in range(FEW_BY_NAME):
        limits = limits_of(SETTINGS, "nobody", f"198.51.100.{number // MOST_BY_ADDRESS}", "")
        assert not attempts.begin(limits, clock.now)
    assert attempts.begin(limits_of(SETTINGS, "Nobody", ADDRESS, ""), clock.now)


def test_an_ipv6_address_counts_by_its_network(door: Door) -> None:
    for number in range(MOST_BY_ADDRESS):
        door.fail(1, address=f"2001:db8:1:2::{number:x}")
    assert isinstance(door.enter(VIEWER, address="2001:db8:1:2:ffff::1"), timedelta)
    assert is_in(door.enter(VIEWER, address="2001:db8:1:3::1"))


def test_an_address_counts_as_one_in_both_of_its_forms(door: Door) -> None:
    door.fail(MOST_BY_ADDRESS, address="203.0.113.7")
    assert isinstance(door.enter(VIEWER, address="::ffff:203.0.113.7"), timedelta)


def test_who_has_no_address_is_counted_too(door: Door) -> None:
    door.fail(MOST_BY_ADDRESS, address="")
    assert isinstance(door.enter(VIEWER, address="unix"), timedelta)


def test_attempts_at_once_are_no_way_around(documents: Documents, clock: SteppedClock) -> None:
    limits = limits_of(SETTINGS, VIEWER, ADDRESS, "")

    def begin(_number: int) -> bool:
        return not SignInLimits(documents).begin(limits, clock.now)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        admitted = sum(pool.map(begin, range(2 * MOST_BY_ADDRESS)))
    assert admitted == MOST_BY_ADDRESS


def test_unknown_names_cannot_fill_the_store() -> None:
    keys = {limits_of(SETTINGS, f"guess {number}", ADDRESS, "")[1].key for number in range(2000)}
    assert len(keys) <= 256
    assert limits_of(SETTINGS, VIEWER, ADDRESS, "")[1].key not in keys


def test_a_clock_that_was_set_back_locks_nobody_out(door: Door) -> None:
    door.clock.now += timedelta(days=1)
    door.fail(MOST_BY_ADDRESS)
    door.clock.now -= timedelta(days=1)
    assert is_in(door.enter(VIEWER))


def test_while_everybody_is_locked_out_nothing_is_written(documents: Documents, clock: SteppedClock) -> None:
    locked = console_settings(session_key="locked")
    attempt = Attempt(VIEWER, PASSWORD, ADDRESS, browser="made-up")
    assert try_to_sign_in(attempt, locked, documents, clock.now).user is None
    assert documents.get("sign-in:browser:made-up").version == 0
