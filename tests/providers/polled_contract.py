"""The contract suite of a provider that is asked: what it promises when it asks and when it reads.

A provider's test module derives ``TestContract`` from ``PolledContract`` and supplies the vectors. Records
go the whole way: from a pretend third party through the check, the queue and the pipeline.
"""

import importlib
import importlib.util
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import shopfile
from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError, Refused, Unreachable, Unreadable
from chalicelib.events import AnyEvent
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.polling import Asking, Poller, PollModule, Record
from chalicelib.providers.reading import Reader, Reading
from chalicelib.settings import Shop
from tests.world import World, example_shop

from .contract import NOON, SOURCE, SURROGATES_TOO, ZONE, Door, a_webhook, contents, read_or_refused

Site = Callable[[httpx.Request], httpx.Response]
"""A pretend third party."""


class PolledWorld(World):
    """A shop with one source that is asked, and the third party behind it."""

    telephony: ClassVar[Mapping[str, object]] = {}
    """The shop file's table ``[telephony]``."""

    def __init__(self, folder: Path, contract: "PolledContract", **settings: object) -> None:
        self.contract = contract
        self.rows: list[Any] = []
        self.site: Site = self.well
        self.asked: list[httpx.Request] = []
        super().__init__(folder, self._shop(contract, settings))

    def _shop(self, contract: "PolledContract", settings: Mapping[str, object]) -> Shop:
        source = {"provider": contract.provider, **contract.source_settings, **settings}
        return example_shop(sources={SOURCE: source}, telephony=self.telephony)

    def well(self, request: httpx.Request) -> httpx.Response:
        """The third party with the rows of now."""
        return self.contract.site(self.rows)(request)

    def network(self) -> httpx.BaseTransport:
        return _Both(self, super().network())

    def ask(self) -> None:
        """As the host does it each time, and then the work."""
        self.application.checks.run(f"poll-{SOURCE}")
        self.work()

    def ask_for(self, **span: float) -> None:
        """Let time pass, and ask every two minutes."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.later(minutes=2)
            self.ask()


class _Both(httpx.BaseTransport):
    """The sandbox, and the third party that is asked."""

    def __init__(self, world: PolledWorld, sandbox: httpx.BaseTransport) -> None:
        self._world = world
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != self._world.contract.host:
            return self._sandbox.handle_request(request)
        self._world.asked.append(request)
        return self._world.site(request)


class AskedContract(ABC):
    """What every provider that is asked promises. The class variables are vectors."""

    provider: ClassVar[str]

    secrets: ClassVar[Mapping[str, str]]
    """The settings that we prove ourselves with."""

    other_settings: ClassVar[Mapping[str, object]] = {}
    """What a source must set besides."""

    host: ClassVar[str]
    """Where it is asked."""

    path: ClassVar[tuple[str, ...]] = ()
    """What the sample is read for."""

    sample: ClassVar[bytes]
    """The content of an ordinary record."""

    events: ClassVar[tuple[AnyEvent, ...]]
    """What the sample says."""

    samples: ClassVar[tuple[bytes, ...]] = ()
    """Contents of other records: the fuzz in ``tests/fuzz`` changes them and the sample."""

    broken: ClassVar[bytes]
    """The sample cut off."""

    wrong_encoding: ClassVar[Mapping[str, bytes]]
    """The sample in encodings that it must not have, by their names."""

    field_names: ClassVar[tuple[str, ...]]
    """Names of real fields, for contents made at random."""

    calls_us: ClassVar[bool] = False
    """Whether it has a gate, too, and a ``ProviderContract`` of its own."""

    @property
    def source_settings(self) -> dict[str, object]:
        """All that the source sets."""
        return {**self.other_settings, **self.secrets}

    def authentic(self, content: bytes) -> Webhook:
        """A record with this content, as it goes on the queue."""
        return a_webhook(content, path=self.path, content_type="application/json")

    def content_of(self, webhook: Webhook) -> bytes:
        """The content in what ``authentic`` made."""
        return webhook.body

    def read(self, content: bytes) -> Reading:
        reader: Reader = importlib.import_module(f"chalicelib.providers.{self.provider}.read")
        own = reader.Settings(provider=self.provider, **self.source_settings)
        return reader.read(self.authentic(content), own, ZONE)

    def poller(self, site: Site) -> Poller:
        reader: Reader = importlib.import_module(f"chalicelib.providers.{self.provider}.read")
        module: PollModule = importlib.import_module(f"chalicelib.providers.{self.provider}.poll")
        own = reader.Settings(provider=self.provider, **self.source_settings)
        poller = module.poller(own, ZONE, httpx.MockTransport(site))
        assert poller is not None
        return poller

    def test_an_ordinary_record_is_read(self) -> None:
        assert self.read(self.sample) == Reading(self.events)

    def test_nobody_can_post_to_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        has_gate = importlib.util.find_spec(f"chalicelib.providers.{self.provider}.gate") is not None
        assert has_gate is self.calls_us
        if self.calls_us:
            return
        settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in self.source_settings.items())
        path = tmp_path / "shop.toml"
        path.write_text(f'[crm]\nurl = "x"\n[sources.{SOURCE}]\nprovider = "{self.provider}"\n{settings}\n')
        monkeypatch.setenv("LEADKEEPER_SHOP", str(path))
        gate = Gate(shopfile.load().sources(), lambda _: pytest.fail("it was believed"))
        for segments in ((), *((secret,) for secret in self.secrets.values())):
            assert gate.receive(a_webhook(self.sample, path=segments)).status == 404

    def test_broken_content_is_unreadable(self) -> None:
        with pytest.raises(Unreadable, match="broken-json"):
            self.read(self.broken)

    def test_wrong_encoding_is_unreadable(self) -> None:
        for content in self.wrong_encoding.values():
            with pytest.raises(Unreadable, match="wrong-encoding"):
                self.read(content)

    # Each provider runs these under its own class, which hypothesis would otherwise take for a mistake.
    @settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_a_record_holds_has_a_documented_outcome(self, data: st.DataObject) -> None:
        names = st.sampled_from(self.field_names) | st.text(SURROGATES_TOO, max_size=10)
        envelope = Envelope.seal(self.authentic(data.draw(contents(names))), "id", "")
        assert read_or_refused(Door(self.provider, self.source_settings), envelope)


class PolledContract(AskedContract):
    """Derive ``TestContract`` from it; ``sample`` is a missed call."""

    @abstractmethod
    def row(self, number: int, at: datetime, phone: str) -> object:
        """A missed call as the third party tells it; ``number`` tells calls apart."""

    @abstractmethod
    def site(self, rows: Sequence[object]) -> Site:
        """The third party, when it has these rows. It must refuse whoever does not know the secrets."""

    def test_a_missed_call_is_an_order_once(self, tmp_path: Path) -> None:
        world = PolledWorld(tmp_path, self)
        world.ask()
        world.rows = [self.row(1, world.now + timedelta(minutes=1), "79165550001")]
        world.ask_for(minutes=30)
        assert [order["phone"] for order in world.orders] == ["+79165550001"]
        world.rows.append(self.row(2, world.now, "79165550002"))
        world.rows.reverse()
        world.restart()
        world.ask_for(minutes=30)
        assert len(world.orders) == 2
        assert world.alerts == []
        world.close()

    def test_what_was_before_the_first_run_is_not_ours(self, tmp_path: Path) -> None:
        world = PolledWorld(tmp_path, self)
        world.rows = [self.row(1, world.now - timedelta(minutes=1), "79165550001")]
        world.ask_for(minutes=10)
        assert world.entries() == []
        world.close()

    def test_a_row_that_cannot_be_read_keeps_nothing_else_back(self, tmp_path: Path) -> None:
        world = PolledWorld(tmp_path, self)
        world.ask()
        world.rows = [None, [], {"x": 1}, self.row(1, world.now, "79165550001")]
        world.ask_for(minutes=30)
        assert len(world.orders) == 1
        assert len(world.entries(Status.QUARANTINED)) == 3
        world.close()

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(503),
            httpx.Response(429),
            httpx.Response(401),
            httpx.Response(302, headers={"location": "https://elsewhere.example"}),
            httpx.Response(200, text="<html>"),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={}),
            httpx.ConnectError("no"),
        ],
        ids=str,
    )
    def test_a_source_that_is_down_is_told_and_loses_nothing(
        self, tmp_path: Path, response: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        def down(_: httpx.Request) -> httpx.Response:
            if isinstance(response, Exception):
                raise response
            return response

        # The hosts silence httpx, whose lines hold whole addresses.
        caplog.set_level(logging.WARNING, "httpx")
        caplog.set_level(logging.DEBUG, "chalicelib")
        world = PolledWorld(tmp_path, self)
        world.ask()
        world.site = down
        world.rows = [self.row(1, world.now + timedelta(minutes=1), "79165550001")]
        world.ask_for(minutes=20)
        [told] = world.alerts
        assert told.startswith(f"Сбой: источник {SOURCE} не отдаёт события")
        with pytest.raises(LeadkeeperError) as caught:
            world.application.checks.run(f"poll-{SOURCE}", dry_run=True)
        world.site = world.well
        world.ask_for(minutes=10)
        assert len(world.orders) == 1
        assert world.alerts[1].startswith("Снова в порядке")
        for secret in self.secrets.values():
            assert secret not in f"{told} {caught.value} {caplog.text}"
        world.close()

    def test_a_wrong_secret_is_told(self, tmp_path: Path) -> None:
        wrong = dict.fromkeys(self.secrets, "guessed")
        world = PolledWorld(tmp_path, self, **wrong)
        world.ask_for(minutes=10)
        assert len(world.alerts) == 1
        world.close()

    def test_its_silence_is_told(self, tmp_path: Path) -> None:
        world = PolledWorld(tmp_path, self, expect_every="8h")
        world.ask()
        world.rows = [self.row(1, world.now + timedelta(minutes=1), "79165550001")]
        world.ask_for(minutes=10)
        world.later(hours=9)
        world.application.checks.run("silent-sources")
        world.work()
        assert any(f"из источника {SOURCE} ничего не приходит" in alert for alert in world.alerts)
        world.close()

    def test_secrets_are_not_stored(self, tmp_path: Path) -> None:
        world = PolledWorld(tmp_path, self)
        world.ask()
        world.rows = [self.row(1, world.now + timedelta(minutes=1), "79165550001")]
        world.ask_for(minutes=10)
        [entry] = [entry for entry in world.entries() if entry.source == SOURCE and entry.plan]
        envelope = world.engine.journal.envelope(entry.id)
        assert envelope is not None
        stored = envelope.to_json() + envelope.webhook.body.decode()
        assert not [secret for secret in self.secrets.values() if secret in stored]
        world.close()

    @settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_it_answers_becomes_records_or_trouble(self, data: st.DataObject) -> None:
        names = st.sampled_from(self.field_names) | st.text(max_size=10)
        content = data.draw(contents(names))
        rows = st.recursive(
            st.none() | st.integers() | st.text(max_size=10),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
            max_leaves=10,
        )
        told = self.site(data.draw(st.lists(rows, max_size=3)))
        site = told if data.draw(st.booleans()) else lambda _: httpx.Response(200, content=content)
        asking = Asking(NOON - timedelta(hours=1), NOON, heard=lambda: iter(()), is_known=lambda _: False)
        records: list[Record] = []
        with suppress(Refused, Unreachable):
            records += [record for page in self.poller(site).pages(asking) for record in page]
        for record in records:
            json.loads(record.content)
            assert record.at is None or record.at.tzinfo is UTC
            envelope = Envelope.seal(
                a_webhook(record.content, path=record.path), record.dedup_id, record.group
            )
            assert read_or_refused(Door(self.provider, self.source_settings), envelope)
