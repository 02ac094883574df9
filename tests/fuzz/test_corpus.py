"""Past findings: each case that once broke something holds on each way."""

from pathlib import Path

import pytest

from tests.fuzz.case import Case
from tests.fuzz.providers import contract_of
from tests.fuzz.running import WAYS

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_what_was_mended_stays_mended(file: Path, way: str) -> None:
    case = Case.from_json(file.read_text())
    assert Case.from_json(case.to_json()) == case
    WAYS[way](contract_of(case.provider), case)
