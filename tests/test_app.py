"""What importing the entry points costs and shows. Each import is tried in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"pydantic", "httpx", "jinja2", "phonenumbers", "boto3", "botocore", "twilio"}


def python(code: str, folder: Path, **environment: str) -> Any:
    """What the code prints as JSON, run in an empty folder."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEADKEEPER_"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


LOADED = "import json, sys; print(json.dumps(sorted(name for name in sys.modules if '.' not in name)))"
HANDLERS = "import app, json; print(json.dumps(sorted(set(app.app.handler_map) & {'worker', 'notifier'})))"


def test_the_http_entry_point_loads_nothing_that_only_workers_need(tmp_path: Path) -> None:
    loaded = set(python(f"import app; {LOADED}", tmp_path))
    assert "chalice" in loaded
    assert not loaded & HEAVY


def test_the_gates_and_the_shop_file_need_the_standard_library_only(tmp_path: Path) -> None:
    code = (
        "from chalicelib import shopfile;"
        "from chalicelib.gate.gate import Gate, _provider;"
        "sources = shopfile.load({}).sources();"
        "[_provider(source.provider) for source in sources.values()];"
        f"Gate(sources, print); {LOADED}"
    )
    loaded = set(python(code, tmp_path))
    assert not loaded & (HEAVY | {"chalice", "app"})


def test_the_workers_do_not_load_the_http_entry_point(tmp_path: Path) -> None:
    loaded = set(python(f"import chalicelib.functions; {LOADED}", tmp_path))
    assert "app" not in loaded
    assert "pydantic" in loaded


def test_importing_an_entry_point_writes_nothing(tmp_path: Path) -> None:
    python(f"import app, chalicelib.functions; {LOADED}", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_http_function_itself_has_no_workers(tmp_path: Path) -> None:
    assert python(HANDLERS, tmp_path) == []


def test_the_deploying_command_sees_the_workers(tmp_path: Path) -> None:
    assert python(HANDLERS, tmp_path, AWS_CHALICE_CLI_MODE="true") == ["notifier", "worker"]


@pytest.mark.parametrize(("environment", "types"), [({}, []), ({"AWS_CHALICE_CLI_MODE": "true"}, ["*/*"])])
def test_bodies_are_deployed_as_binary_and_answers_are_text(
    tmp_path: Path, environment: dict[str, str], types: list[str]
) -> None:
    code = "import app, json; print(json.dumps(app.app.api.binary_types))"
    assert python(code, tmp_path, **environment) == types


def test_each_queue_hands_one_message_at_a_time_to_its_worker(tmp_path: Path) -> None:
    code = (
        "import app, json; print(json.dumps({source.name: [source.queue, source.batch_size]"
        " for source in app.app.event_sources if hasattr(source, 'queue')}))"
    )
    queues = {"LEADKEEPER_WORK_QUEUE": "w.fifo", "LEADKEEPER_NOTIFY_QUEUE": "n.fifo"}
    assert python(code, tmp_path, AWS_CHALICE_CLI_MODE="true", **queues) == {
        "worker": ["w.fifo", 1],
        "notifier": ["n.fifo", 1],
    }


def test_the_routes_take_any_content_by_get_post_and_options(tmp_path: Path) -> None:
    code = (
        "import app, json; print(json.dumps({path: {method: entry.content_types for method, entry in"
        " methods.items()} for path, methods in app.app.routes.items()}))"
    )
    routes = python(code, tmp_path)
    hooks = {path: methods for path, methods in routes.items() if path.startswith("/hooks/")}
    assert set(routes) - set(hooks) == {"/health"}
    assert sorted(path.count("/") for path in hooks) == [2, 3, 4, 5]
    any_content = {method: ["*/*"] for method in ("GET", "POST", "OPTIONS")}
    assert all(methods == any_content for methods in hooks.values())
