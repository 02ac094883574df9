"""How long a fresh function takes from nothing to its first webhook in the queue.

``python -m benchmarks.cold_start [--json FILE] [--runs N]``

Each run is a new process in a flat folder, as Lambda has it: it starts the interpreter, imports ``app``, and
hands one signed call of Mango to a stand-in for SQS on this machine. Compared are three ways to hand it over,
each with and without bytecode in the folder. Ends with an error if our own way misses the bar.
"""

import argparse
import compileall
import importlib.util
import json
import os
import platform
import py_compile
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.gate.aws_stub import AwsStub, running_stub, self_signed
from tests.gate.first_webhook import PARAMETER, SECRETS, SHOP, lambda_environment, signed_event

BAR_MS = 200
RUNS = 9
ROOT = Path(__file__).parent.parent
CHALICE_RUNTIME = ("__init__.py", "app.py")
BOTO3 = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
# The interpreter itself: an environment of its own would add its start-up files, which Lambda does not have.
PYTHON = str(Path(sys.executable).resolve())

OWN_GATE = """
from chalicelib import shopfile
from chalicelib.gate import wiring
from chalicelib.gate.gate import Gate
gate = Gate(shopfile.load().sources(), put)
wiring.gate = lambda: gate
"""
BY_BOTO3 = """
import os
import boto3
sqs = boto3.client("sqs")
def put(envelope):
    sqs.send_message(
        QueueUrl=os.environ["LEADKEEPER_WORK_QUEUE_URL"],
        MessageBody=envelope.to_json(),
        MessageGroupId=envelope.group,
        MessageDeduplicationId=envelope.deduplication_id,
    )
"""
BY_BOTOCORE_AND_URLLIB3 = """
import json, os
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
pool = urllib3.PoolManager()
keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
signer = SigV4Auth(Credentials(*(os.environ[key] for key in keys)), "sqs", os.environ["AWS_REGION"])
def put(envelope):
    message = {
        "QueueUrl": os.environ["LEADKEEPER_WORK_QUEUE_URL"],
        "MessageBody": envelope.to_json(),
        "MessageGroupId": envelope.group,
        "MessageDeduplicationId": envelope.deduplication_id,
    }
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
    request = AWSRequest("POST", os.environ["AWS_ENDPOINT_URL"], headers, json.dumps(message).encode())
    signer.add_auth(request)
    sent = pool.request("POST", request.url, body=request.data, headers=dict(request.headers))
    assert sent.status == 200
"""
FIRST_WEBHOOK = """
import json, sys
import app
reply = app.app(json.load(sys.stdin), None)
assert reply["statusCode"] == 200, reply
"""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way to start: what runs, where its secrets are, and whether the stand-in speaks TLS."""

    name: str
    program: str
    secrets: Mapping[str, str]
    over_tls: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one way: milliseconds, and the median as a multiple of the bare interpreter's."""

    way: str
    bytecode: bool
    min: float
    median: float
    max: float
    ratio: float


IN_PARAMETER = {"LEADKEEPER_SECRETS": PARAMETER}
BARE = Way("python -c pass", "pass", {})
OURS = Way("standard library (ours)", FIRST_WEBHOOK, SECRETS)
WAYS = (
    BARE,
    OURS,
    Way("botocore's signer and urllib3", BY_BOTOCORE_AND_URLLIB3 + OWN_GATE + FIRST_WEBHOOK, SECRETS),
    Way("boto3 client", BY_BOTO3 + OWN_GATE + FIRST_WEBHOOK, SECRETS),
    Way("ours, secrets from SSM", FIRST_WEBHOOK, IN_PARAMETER),
    Way("ours, secrets from SSM, over TLS", FIRST_WEBHOOK, IN_PARAMETER, over_tls=True),
)


class Lab:
    """Two folders as Lambda has them, with and without bytecode, and two stand-ins for AWS."""

    def __init__(self, folder: Path, plain: AwsStub, over_tls: AwsStub, authorities: Path) -> None:
        """Build the folders."""
        self._plain = plain
        self._over_tls = over_tls
        self._authorities = authorities
        self._folders = {False: folder / "sources", True: folder / "bytecode"}
        build(self._folders[False])
        shutil.copytree(self._folders[False], self._folders[True])
        compileall.compile_dir(
            self._folders[True], quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )

    def run(self, way: Way, *, bytecode: bool) -> float:
        """Milliseconds from starting a process to its end.

        Raises:
            RuntimeError: the webhook did not reach the queue.
        """
        stub = self._over_tls if way.over_tls else self._plain
        environment = self._environment(way, stub)
        event = json.dumps(signed_event()).encode()
        before = len(stub.sent)
        began = time.perf_counter()
        ended = subprocess.run(  # noqa: S603 -- our own interpreter and program
            [PYTHON, "-c", way.program],
            cwd=self._folders[bytecode],
            env=environment,
            input=event,
            capture_output=True,
            check=False,
        )
        took = time.perf_counter() - began
        arrived = len(stub.sent) - before
        if ended.returncode or arrived != (way is not BARE):
            raise RuntimeError(f"{way.name}: {arrived} arrived\n{ended.stderr.decode()}")
        return took * 1000

    def _environment(self, way: Way, stub: AwsStub) -> dict[str, str]:
        environment = lambda_environment(stub)
        del environment["LEADKEEPER_SECRETS"]
        more = {"PYTHONDONTWRITEBYTECODE": "1", "SSL_CERT_FILE": str(self._authorities)}
        return {**environment, **way.secrets, **more}


def build(folder: Path) -> None:
    """What stands in Lambda's folder, and the libraries of the other ways, all without bytecode."""
    no_bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "chalicelib", folder / "chalicelib", ignore=no_bytecode)
    shutil.copy(ROOT / "app.py", folder)
    (folder / "chalicelib" / "shop.toml").write_text(SHOP, encoding="utf-8")
    (folder / "chalice").mkdir()
    for name in CHALICE_RUNTIME:
        shutil.copy(_installed("chalice").parent / name, folder / "chalice")
    for name in BOTO3:
        source = _installed(name)
        if source.name == "__init__.py":
            shutil.copytree(source.parent, folder / name, ignore=no_bytecode)
        else:
            shutil.copy(source, folder)


def _installed(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is not installed")
    return Path(spec.origin)


def authorities_with(certificate: Path, path: Path) -> Path:
    """This machine's certificate authorities and one more: loading them all is part of a cold start."""
    known = ssl.get_default_verify_paths().cafile
    path.write_bytes((Path(known).read_bytes() if known else b"") + certificate.read_bytes())
    return path


def measure(runs: int) -> list[Row]:
    """Time each way in turn, so that a busy moment of the machine does not hit one of them only."""
    cases = [(way, bytecode) for bytecode in (True, False) for way in WAYS]
    times: dict[tuple[Way, bool], list[float]] = {case: [] for case in cases}
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        certificate = self_signed(folder / "certificate.pem")
        plain = stack.enter_context(running_stub())
        over_tls = stack.enter_context(running_stub(certificate=certificate))
        lab = Lab(folder, plain, over_tls, authorities_with(certificate, folder / "authorities.pem"))
        for case in cases:
            lab.run(case[0], bytecode=case[1])  # once, so that the disk's cache is warm for all
        for _ in range(runs):
            for case in cases:
                times[case].append(lab.run(case[0], bytecode=case[1]))
    bare = statistics.median(times[BARE, True])
    return [_row(way, bytecode, taken, bare) for (way, bytecode), taken in times.items()]


def _row(way: Way, bytecode: bool, taken: list[float], bare: float) -> Row:  # noqa: FBT001 -- private
    median = statistics.median(taken)
    return Row(
        way.name,
        bytecode,
        round(min(taken), 1),
        round(median, 1),
        round(max(taken), 1),
        round(median / bare, 2),
    )


def table(rows: list[Row]) -> str:
    """For people."""
    lines = [f"{'way':34} {'bytecode':8} {'min':>6} {'median':>7} {'max':>6}  x bare interpreter"]
    lines += [
        f"{row.way:34} {'yes' if row.bytecode else 'no':8} {row.min:6.0f} {row.median:7.0f} {row.max:6.0f}"
        f"  {row.ratio:.1f}"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say whether the bar is met."""
    parser = argparse.ArgumentParser(description="Time the first webhook of a fresh function.")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    rows = measure(options.runs)
    ours = next(row for row in rows if row.way == OURS.name and row.bytecode)
    figures = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "runs": options.runs,
        "bar_ms": BAR_MS,
        "rows": [asdict(row) for row in rows],
    }
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"First webhook of a fresh process, milliseconds, {options.runs} runs\n{table(rows)}\n")
    is_met = ours.median <= BAR_MS
    sys.stdout.write(f"Bar: {ours.way}, bytecode, at most {BAR_MS} ms: {'met' if is_met else 'MISSED'}\n")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
