"""``make fuzz``: many cases on all cores, counted by provider and kind."""

import secrets
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path

import click

from tests.fuzz.providers import POLLED, PROVIDERS
from tests.fuzz.running import PLANS, POLLED_WAYS, WAYS, WIRE, Outcome, Plan, run
from tests.fuzz.strategies import KINDS

SHARES = {"gate": 0.75, "http": 0.09, "pipeline": 0.035, "wire": 0.03, "reader": 0.1, "polled": 0.01}
BATCHES = {"gate": 500, "http": 100, "pipeline": 20, "wire": 100, "reader": 500, "polled": 20}
ALL = (*PROVIDERS, *POLLED)
FOUND = Path("build/fuzz")
SECONDS_BETWEEN_LINES = 15


def main() -> int:
    """Run until each provider and kind had its share; 1 if anything failed."""
    parser = ArgumentParser(prog="make fuzz", description="Bad input at scale.")
    parser.add_argument("--cases", type=int, default=100_000, help="how many at least")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="repeats a run")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--provider", action="append", choices=ALL, help="of this one only")
    options = parser.parse_args()
    click.echo(f"{options.cases} cases, seed {options.seed}")
    begin = time.monotonic()
    plans = [plan for plan in PLANS if plan.provider in (options.provider or ALL)]
    tried, failed = fuzz(plans, options.cases, options.seed, options.processes)
    show(tried, time.monotonic() - begin)
    for number, outcome in enumerate(failed, 1):
        FOUND.mkdir(parents=True, exist_ok=True)
        file = FOUND / f"{options.seed}-{number}.json"
        file.write_text(outcome.failing)
        click.echo(f"FAILED {outcome.why}\n  smallest case: {file}; mend it and move it to tests/fuzz/corpus")
    return 1 if failed else 0


def fuzz(plans: Sequence[Plan], cases: int, seed: int, processes: int) -> tuple[Counter[Plan], list[Outcome]]:
    """Batches of each plan in turn until each has its share."""
    plans_of = Counter(plan.way for plan in plans)
    whole = sum(SHARES[way] for way in plans_of)
    left = {plan: -int(-cases * SHARES[plan.way] / whole // plans_of[plan.way]) for plan in plans}
    tried: Counter[Plan] = Counter()
    failed: list[Outcome] = []
    said = time.monotonic()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running: dict[Future[Outcome], Plan] = {}
        for number, plan in enumerate(cycle(plans)):
            if not left and not running:
                return tried, failed
            if plan in left:
                batch = min(BATCHES[plan.way], left[plan])
                running[pool.submit(run, plan, batch, seed + number)] = plan
                left[plan] -= batch
                if not left[plan]:
                    del left[plan]
            while len(running) > (processes if left else 0):
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    tried[running.pop(future)] += outcome.tried
                    if outcome.failing:
                        failed.append(outcome)
            if time.monotonic() - said > SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                click.echo(f"  {tried.total()} tried, {len(failed)} failed")
    return tried, failed


def show(tried: Counter[Plan], seconds: float) -> None:
    """A table of providers and kinds, and how many went which way."""
    providers = sorted({plan.provider for plan in tried})
    click.echo(f"\n{'':12}" + "".join(f"{provider:>12}" for provider in providers) + f"{'all':>12}")
    for kind in (*KINDS, WIRE, "all"):
        counts = [
            sum(tried[plan] for plan in tried if plan.provider == provider and kind in {plan.kind, "all"})
            for provider in providers
        ]
        click.echo(f"{kind:12}" + "".join(f"{count:>12}" for count in (*counts, sum(counts))))
    ways = ", ".join(
        f"{way} {sum(tried[plan] for plan in tried if plan.way == way)}"
        for way in (*WAYS, *POLLED_WAYS, WIRE)
    )
    click.echo(f"\n{tried.total()} cases in {seconds:.0f} s ({ways})")


if __name__ == "__main__":
    sys.exit(main())
