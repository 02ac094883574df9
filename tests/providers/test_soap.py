"""SOAP: what is read of an answer, and what is refused."""

import tracemalloc
from collections.abc import Mapping

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.providers import soap

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<Envelope><Item>&b;</Item></Envelope>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><Item>&x;</Item>'


def items(body: str | bytes) -> list[str]:
    whole = body.encode() if isinstance(body, str) else body
    return [str(element.get("n")) for element in soap.elements(whole, {"Item"})]


def asked(response: httpx.Response | Exception) -> list[str | None]:
    def answer(_: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        request = soap.envelope("<x/>")
        return [element.text for element in soap.asked(http, "https://post.example/fc", request, {"value"})]


@pytest.mark.parametrize("prefix", ["", "ns3:", "ns7:"])
def test_an_element_is_known_by_its_local_name(prefix: str) -> None:
    assert items(f'<a xmlns:ns3="u" xmlns:ns7="u"><{prefix}Item n="1"/><b><{prefix}Item n="2"/></b></a>') == [
        "1",
        "2",
    ]


def test_of_nested_ones_the_outer_is_given_whole() -> None:
    (outer,) = soap.elements(b"<a><Item><Item>x</Item> &amp; y</Item></a>", {"Item"})
    assert ["".join(outer.itertext()), len(outer)] == ["x & y", 1]


@pytest.mark.parametrize("body", ["", "<html>", "text", "<a></b>", BOMB, OUTSIDE, "<!DOCTYPE a><a/>"])
def test_what_is_no_xml_or_has_a_document_type_is_trouble(body: str) -> None:
    with pytest.raises(Unreachable):
        items(body)


def test_what_stands_before_a_break_is_given() -> None:
    read = soap.elements(b'<a><Item n="1"/>'.ljust(soap.PIECE + 1) + b"<broken", {"Item"})
    assert next(read).get("n") == "1"
    with pytest.raises(Unreachable):
        next(read)


def test_a_long_answer_is_never_in_memory_as_a_whole_tree() -> None:
    body = b"<a>" + b'<Item n="1"><Operation a="1" b="2" c="3"/></Item>' * 100_000 + b"</a>"
    tracemalloc.start()
    try:
        assert sum(1 for _ in soap.elements(body, {"Item"})) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_another_encoding_is_no_way_in() -> None:
    declared = '<?xml version="1.0" encoding="utf-16"?><Item n="1"/>'
    assert items(declared) == ["1"]
    with pytest.raises(Unreachable):
        items('<Item n="ж"/>'.encode("cp1251"))


def test_values_cannot_break_out_of_a_request() -> None:
    assert soap.text_of('</a><b>&"\x00\ud800') == '&lt;/a&gt;&lt;b&gt;&amp;"'
    request = soap.envelope(f"<pos:a>{soap.text_of('<x>')}</pos:a>", pos="urn:p")
    (read,) = soap.elements(request, {"a"})
    assert (read.text, len(read)) == ("<x>", 0)


FAULT = (
    '<S:Envelope xmlns:S="s"><S:Body><S:Fault><faultcode>S:Server</faultcode>'
    "<faultstring>key K-1</faultstring><detail><WSFault><code>{code}</code></WSFault></detail>"
    "</S:Fault></S:Body></S:Envelope>"
)


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("code", "told"), [("no-data-found", "no-data-found"), ("key K-1", "S:Server"), ("", "S:Server")]
)
def test_a_fault_is_told_by_its_code_alone(status: int, code: str, told: str) -> None:
    with pytest.raises(Unreachable, match=told) as caught:
        asked(httpx.Response(status, text=FAULT.format(code=code)))
    assert "K-1" not in str(caught.value)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(500, text="oh"), Unreachable),
        (httpx.Response(503, text=FAULT), Unreachable),
        (httpx.Response(429), Unreachable),
        (httpx.Response(401), Refused),
        (httpx.Response(302, headers={"location": "https://elsewhere.example"}), Refused),
        (httpx.Response(200, content=b" " * (soap.MOST_BYTES + 1)), Unreachable),
        (httpx.ConnectError("no"), Unreachable),
    ],
    ids=str,
)
def test_other_trouble(response: httpx.Response | Exception, error: type[LeadkeeperError]) -> None:
    with pytest.raises(error):
        asked(response)


def test_what_is_wanted_is_given() -> None:
    assert asked(httpx.Response(200, text="<a><b:value xmlns:b='u'>T1</b:value></a>")) == ["T1"]


PARTS: Mapping[str, st.SearchStrategy[str]] = {
    "tag": st.sampled_from(
        ["<Item>", "</Item>", "<a>", "</a>", '<Item n="1"/>', "<!DOCTYPE a>", "<![CDATA["]
    ),
    "text": st.text(max_size=5),
}


@given(st.lists(st.one_of(*PARTS.values()), max_size=12).map("".join) | st.text(max_size=30))
def test_whatever_is_answered_is_read_or_trouble(body: str) -> None:
    try:
        items(body.encode(errors="replace"))
    except Unreachable as error:
        assert error.detail  # noqa: PT017 -- either is right
