"""Past findings: each case that once broke something holds on each way."""

from pathlib import Path

import pytest

from tests.fuzz.case import Case
from tests.fuzz.providers import POLLED, contract_of
from tests.fuzz.running import POLLED_WAYS, WAYS

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_what_was_mended_stays_mended(file: Path) -> None:
    case = Case.from_json(file.read_text())
    assert Case.from_json(case.to_json()) == case
    ways = POLLED_WAYS if case.provider in POLLED else WAYS
    for check in ways.values():
        check(contract_of(case.provider), case)
