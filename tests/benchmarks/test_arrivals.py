from benchmarks.arrivals import Order, join
from benchmarks.leads import external_id, phone
from benchmarks.sending import NO_ANSWER, Sent


def order_of(number: int, made_at: float = 10.0, name: str = "") -> Order:
    return Order(name or external_id(number), phone(number), made_at)


def test_each_accepted_lead_with_one_order_has_arrived() -> None:
    sent = [Sent(1, 10.0, 0.002, 200), Sent(2, 11.0, 0.002, 200)]
    arrival = join(sent, [order_of(2, 11.5), order_of(1, 10.25)])
    assert (arrival.sent, arrival.accepted, arrival.lost, arrival.doubled) == (2, 2, (), ())
    assert arrival.seconds == (0.25, 0.5)


def test_accepted_without_an_order_is_lost() -> None:
    assert join([Sent(1, 0, 0, 200), Sent(2, 0, 0, 200)], [order_of(2)]).lost == (1,)


def test_what_was_not_accepted_may_have_arrived_or_not() -> None:
    sent = [Sent(1, 0, 0, NO_ANSWER), Sent(2, 0, 0, 503), Sent(3, 0, 0, 200)]
    arrival = join(sent, [order_of(1), order_of(3)])
    assert (arrival.accepted, arrival.lost, arrival.doubled) == (1, (), ())
    assert len(arrival.seconds) == 1


def test_two_orders_with_one_id_are_doubled() -> None:
    assert join([Sent(1, 0, 0, 200)], [order_of(1), order_of(1)]).doubled == (1,)


def test_two_orders_of_one_client_are_doubled_whatever_their_ids() -> None:
    orders = [order_of(1), Order("lead-tilda-other", "+7 (916) 000-00-01", 0)]
    assert join([Sent(1, 0, 0, 200)], orders).doubled == (1,)


def test_a_lead_that_was_not_accepted_must_not_be_doubled_either() -> None:
    assert join([Sent(1, 0, 0, NO_ANSWER)], [order_of(1), order_of(1)]).doubled == (1,)


def test_orders_of_other_loads_do_not_count() -> None:
    arrival = join([Sent(1, 0, 0, 200)], [order_of(1), order_of(2), order_of(2)])
    assert (arrival.lost, arrival.doubled) == ((), ())
