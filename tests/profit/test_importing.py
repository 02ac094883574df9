"""Tables as spreadsheets write them; each mistake is told with its line and column."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.periods import KINDS, Period
from chalicelib.profit.entered import Rows
from chalicelib.profit.formula import ENTERED, Indicator
from chalicelib.profit.importing import MOST_PROBLEMS, Problem, read_table, template
from chalicelib.profit.numbers import number
from chalicelib.profit.spreadsheets import STYLES

NOVEMBER = Period.parse("2026-11")


def rows_of(text: str, encoding: str = "utf-8") -> Rows:
    table = read_table(text.encode(encoding))
    assert table.problems == []
    return table.rows


def problems_of(text: str) -> list[Problem]:
    return read_table(text.encode()).problems


def test_days_weeks_and_months_in_one_table() -> None:
    found = rows_of("period,reach,c1\n2026-11,1000,0.05\n2026-W47,70,\n2026-11-20,,7%\n")
    assert found == {
        NOVEMBER: {Indicator.REACH: 1000, Indicator.C1: Decimal("0.05")},
        Period.parse("2026-W47"): {Indicator.REACH: 70},
        Period.parse("2026-11-20"): {Indicator.C1: Decimal("0.07")},
    }


def test_a_line_that_says_nothing_is_no_row() -> None:
    assert rows_of("period;reach\n2026-11;5\n2026-10;\n") == {NOVEMBER: {Indicator.REACH: 5}}
    assert problems_of("period;reach\n2026-11;\n2026-11;5\n") == [
        Problem("period-twice", 3, "period", "2026-11")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_as_spreadsheets_of_russia_write_it(encoding: str, newline: str, delimiter: str) -> None:
    lines = [["Период", "H", "CAC"], ["2026-11", "1 234 567,50", "800,5"], ["", "", ""]]
    text = newline.join(delimiter.join(line) for line in lines)
    assert rows_of(text, encoding) == {
        NOVEMBER: {Indicator.H: Decimal("1234567.50"), Indicator.CAC: Decimal("800.5")}
    }


def test_cyrillic_letters_that_look_like_the_formulas() -> None:
    assert rows_of("period;С1;Н;САС\n2026-11;0,1;2;3\n") == {
        NOVEMBER: {Indicator.C1: Decimal("0.1"), Indicator.H: 2, Indicator.CAC: 3}
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem("empty")),
        ("reach\n5\n", Problem("no-period-column", 1)),
        ("period,price\n", Problem("unknown-column", 1, "price")),
        ("period,pu\n", Problem("unknown-column", 1, "pu")),
        ("period,h,H\n", Problem("column-twice", 1, "H")),
        ("period,h\n2026-11,1\nNovember,2\n", Problem("not-a-period", 3, "period", "November")),
        ("h,period\n5\n", Problem("not-a-period", 2, "period", "")),
        ("period,h\n2026-11,1\n\n2026-11,2\n", Problem("period-twice", 4, "period", "2026-11")),
        ("period,h\n2026-11,many\n", Problem("not-a-number", 2, "h", "many")),
        ("period,h\n2026-11,-5\n", Problem("not-a-number", 2, "h", "-5")),
        ("period,h\n2026-11,NaN\n", Problem("not-a-number", 2, "h", "NaN")),
        ("period,h\n2026-11,1e9\n", Problem("not-a-number", 2, "h", "1e9")),
        ("period,h\n2026-11,٣\n", Problem("not-a-number", 2, "h", "٣")),
        ("period,h\n2026-11,5%\n", Problem("not-a-number", 2, "h", "5%")),
        ('period,h\n2026-11,"1,234"\n', Problem("thousands", 2, "h", "1,234")),
        ("period,C1\n2026-11,5\n", Problem("not-a-share", 2, "C1", "5")),
        ("period,h\n2026-11,1,5\n", Problem("too-many-cells", 2)),
        ('period,h\n2026-11,"1\n', Problem("broken-quotes", 2)),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, problem: Problem) -> None:
    assert problems_of(text) == [problem]


def test_all_mistakes_are_told_at_once_but_not_without_end() -> None:
    assert [problem.line for problem in problems_of("period,h\n2026-11,x\n2026-12,y\n")] == [2, 3]
    assert len(problems_of("period,h\n" + "?,?\n" * 1000)) == MOST_PROBLEMS


def test_a_table_without_end_is_refused() -> None:
    (problem,) = problems_of("period,h\n" + "\n" * 4999 + "2026-11,1\n2026-12,1\n")
    assert problem.code == "too-many-lines"


@pytest.mark.parametrize("content", [b"\x98\xff", b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    assert read_table(content).problems == [Problem("not-text")]


@given(st.binary(max_size=200))
def test_no_content_breaks_it(content: bytes) -> None:
    table = read_table(content)
    assert table.problems or isinstance(table.rows, dict)


periods = st.builds(Period.containing, st.sampled_from(KINDS), st.dates(NOVEMBER.first, NOVEMBER.last))
cells = st.sampled_from(ENTERED).flatmap(
    lambda indicator: st.tuples(
        st.just(indicator), st.decimals(0, 1 if indicator is Indicator.C1 else 9_999_999, places=3)
    )
)


@given(
    st.dictionaries(periods, st.lists(cells, max_size=8).map(dict), max_size=5),
    st.sampled_from(sorted(STYLES)),
)
def test_the_template_with_what_is_known_reads_as_that(rows: Rows, language: str) -> None:
    told = {period: row for period, row in rows.items() if row}
    assert rows_of(template(list(rows), rows, STYLES[language])) == told


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("20.11.2026", "2026-11-20"),
        ("окт.26", "2026-10"),
        ("Oct-26", "2026-10"),
        ("май.27", "2027-05"),
    ],
)
def test_what_spreadsheets_make_of_periods(written: str, period: str) -> None:
    assert list(rows_of(f"period;h\n{written};1\n")) == [Period.parse(period)]


@pytest.mark.parametrize("written", ["31.11.2026", "11/20/2026", "xyz-26", "20.11.26"])
def test_what_might_mean_another_period_is_refused(written: str) -> None:
    (problem,) = problems_of(f"period;h\n{written};1\n")
    assert problem.code == "not-a-period"


@pytest.mark.parametrize(
    ("text", "value"),
    [("5%", "0.05"), ("5 %", "0.05"), ("0,05", "0.05"), ("1", "1"), ("100%", "1"), ("12,5%", "0.125")],
)
def test_shares(text: str, value: str) -> None:
    assert number(Indicator.C1, text) == Decimal(value)
