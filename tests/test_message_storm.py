from tests.message_storm import storm


def test_each_order_gets_exactly_its_texts_however_its_statuses_come() -> None:
    """A part of ``make message-storm``, which does it with 1,000 orders."""
    sent, expected = storm(orders=25, seed=7)
    assert sent == expected
    assert len(expected) > 25 * 3
