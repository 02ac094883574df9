"""The probes over HTTP, with answers as the services' documentation and clients have them."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from pydantic import SecretStr

from chalicelib.checks.subscriptions.probes import domain, mango, smsc, smsru, twilio, zadarma
from chalicelib.checks.subscriptions.probes.port import End, Money
from chalicelib.checks.subscriptions.settings import (
    Domain,
    MangoBalance,
    SmscBalance,
    SmsRuBalance,
    TwilioBalance,
    ZadarmaBalance,
)
from chalicelib.errors import LeadkeeperError, Refused, Unreachable

SECRET = SecretStr("zd_demo_secret")
TWILIO = TwilioBalance(name="T", probe="twilio-balance", account="AC1", token=SECRET, threshold=Decimal(1))
MANGO = MangoBalance(
    name="M",
    probe="mango-balance",
    api_key=SecretStr("mk_demo_0001"),
    api_salt=SecretStr("ms_demo_0002"),
    threshold=Decimal(1),
)
ZADARMA = ZadarmaBalance(
    name="Z", probe="zadarma-balance", api_key=SecretStr("key"), api_secret=SECRET, threshold=Decimal(1)
)
SMSRU = SmsRuBalance(name="S", probe="smsru-balance", api_id=SECRET, threshold=Decimal(1))
SMSC = SmscBalance(name="C", probe="smsc-balance", login="shop", password=SECRET, threshold=Decimal(1))
SERVICES = {
    "version": "1.0",
    "publication": "2026-11-01T00:00:00Z",
    "services": [
        [["net", "com"], ["http://insecure.example/", "https://registry.example/rdap/"]],
        [["xn--p1ai"], ["https://rf.example/"]],
        [["uk"], ["https://uk.example/"]],
        [["co.uk"], ["https://co-uk.example/"]],
        [["old"], ["http://insecure.example/"]],
    ],
}


class Net:
    """Answers each request alike, and keeps the last one."""

    def __init__(self, content: object, status: int = 200) -> None:
        self.last: httpx.Request
        self._answer = (status, content)
        self.http = httpx.Client(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.last = request
        status, content = self._answer
        return (
            httpx.Response(status, text=content)
            if isinstance(content, str)
            else httpx.Response(status, json=content)
        )

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.last.content.decode()))


def test_twilio_tells_its_balance_as_a_text() -> None:
    net = Net({"account_sid": "AC1", "balance": "-12.34", "currency": "EUR"})
    assert twilio.look(TWILIO, net.http) == Money(Decimal("-12.34"), "EUR")
    assert net.last.url == "https://api.twilio.com/2010-04-01/Accounts/AC1/Balance.json"
    assert net.last.headers["authorization"].startswith("Basic ")
    elsewhere = TWILIO.model_copy(update={"api_url": "http://127.0.0.1:8001"})
    twilio.look(elsewhere, net.http)
    assert net.last.url == "http://127.0.0.1:8001/2010-04-01/Accounts/AC1/Balance.json"


def test_mango_is_asked_with_a_signature() -> None:
    net = Net({"result": 1000, "balance": 4122.56, "currency": "RUB", "response_at": 1795248000})
    assert mango.look(MANGO, net.http) == Money(Decimal("4122.56"), "RUB")
    assert net.last.url == "https://app.mango-office.ru/vpbx/account/balance"
    sign = hashlib.sha256(b"mk_demo_0001{}ms_demo_0002").hexdigest()
    assert net.form == {"vpbx_api_key": "mk_demo_0001", "sign": sign, "json": "{}"}


def test_zadarma_is_asked_with_a_signature() -> None:
    net = Net({"status": "success", "balance": 10.34, "currency": "USD"})
    assert zadarma.look(ZADARMA, net.http) == Money(Decimal("10.34"), "USD")
    assert net.last.url == "https://api.zadarma.com/v1/info/balance/?format=json"
    sign = "YTk1MDU3NTRiMDQ1YjY3NmQ5NzRkODhiY2Q1NGE1ODUyZTI4MmE5Ng=="
    assert net.last.headers["authorization"] == f"key:{sign}"
    without_query = "NjMzNjQ5MjZiZTQ2ZGIwY2YxNWFjNzIwMjY4NGQwNTgxYjJhOTMwYg=="
    assert zadarma.sign("/v1/info/balance/", "", "zd_demo_secret") == without_query


def test_smsru_gets_its_secret_in_the_body() -> None:
    net = Net({"status": "OK", "status_code": 100, "balance": 4122.56})
    assert smsru.look(SMSRU, net.http) == Money(Decimal("4122.56"), "RUB")
    assert net.last.url == "https://sms.ru/my/balance"
    assert net.form == {"api_id": "zd_demo_secret", "json": "1"}


def test_smsc_gets_its_secret_in_the_body() -> None:
    net = Net({"balance": "100.50"})
    assert smsc.look(SMSC, net.http) == Money(Decimal("100.50"), "RUB")
    assert net.last.url == "https://smsc.ru/sys/balance.php"
    assert net.form == {"login": "shop", "psw": "zd_demo_secret", "fmt": "3"}


ASKED: list[Callable[[httpx.Client], Money]] = [
    lambda http: twilio.look(TWILIO, http),
    lambda http: mango.look(MANGO, http),
    lambda http: zadarma.look(ZADARMA, http),
    lambda http: smsru.look(SMSRU, http),
    lambda http: smsc.look(SMSC, http),
]


@pytest.mark.parametrize("look", ASKED)
@pytest.mark.parametrize(
    ("status", "content", "kind", "words"),
    [
        (200, {"status": "ERROR", "status_code": 200, "status_text": "api_id"}, Refused, "code 200"),
        (200, {"error": "authorise error", "error_code": 2}, Refused, "code 2"),
        (200, {"status": "error", "message": "Not authorized"}, Refused, "code error"),
        (200, {"result": 3102}, Refused, "code 3102"),
        (200, {"balance": None}, Refused, "no balance"),
        (200, {"balance": "NaN"}, Refused, "no balance"),
        (200, {"balance": True}, Refused, "no balance"),
        (200, {}, Refused, "code ?"),
        (200, [], Unreachable, "no JSON object"),
        (200, "<html>", Unreachable, "no JSON object"),
        (401, {"code": 20003}, Refused, "answers 401"),
        (302, "", Refused, "answers 302"),
        (429, {}, Unreachable, "answers 429"),
        (503, "", Unreachable, "answers 503"),
    ],
)
def test_what_is_no_balance_is_trouble_and_never_nothing(
    look: Callable[[httpx.Client], Money],
    status: int,
    content: object,
    kind: type[LeadkeeperError],
    words: str,
) -> None:
    with pytest.raises(kind) as caught:
        look(Net(content, status).http)
    assert words in caught.value.detail
    assert "zd_demo_secret" not in str(caught.value)


@pytest.mark.parametrize("look", ASKED)
def test_no_answer_is_trouble(look: Callable[[httpx.Client], Money]) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too late", request=request)

    with pytest.raises(Unreachable, match="ReadTimeout"):
        look(httpx.Client(transport=httpx.MockTransport(silent)))


# Domains


class Registries:
    """IANA's list, and the registries that it names."""

    def __init__(self, events: object, status: int = 200, services: Any = SERVICES) -> None:
        self.asked: list[str] = []
        self._answer = httpx.Response(status, json={"objectClassName": "domain", "events": events})
        self._services = services
        self.http = httpx.Client(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if request.url.host == "data.iana.org":
            return httpx.Response(200, json=self._services)
        assert "application/rdap+json" in request.headers["accept"]
        return self._answer


def a_domain(name: str, **fields: str) -> Domain:
    return Domain.model_validate({"name": "D", "probe": "domain", "domain": name, **fields})


def expiration(at: str, action: str = "expiration") -> Mapping[str, str]:
    return {"eventAction": action, "eventDate": at}


EVENTS = [expiration("1997-09-15T04:00:00Z", "registration"), expiration("2028-09-14T04:00:00Z")]


def test_the_registry_of_ianas_list_is_asked() -> None:
    net = Registries(EVENTS)
    assert domain.look(a_domain("Tents.com"), net.http) == End(datetime(2028, 9, 14, 4, tzinfo=UTC))
    assert net.asked == [
        "https://data.iana.org/rdap/dns.json",
        "https://registry.example/rdap/domain/tents.com",
    ]


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("tents.co.uk", "https://co-uk.example/domain/tents.co.uk"),
        ("tents.org.uk", "https://uk.example/domain/tents.org.uk"),
        ("тенты.рф", "https://rf.example/domain/xn--e1aqnc9b.xn--p1ai"),
    ],
)
def test_the_longest_part_of_the_name_counts(name: str, url: str) -> None:
    net = Registries(EVENTS)
    domain.look(a_domain(name), net.http)
    assert net.asked[1:] == [url]


def test_a_service_of_the_shops_own_choice_is_asked_at_once() -> None:
    net = Registries(EVENTS)
    domain.look(a_domain("tents.ru", rdap="https://rdap.example/"), net.http)
    assert net.asked == ["https://rdap.example/domain/tents.ru"]


def test_the_earlier_date_counts() -> None:
    events = [
        expiration("2029-09-14T04:00:00.5Z"),
        expiration("2028-09-14T07:00:00+03:00", "registrar expiration"),
    ]
    assert domain.look(a_domain("tents.com"), Registries(events).http).at == datetime(
        2028, 9, 14, 4, tzinfo=UTC
    )


@pytest.mark.parametrize("name", ["tents.ru", "tents.old"])
@pytest.mark.parametrize("services", [SERVICES, {}, {"services": [["ru"], 5, [["ru"], []]]}])
def test_a_zone_without_a_secure_service_is_named(name: str, services: object) -> None:
    with pytest.raises(Refused, match=f"no RDAP service for .{name[6:]}; set rdap or expires"):
        domain.look(a_domain(name), Registries(EVENTS, services=services).http)


@pytest.mark.parametrize(
    "events",
    [
        None,
        [],
        "expiration",
        [5],
        [{}],
        [expiration("soon")],
        [expiration("2026-01-01T00:00:00Z", "transfer")],
    ],
)
def test_a_registry_that_tells_no_date_is_trouble(events: object) -> None:
    with pytest.raises(Refused, match="does not tell when it ends"):
        domain.look(a_domain("tents.com"), Registries(events).http)


def test_a_domain_that_the_registry_does_not_know_is_trouble() -> None:
    with pytest.raises(Refused, match=r"registry\.example answers 404"):
        domain.look(a_domain("tents.com"), Registries([], 404).http)
