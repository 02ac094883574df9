"""``kill -9`` of the real program, against a real sandbox beside it. ``make chaos`` does it many times."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.programs import Program, free_port, wait_until

LEADS = 24


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.stop()


def test_everything_that_was_answered_is_exactly_one_order(program: Program) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(program.lead, number) for number in range(LEADS)]
        answers[LEADS // 2].result()
        program.kill()
        answered = {number for number, answer in enumerate(answers) if answer.result() == 200}
    assert answered
    program.start()
    wait_until(lambda: not program.depth(), "nothing waits")
    orders = program.orders()
    assert len(orders) == len(set(orders))
    assert {f"lead-tilda-kill:{number}" for number in answered} <= set(orders)


def test_second_program_does_not_work_with_the_same_data(program: Program) -> None:
    command = [sys.executable, "-m", "standalone.cli", "serve"]
    environment = {**program.environment, "PORT": str(free_port())}
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert "another Leadkeeper works with" in second.stderr
