"""``docs/benchmarks.md`` and the last lines on the screen, from what was measured."""

from pathlib import Path

import jinja2

from benchmarks import aws_events, burst, pages, prices, starting
from benchmarks.bars import judged
from benchmarks.cold_start import Row
from benchmarks.results import Results

TEMPLATE = Path(__file__).parent / "page.md.jinja"


def page(results: Results) -> str:
    """The whole page."""
    environment = jinja2.Environment(  # noqa: S701 -- it is Markdown, and our own figures
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        began_at=results.began_at,
        took_seconds=results.took_seconds,
        machine=results.machine,
        bars=judged(results),
        starts=starting.STARTS,
        start_seconds=results.start_seconds,
        steady=results.steady,
        saturation=results.saturation,
        burst=results.burst,
        crm_limit=burst.CRM_LIMIT,
        workers_limit=burst.WORKERS_LIMIT,
        aws=results.aws,
        assumed=aws_events,
        watch=results.watch,
        look=results.look,
        pages=results.pages,
        pages_entries=pages.ENTRIES,
        pages_requests=pages.REQUESTS,
        prices=prices.PRICES,
        cold_starts=_by_way(results.cold_start),
    )


def summary(results: Results) -> str:
    """For the screen."""
    bars = [
        f"{'met   ' if bar.is_met else 'MISSED'}  {bar.name}: {bar.found} (bar {bar.wanted})"
        for bar in judged(results)
    ]
    rates = [f"{target.per_second:8,.0f} a second  {target.name}" for target in results.saturation.targets]
    return "\n".join([*bars, "", *rates])


def _by_way(rows: tuple[Row, ...]) -> dict[str, tuple[Row, Row]]:
    """Each way with bytecode and without."""
    found = {(row.way, row.bytecode): row for row in rows}
    return {way: (found[way, True], found[way, False]) for way in dict.fromkeys(row.way for row in rows)}
