"""Facebook and Instagram: the contract suite of announcements, and the leads that are asked for."""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from chalicelib import leafing
from chalicelib.entry import Status
from chalicelib.errors import Refused, Unreachable, Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadSubmitted
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.meta_signature import HEADER, signature
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.facebook.poll import poller
from chalicelib.providers.facebook.read import LEAD, Settings
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.reading import Reading
from tests.world import World, example_shop

from .contract import NOON, ZONE, Door, ProviderContract, a_webhook, contents, read_or_refused

SECRET, VERIFY, TOKEN = "demo-app-secret", "demo-verify-token", "demo-page-token"
SETTINGS: Mapping[str, Any] = {"app_secret": SECRET, "verify_token": VERIFY, "token": TOKEN}
FIRST = "300000000000001"
SAMPLE = (
    b'{"object": "page", "entry": [{"id": "100000000000001", "time": 1778751000, "changes":'
    b' [{"field": "leadgen", "value": {"ad_id": "200000000000001", "adgroup_id": "200000000000002",'
    b' "created_time": 1778750990,'
    b' "leadgen_id": "300000000000001", "page_id": "100000000000001", "form_id": "400000000000001"}}]}]}'
)
FIELDS = (
    {"name": "full_name", "values": ["Анна Смирнова"]},
    {"name": "phone_number", "values": ["+79990000001"]},
    {"name": "email", "values": ["anna@example.com"]},
    {"name": "какой_размер?", "values": ["3x4", "4x6"]},
)
TOLD: Mapping[str, Any] = {
    "id": FIRST,
    "created_time": "2026-05-14T09:29:50+0000",
    "form_id": "400000000000001",
    "field_data": FIELDS,
    "ad_id": "200000000000001",
    "ad_name": "Весна",
    "campaign_id": "500000000000001",
    "campaign_name": "Тенты",
    "is_organic": False,
    "platform": "ig",
}
SUBMITTED = LeadSubmitted(
    lead_id=FIRST,
    form="400000000000001",
    name="Анна Смирнова",
    phone="+79990000001",
    phone_typed="+79990000001",
    email="anna@example.com",
    answers=(("какой размер?", "3x4, 4x6"),),
    attribution=Attribution(source="instagram", medium="cpc", campaign="Тенты", content="Весна"),
    submitted_at=datetime(2026, 5, 14, 9, 29, 50, tzinfo=UTC),
)


def lead_id(number: int) -> str:
    return f"30000000000000{number}"


def announcing(*numbers: int, field: str = "leadgen") -> bytes:
    """A webhook that announces these leads, an entry each."""
    entries = [
        {
            "id": "100000000000001",
            "time": 1778751000,
            "changes": [
                {"field": field, "value": {"leadgen_id": lead_id(number), "form_id": "400000000000001"}}
            ],
        }
        for number in numbers
    ]
    return json.dumps({"object": "page", "entry": entries}).encode()


def signed(content: bytes, secret: str = SECRET) -> Webhook:
    webhook = a_webhook(content, content_type="application/json")
    return replace(webhook, headers={**webhook.headers, HEADER: signature(content, secret)})


def received(*contents: bytes) -> Door:
    door = Door("facebook", SETTINGS)
    for content in contents:
        assert door.receive(signed(content)).status == 200
    return door


def record(**fields: Any) -> Envelope:
    """What ``poll.py`` was answered; ``...`` takes a field of the lead out."""
    lead = {name: value for name, value in {**TOLD, **fields}.items() if value is not ...}
    return enveloped({"id": FIRST, "told": {"ad_id": "200000000000001", "form_id": "4"}, "lead": lead})


def enveloped(content: object) -> Envelope:
    webhook = a_webhook(json.dumps(content).encode(), path=LEAD, content_type="application/json")
    return Envelope.seal(replace(webhook, method="GET"), f"lead:{FIRST}", "")


def reading(envelope: Envelope) -> Reading:
    return Door("facebook", SETTINGS).read(envelope)


def lead(**fields: Any) -> LeadSubmitted:
    (event,) = reading(record(**fields)).events
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(ProviderContract):
    provider = "facebook"
    secrets: ClassVar[Mapping[str, str]] = {"app_secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"app_secret": "another-app-secret"}
    other_settings: ClassVar[Mapping[str, str]] = {"verify_token": VERIFY, "token": TOKEN}
    sample = SAMPLE
    same_event = json.dumps(dict(reversed(json.loads(SAMPLE).items())), indent=1).encode()
    other_event = announcing(2)
    events: ClassVar[tuple[AnyEvent, ...]] = ()
    note = "lead-announced"
    samples = (announcing(1, 2), announcing(1, field="feed"))
    broken = SAMPLE[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": SAMPLE.replace(b'"page"', b'"\xff\xfe"')}
    wrong_type_is_read = True
    field_names = (
        *("object", "entry", "id", "time", "changes", "field", "value", "leadgen_id", "form_id", "ad_id"),
        *(
            "told",
            "lead",
            "trouble",
            "field_data",
            "name",
            "values",
            "created_time",
            "platform",
            "is_organic",
        ),
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return signed(content, secrets["app_secret"])

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return replace(signed(content), body=other)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """What names no lead."""
        entries = json.loads(webhook.body.decode("utf-8-sig"))["entry"]
        changes = [change for entry in entries for change in entry.get("changes") or []]
        return not any(change.get("field") == "leadgen" for change in changes)

    def unknown_event(self) -> Webhook:
        return signed(announcing(1, field="feed"))

    def forgeries(self) -> Mapping[str, Webhook]:
        unsigned = a_webhook(SAMPLE, content_type="application/json")
        query = {"hub.mode": "subscribe", "hub.verify_token": "guessed", "hub.challenge": "1"}
        return {
            "unsigned": unsigned,
            "wrong": replace(unsigned, headers={HEADER: "sha256=" + "0" * 64}),
            "another secret": signed(SAMPLE, VERIFY),
            "the token": signed(SAMPLE, TOKEN),
            "empty secret": signed(SAMPLE, ""),
            "of another content": replace(signed(SAMPLE), body=SAMPLE + b" "),
            "a GET with a guessed token": replace(unsigned, method="GET", query=query),
        }


class TestAnnouncements:
    def test_the_challenge_is_echoed(self) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
        reply = Door("facebook", SETTINGS).receive(replace(a_webhook(query=query), method="GET"))
        assert (reply.status, reply.body) == (200, "1158201444")

    @given(data=st.data())
    def test_any_other_byte_is_forged(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(SAMPLE) - 1))
        body = bytearray(SAMPLE)
        body[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != SAMPLE[at]))
        door = Door("facebook", SETTINGS)
        assert door.receive(replace(signed(SAMPLE), body=bytes(body))).status == 403
        assert not door.queue

    def test_several_leads_are_one_announcement_in_any_order(self) -> None:
        first, again, other = received(announcing(1, 2), announcing(2, 1), announcing(1)).queue
        assert first.id == again.id != other.id

    def test_nobody_can_pass_a_record_off_as_asked_for(self) -> None:
        """Path and query are not signed."""
        door = Door("facebook", SETTINGS)
        door.receive(replace(signed(SAMPLE), path=LEAD))
        assert door.reading() == Reading(note="lead-announced")

    @pytest.mark.parametrize("value", ["", "../me", "1?fields=x", "9" * 41, None, {}])
    def test_an_id_that_is_none_is_for_a_person(self, value: object) -> None:
        content = json.loads(SAMPLE)
        content["entry"][0]["changes"][0]["value"]["leadgen_id"] = value
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(json.dumps(content).encode()).reading()


class TestLeads:
    def test_an_ordinary_one(self) -> None:
        assert reading(record()) == Reading((SUBMITTED,))

    @pytest.mark.parametrize(
        ("fields", "source", "medium"),
        [
            ({"platform": "fb"}, "facebook", "cpc"),
            ({"platform": ...}, "facebook", "cpc"),
            ({"is_organic": True}, "instagram", "social"),
            ({"is_organic": ..., "ad_id": ...}, "instagram", "cpc"),
        ],
    )
    def test_where_it_came_from(self, fields: dict[str, Any], source: str, medium: str) -> None:
        found = lead(**fields).attribution
        assert (found.source, found.medium) == (source, medium)

    def test_without_the_right_to_read_advertisements_ids_remain(self) -> None:
        found = lead(ad_id=..., ad_name=..., campaign_id=..., campaign_name=..., platform=..., is_organic=...)
        assert found.attribution == Attribution(source="facebook", medium="cpc", content="200000000000001")

    def test_the_forms_own_parameters_win(self) -> None:
        fields = [*FIELDS, {"name": "utm_source", "values": ["partner"]}]
        assert lead(field_data=fields).attribution.source == "partner"

    @pytest.mark.parametrize("time", [..., "today", "0001-01-01T00:00:00Z"])
    def test_without_its_time_it_is_from_when_we_heard(self, time: object) -> None:
        assert lead(created_time=time).submitted_at == NOON

    def test_metas_own_test_leads_are_noted(self) -> None:
        fields = [
            {"name": name, "values": [f"<test lead: dummy data for {name}>"]}
            for name in ("full_name", "email")
        ]
        assert reading(record(field_data=fields)) == Reading(note="test-data")

    def test_one_without_answers_is_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match="empty"):
            reading(record(field_data=[]))

    def test_one_that_meta_does_not_give_is_for_a_person(self) -> None:
        with pytest.raises(Unreadable, match=r"no-lead.*lead 300000000000001 of form 4 .*code 100: gone"):
            reading(enveloped({"id": FIRST, "told": {"form_id": "4"}, "trouble": "code 100: gone"}))

    @given(data=st.data())
    def test_whatever_a_record_holds_has_a_documented_outcome(self, data: st.DataObject) -> None:
        names = st.sampled_from(TestContract.field_names) | st.text(st.characters(), max_size=10)
        webhook = a_webhook(data.draw(contents(names)), path=LEAD)
        assert read_or_refused(Door("facebook", SETTINGS), Envelope.seal(webhook, "id", ""))


def error(code: int, status: int = 400, **fields: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": "words", "code": code, **fields}})


GONE = error(100, error_subcode=33)
NO_RIGHT = error(200, status=403)
BUSY = error(2, status=500, is_transient=True)


class FacebookWorld(World):
    """A shop whose leads are asked for, and Meta behind it.

    Attributes:
        answers: what Meta says of a lead instead of giving it, by id.
        everywhere: what it says whatever it is asked; None if it is well.
        asked: which leads it was asked for.
        may_read_ads: whether the token has the right to the advertisement's fields.
    """

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, httpx.Response] = {}
        self.everywhere: httpx.Response | httpx.HTTPError | None = None
        self.asked: list[str] = []
        self.may_read_ads = True
        source = {"provider": "facebook", **SETTINGS}
        super().__init__(folder, example_shop(sources={"facebook": source}))

    def start(self) -> None:
        super().start()
        self.gate = Gate({"facebook": Source("facebook", "facebook", SETTINGS)}, self.engine.work.put)

    def network(self) -> httpx.BaseTransport:
        return _Both(self, super().network())

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in str(request.url)
        version, asked = request.url.path.strip("/").split("/")
        assert version.startswith("v")
        self.asked.append(asked)
        if isinstance(self.everywhere, httpx.HTTPError):
            raise self.everywhere
        if self.everywhere is not None:
            return self.everywhere
        if "campaign_name" in request.url.params["fields"] and not self.may_read_ads:
            return NO_RIGHT
        fields = [{"name": "phone_number", "values": [f"+7999000000{asked[-1]}"]}]
        found = {"id": asked, "created_time": self.now.isoformat(), "form_id": "4", "field_data": fields}
        return self.answers.get(asked) or httpx.Response(200, json=found)

    def announce(self, *numbers: int) -> None:
        reply = self.gate.receive(
            replace(signed(announcing(*numbers)), source="facebook", received_at=self.now)
        )
        assert reply.status == 200

    def ask(self) -> None:
        self.work()
        self.application.checks.run("poll-facebook")
        self.work()

    def ask_for(self, **span: float) -> None:
        """Let time pass, and ask every two minutes."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.later(minutes=2)
            self.ask()

    @property
    def phones(self) -> list[str]:
        """Whose leads became orders."""
        return sorted(order["phone"] for order in self.orders)


class _Both(httpx.BaseTransport):
    """The sandbox, and Meta."""

    def __init__(self, world: FacebookWorld, sandbox: httpx.BaseTransport) -> None:
        self._world = world
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        is_meta = request.url.host == "graph.facebook.com"
        return self._world.answer(request) if is_meta else self._sandbox.handle_request(request)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FacebookWorld]:
    with closing(FacebookWorld(tmp_path)) as world:
        world.ask()
        world.later(minutes=1)
        yield world


def phones(*numbers: int) -> list[str]:
    return [f"+7999000000{number}" for number in numbers]


class TestAsking:
    def test_each_lead_is_asked_for_once_and_becomes_one_order(self, world: FacebookWorld) -> None:
        world.announce(1)
        world.ask_for(minutes=10)
        world.announce(2, 1)
        world.announce(3, 2)
        world.ask_for(hours=7)
        world.announce(1, 2, 3)
        world.ask_for(minutes=10)
        assert world.phones == phones(1, 2, 3)
        assert world.asked == [lead_id(number) for number in (1, 2, 3)]
        assert world.alerts == []

    def test_a_restart_asks_for_nothing_twice(self, world: FacebookWorld) -> None:
        world.announce(1)
        world.ask()
        world.restart()
        world.announce(1)
        world.ask_for(minutes=6)
        assert (world.asked, world.phones) == ([lead_id(1)], phones(1))

    def test_a_lead_that_is_gone_is_told_and_keeps_no_other_back(self, world: FacebookWorld) -> None:
        world.answers[lead_id(1)] = GONE
        world.announce(1, 2)
        world.announce(3)
        world.ask_for(minutes=20)
        assert world.phones == phones(2, 3)
        assert world.asked.count(lead_id(1)) == 2  # with the advertisement's fields, and without them
        (entry,) = world.entries(Status.QUARANTINED)
        assert (entry.reason, lead_id(1) in entry.detail) == ("no-lead", True)
        (told,) = world.alerts
        assert "facebook" in told

    def test_a_lead_in_trouble_is_asked_for_again(self, world: FacebookWorld) -> None:
        world.answers[lead_id(1)] = BUSY
        world.announce(1, 2)
        world.ask()
        assert world.phones == phones(2)
        del world.answers[lead_id(1)]
        world.ask_for(minutes=2)
        assert world.phones == phones(1, 2)
        assert world.alerts == []

    @pytest.mark.parametrize("trouble", [BUSY, NO_RIGHT, httpx.Response(502, text="<html>")], ids=str)
    def test_trouble_that_lasts_is_told_twice_and_ends(
        self, world: FacebookWorld, trouble: httpx.Response
    ) -> None:
        world.answers[lead_id(1)] = trouble
        world.announce(1)
        world.ask_for(minutes=10)
        assert [alert.startswith("Сбой: источник facebook") for alert in world.alerts] == [True]
        world.later(hours=15)
        world.ask()
        world.announce(2)
        world.ask()
        assert world.phones == phones(2)
        world.later(hours=5)
        world.ask_for(minutes=10)
        (entry,) = world.entries(Status.QUARANTINED)
        assert entry.reason == "no-lead"
        assert any(alert.startswith("Снова в порядке") for alert in world.alerts)
        asked = len(world.asked)
        world.ask_for(hours=8)
        assert len(world.asked) == asked

    @pytest.mark.parametrize(
        "trouble",
        [error(190, status=401), error(4), error(80005), httpx.ConnectError("no")],
        ids=["token", "limit", "limit of leads", "no answer"],
    )
    def test_where_no_lead_can_be_had_only_one_is_asked_for(
        self, world: FacebookWorld, trouble: httpx.Response | httpx.HTTPError
    ) -> None:
        world.everywhere = trouble
        world.announce(1, 2, 3)
        world.ask()
        assert world.asked == [lead_id(1)]
        world.ask_for(days=2)
        assert len(world.alerts) >= 1
        assert TOKEN not in "".join(world.alerts)
        world.everywhere = None
        world.ask_for(minutes=4)
        assert world.phones == phones(1, 2, 3)
        assert world.entries(Status.QUARANTINED) == []

    def test_none_is_forgotten_however_many_came_during_an_outage(
        self, world: FacebookWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leafing, "A_PAGE", 2)
        world.everywhere = httpx.ConnectError("no")
        for number in range(1, 8):
            world.announce(number)
            world.ask_for(hours=1)
        world.everywhere = None
        world.ask_for(minutes=4)
        assert world.phones == phones(1, 2, 3, 4, 5, 6, 7)

    def test_without_the_right_to_advertisements_the_lead_comes_all_the_same(
        self, world: FacebookWorld
    ) -> None:
        world.may_read_ads = False
        world.announce(1)
        world.ask()
        assert (world.phones, world.alerts) == (phones(1), [])

    def test_an_announcement_that_cannot_be_read_keeps_no_other_back(self, world: FacebookWorld) -> None:
        broken = replace(signed(SAMPLE[:-20]), source="facebook", received_at=world.now)
        assert world.gate.receive(broken).status == 200
        world.announce(1)
        world.ask()
        assert world.phones == phones(1)

    def test_what_was_announced_before_the_first_run_is_asked_for(self, tmp_path: Path) -> None:
        with closing(FacebookWorld(tmp_path)) as world:
            world.announce(1)
            world.later(seconds=30)
            world.ask_for(minutes=6)
            assert (world.phones, world.asked) == (phones(1), [lead_id(1)])

    def test_what_is_told_late_is_not_too_old(self, world: FacebookWorld) -> None:
        """Meta repeats for hours. What counts is when we heard of it."""
        world.ask_for(hours=1)
        found = {**TOLD, "created_time": "2020-01-01T00:00:00+0000"}
        world.answers[lead_id(1)] = httpx.Response(200, json=found)
        world.announce(1)
        world.ask()
        assert len(world.orders) == 1


@pytest.mark.parametrize("seed", range(10))
def test_a_day_in_any_order(world: FacebookWorld, seed: int) -> None:
    """Announcements come twice and put together otherwise, Meta has trouble now and then: each lead once."""
    chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
    numbers = [*range(1, 9)] * 2
    chance.shuffle(numbers)
    while numbers:
        size = chance.randint(1, 4)
        together, numbers = numbers[:size], numbers[size:]
        world.answers = {
            lead_id(number): chance.choice([BUSY, NO_RIGHT]) for number in together if chance.random() < 0.4
        }
        world.everywhere = chance.choice([None, None, error(4), httpx.ReadTimeout("late")])
        world.announce(*together)
        if chance.random() < 0.5:
            world.restart()
        world.ask_for(minutes=chance.choice([0, 2, 30]))
    world.answers, world.everywhere = {}, None
    world.ask_for(minutes=10)
    assert world.phones == phones(*range(1, 9))
    assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []


@settings(deadline=None)
@given(data=st.data())
def test_whatever_meta_answers_becomes_a_record_or_trouble(data: st.DataObject) -> None:
    names = st.sampled_from(("error", "code", *TestContract.field_names)) | st.text(max_size=10)
    content, status = data.draw(contents(names)), data.draw(st.sampled_from([200, 400, 403, 404, 500, 503]))
    own = Settings(provider="facebook", app_secret=SECRET, verify_token=VERIFY, token=SecretStr(TOKEN))
    leads = poller(own, ZONE, httpx.MockTransport(lambda _: httpx.Response(status, content=content)))
    asking = Asking(
        NOON - timedelta(days=1), NOON, heard=lambda: iter([signed(SAMPLE)]), is_known=lambda _: False
    )
    records: list[Record] = []
    with suppress(Refused, Unreachable):
        records += [one for page in leads.pages(asking) for one in page]
    for one in records:
        envelope = Envelope.seal(a_webhook(one.content, path=one.path), one.dedup_id, one.group)
        assert read_or_refused(Door("facebook", SETTINGS), envelope)
