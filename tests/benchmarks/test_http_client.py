import pytest

from benchmarks.http_client import status_of

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_a_part_of_an_answer_has_no_status(length: int) -> None:
    assert status_of(ANSWER[:length]) is None


def test_the_status_of_a_whole_answer() -> None:
    assert status_of(ANSWER) == 200
    assert status_of(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n") == 503


def test_an_answer_whose_end_nobody_can_see() -> None:
    with pytest.raises(ValueError, match="content length"):
        status_of(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
