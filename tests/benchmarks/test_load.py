from urllib.parse import parse_qs

from benchmarks import leads
from benchmarks.burst import refused_of
from benchmarks.load import moments
from benchmarks.saturation import per_second
from benchmarks.sending import NO_ANSWER, Sent


def test_a_steady_load_has_its_moments_fixed_beforehand() -> None:
    assert list(moments(100.0, rate=4, seconds=1.5)) == [100.0, 100.25, 100.5, 100.75, 101.0, 101.25]


def test_a_lead_is_a_whole_request_with_an_id_and_a_phone_of_its_own() -> None:
    head, _, body = leads.request(7, "127.0.0.1:8000").decode().partition("\r\n\r\n")
    fields = parse_qs(body)
    assert head.startswith("POST /hooks/tilda/demo-token HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n")
    assert head.endswith(f"Content-Length: {len(body)}")
    assert (fields["tranid"], fields["Phone"]) == (["bench:7"], ["+79160000007"])
    assert leads.external_id(7) == "lead-tilda-bench:7"


def test_a_rate_counts_accepted_leads_until_the_last_answer() -> None:
    sent = [Sent(1, 10.0, 0.5, 200), Sent(2, 10.5, 1.5, 200), Sent(3, 11.0, 0.1, NO_ANSWER)]
    assert per_second(sent) == 1.0


def test_refused_calls_are_those_that_were_too_many() -> None:
    assert refused_of({"GET /api/v5/orders 200": 5, "GET /api/v5/orders 503": 2}) == 2
