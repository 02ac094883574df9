"""``leadkeeper checks`` and ``why`` at a CRM that is out of reach."""

import pytest

from tests.standalone.test_cli import leadkeeper

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "command",
    [
        ("checks", "run", "stalled-pickups", "--dry-run"),
        ("checks", "run", "unprocessed-leads"),
        ("checks", "run", "moved-on"),
        ("why", "1001A"),
    ],
)
def test_a_crm_out_of_reach_is_one_clear_line(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAILCRM_URL", NOBODY_LISTENS)
    done = leadkeeper(*command)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("leadkeeper: ")
    assert line.endswith("crm-unreachable: ConnectError")


def test_the_checks_are_listed() -> None:
    listed = leadkeeper("checks", "list").output
    for name in ("moved-on", "stalled-pickups", "unprocessed-leads"):
        assert name in listed
