import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import bootstrap
from tests.standalone.host import ENVIRONMENT, forget


@pytest.fixture(autouse=True)
def _a_shop_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder, no settings of the machine, and nothing wired yet; and afterwards as it was."""
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT:
        # Set first, so that it is also undone where a command sets it.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA", str(tmp_path / "data"))
    forget()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in bootstrap.LIBRARIES}
    yield
    if bootstrap.one_machine.cache_info().currsize:
        bootstrap.application().engine.close()
    forget()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
