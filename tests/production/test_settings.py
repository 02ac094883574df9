"""The table ``[production]``, and what is wrong with it."""

from typing import Any

import pytest

from chalicelib.errors import ConfigurationError
from tests.production.workshop import SOURCE
from tests.world import example_shop


@pytest.mark.parametrize(
    ("production", "problem"),
    [
        ({"next_status": "assembling-complete"}, "next_status needs making"),
        ({"making": ["assembling"], "next_status": "assembling"}, "may go on to it"),
        ({"question_feild": "x"}, "there is no such key"),
        ({"question_status": "produktion"}, "produktion"),
    ],
)
def test_what_is_wrong_is_named(production: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        example_shop(production=production)


def test_orders_are_followed_where_production_is_heard_or_watched() -> None:
    nothing = example_shop()
    assert not nothing.has_production
    assert example_shop(sources={"workshop": SOURCE}).hears_production
    assert example_shop(production={"question_field": "asks"}).hears_production
    promising = example_shop(production={"promised_field": "promised"})
    assert (promising.has_production, promising.hears_production) == (True, False)
