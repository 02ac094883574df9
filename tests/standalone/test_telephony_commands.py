from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from chalicelib import bootstrap
from chalicelib.errors import Refused
from chalicelib.settings import Shop
from standalone.cli import main


class Crm:
    def __init__(self, refusal: str = "") -> None:
        self.registered: list[tuple[Mapping[str, int], str]] = []
        self._refusal = refusal

    def register_telephony(self, extensions: Mapping[str, int], logo: str) -> None:
        if self._refusal:
            raise Refused("crm-refused", self._refusal)
        self.registered.append((extensions, logo))


def run(monkeypatch: pytest.MonkeyPatch, crm: Crm, *arguments: str) -> tuple[int, str]:
    def crm_of(shop: Shop) -> Crm:
        del shop
        return crm

    monkeypatch.setattr(bootstrap, "crm_of", crm_of)
    result = CliRunner().invoke(main, ["telephony", "register", *arguments])
    return result.exit_code, result.output


def test_the_shops_extensions_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    crm = Crm()
    code, output = run(monkeypatch, crm, "--logo", "https://shop.example/logo.svg")
    assert (code, crm.registered) == (0, [({"101": 1}, "https://shop.example/logo.svg")])
    assert "1 extensions" in output


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(monkeypatch, Crm("Failed to activate module"))
    assert code == 1
    assert "Failed to activate module" in output
