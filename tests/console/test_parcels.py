"""The page Parcels: what is worked out from the list, and what somebody sees of it."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from chalicelib.console.parcels_view import MOST_DAYS, ON_A_PAGE, Board, Choice, Only, board_of
from chalicelib.engine.sqlite.documents import SqliteDocuments
from chalicelib.waiting_memory import WaitingHead, WaitingParcel, keep_waiting
from tests.console.conftest import VIEWER, console_in, signed_in
from tests.world import MORNING, World, example_shop

DAY = timedelta(days=1)
HEAD = WaitingHead(looked_at=MORNING)
STEPS = (5 * DAY, 10 * DAY)
MANAGERS = {1: "Анна Смирнова"}


def a_parcel(days: float = 0, number: int = 1, **fields: Any) -> WaitingParcel:
    """A parcel that has waited for so many days."""
    step = max((step for step in STEPS if step <= days * DAY), default=None)
    plain = {"order_id": number, "order_number": f"{number}A", "courier": "cdek", "city": "Москва"}
    return WaitingParcel.model_validate({**plain, "since": MORNING - days * DAY, "step": step, **fields})


def a_board(*parcels: WaitingParcel, **choice: Any) -> Board:
    return board_of(HEAD, parcels, Choice(**choice), MANAGERS, MORNING)


class TestBoard:
    """The view."""

    def test_what_is_stalled_is_counted_by_its_highest_step(self) -> None:
        board = a_board(a_parcel(12), a_parcel(6), a_parcel(5), a_parcel(4.9))
        assert (board.count, board.stalled) == (4, 3)
        assert board.by_step == ((5 * DAY, 2), (10 * DAY, 1))

    def test_a_task_for_a_lower_step_is_none_for_this_one(self) -> None:
        board = a_board(a_parcel(12, told=5 * DAY), a_parcel(6, told=5 * DAY), a_parcel(1))
        assert board.without_task == 1
        assert [row.has_task for row in board.rows] == [False, True, False]

    @pytest.mark.parametrize(("hours", "is_ending"), [(-3, True), (47, True), (48, False)])
    def test_what_goes_back_within_two_days_is_told(self, hours: int, *, is_ending: bool) -> None:
        board = a_board(a_parcel(1, keep_until=MORNING + timedelta(hours=hours)), a_parcel(1))
        assert board.ending == is_ending

    def test_ages_are_counted_for_each_step_and_the_last_column_takes_the_rest(self) -> None:
        ages = a_board(a_parcel(0.5), a_parcel(5), a_parcel(5.9), a_parcel(MOST_DAYS + 70)).ages
        assert ages.steps == (None, 5 * DAY, 10 * DAY)
        assert ages.days == MOST_DAYS + 1
        assert [sum(counts) for counts in ages.counts] == [1, 2, 1]
        assert (ages.counts[0][0], ages.counts[1][5], ages.counts[2][MOST_DAYS]) == (1, 2, 1)

    def test_couriers_and_cities_come_the_largest_first(self) -> None:
        board = a_board(
            a_parcel(1, to_pay=Decimal(100)),
            a_parcel(6, to_pay=Decimal("0.50")),
            a_parcel(2, courier="", city="Томск"),
        )
        assert [(group.name, group.count, group.stalled) for group in board.couriers] == [
            ("cdek", 2, 1),
            ("", 1, 0),
        ]
        assert (board.cities[0].oldest, board.to_pay) == (6 * DAY, Decimal("100.50"))

    def test_however_a_city_is_capitalised_it_is_one_group_and_one_choice(self) -> None:
        parcels = (a_parcel(3, 1), a_parcel(2, 2, city="МОСКВА"))
        (city,) = a_board(*parcels).cities
        assert (city.name, city.count, a_board(*parcels, city="москва").chosen) == ("Москва", 2, 2)

    def test_of_many_cities_the_largest_are_shown_and_the_others_counted(self) -> None:
        board = a_board(*(a_parcel(1, city=f"Город {number}") for number in range(13)))
        assert (len(board.cities), board.other_cities) == (10, 3)

    @pytest.mark.parametrize(
        ("choice", "numbers"),
        [
            ({}, ["1A", "2A", "3A"]),
            ({"only": Only.STALLED}, ["1A", "2A"]),
            ({"only": Only.WITHOUT_TASK}, ["2A"]),
            ({"only": Only.ENDING}, ["3A"]),
            ({"courier": "boxberry"}, ["2A"]),
            ({"city": "томск"}, ["3A"]),
            ({"city": "Томск", "only": Only.STALLED}, []),
        ],
    )
    def test_what_is_chosen_is_listed_and_all_are_counted(
        self, choice: dict[str, Any], numbers: list[str]
    ) -> None:
        board = a_board(
            a_parcel(6, 1, told=5 * DAY),
            a_parcel(5, 2, courier="boxberry"),
            a_parcel(1, 3, city="Томск", keep_until=MORNING),
            **choice,
        )
        assert [row.parcel.order_number for row in board.rows] == numbers
        assert (board.count, board.chosen) == (3, len(numbers))

    @pytest.mark.parametrize(
        ("asked", "page", "first"), [(1, 1, 0), (2, 2, ON_A_PAGE), (99, 2, ON_A_PAGE), (-1, 1, 0)]
    )
    def test_a_long_list_has_pages(self, asked: int, page: int, first: int) -> None:
        board = a_board(*(a_parcel(1, number) for number in range(ON_A_PAGE + 1)), page=asked)
        assert (board.page, board.pages) == (page, 2)
        assert board.rows[0].parcel.order_id == first

    def test_a_list_that_nobody_could_bring_up_to_date_is_old(self) -> None:
        assert not a_board().is_old
        stale = WaitingHead(looked_at=MORNING - timedelta(hours=1))
        assert board_of(stale, [], Choice(), {}, MORNING).is_old


class TestPage:
    """The page."""

    def test_before_the_first_look_it_says_so(self, viewer: FlaskClient) -> None:
        assert "Список появится через несколько минут" in viewer.get("/console/parcels").text

    def test_when_nothing_waits_it_says_so(self, viewer: FlaskClient, world: World) -> None:
        keep_waiting(world.engine.documents, [], world.now)
        assert "В пунктах выдачи ничего не ждёт" in viewer.get("/console/parcels").text

    def test_a_real_parcel_is_shown_with_a_link_to_its_order(self, viewer: FlaskClient, world: World) -> None:
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now - 6 * DAY)
        world.work()
        world.application.checks.run("waiting-parcels")
        text = viewer.get("/console/parcels").text
        link = world.application.crm.order_link(world.order("1001A")["id"])
        assert f'<a href="{link}">1001A</a>' in text
        assert "5 дн.: задачи нет" in text
        assert "6 дней" in text
        assert "4 990 ₽" in text
        assert "Анна" in text
        for secret in ("Ольга", "911-12", "79161112233"):
            assert secret not in text

    def test_what_came_today_waits_for_less_than_a_day(self, viewer: FlaskClient, world: World) -> None:
        keep_waiting(world.engine.documents, [a_parcel(0.9)], world.now)
        text = viewer.get("/console/parcels").text
        assert text.count("меньше дня") == 3, "in the list, by courier and by city"
        assert "0 дней" not in text

    def test_in_observe_mode_nobody_waits_for_tasks(self, tmp_path: Path) -> None:
        with closing(World(tmp_path, example_shop(rules={"observe": ["pickup-stalled"]}))) as world:
            keep_waiting(world.engine.documents, [a_parcel(6)], world.now)
            text = signed_in(console_in(world), world, VIEWER).get("/console/parcels").text
        assert "режим наблюдения: задачи не ставятся" in text
        assert "Обычно задача появляется" not in text

    def test_the_choice_is_kept_from_page_to_page(self, viewer: FlaskClient, world: World) -> None:
        many = [a_parcel(1, number, city="Нижний Новгород & Co") for number in range(ON_A_PAGE + 1)]
        keep_waiting(world.engine.documents, [*many, a_parcel(1, 999)], world.now)
        query = {"city": "Нижний Новгород & Co", "only": "all", "page": "2"}
        text = viewer.get("/console/parcels", query_string=query).text
        assert "51 посылка" in text
        assert "999A" not in text
        assert "page=1" in text
        assert "Нижний Новгород &amp; Co" in text

    @pytest.mark.parametrize("query", ["only=nonsense", "page=x", "page=-5", "courier=%00&city=%FF"])
    def test_whatever_is_asked_for_there_is_an_answer(
        self, viewer: FlaskClient, world: World, query: str
    ) -> None:
        keep_waiting(world.engine.documents, [a_parcel(1)], world.now)
        assert viewer.get(f"/console/parcels?{query}").status_code == 200

    def test_it_costs_two_reads_and_asks_the_crm_for_nothing(
        self, viewer: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep_waiting(world.engine.documents, [a_parcel(1, number) for number in range(1000)], world.now)
        reads: list[str] = []
        for name in ("get", "get_many"):
            monkeypatch.setattr(SqliteDocuments, name, counted(getattr(SqliteDocuments, name), reads))
        before = world.sandbox.requests_so_far()
        assert viewer.get("/console/parcels").status_code == 200
        assert reads == ["get", "get_many"]
        assert world.sandbox.requests_so_far() == before


def counted(read: Callable[..., Any], reads: list[str]) -> Callable[..., Any]:
    """A read that leaves its name."""

    def reading(*arguments: Any) -> Any:
        reads.append(read.__name__)
        return read(*arguments)

    return reading
