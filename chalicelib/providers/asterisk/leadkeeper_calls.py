"""Tell Leadkeeper of each call that ended on this PBX. A program of its own, for the machine of the PBX.

It needs Python 3.7 and FreePBX's table of calls, and nothing of Leadkeeper's. Each run tells the calls that
ended since the last one; the very first run tells none. What could not be told is told by the next run.

    python3 leadkeeper_calls.py /etc/leadkeeper-calls.json
"""

from __future__ import annotations

import fcntl
import hmac
import json
import re
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, List  # noqa: UP035 -- Python 3.7 has no dict[…] outside of annotations

Row = Dict[str, str]  # noqa: UP006 -- as above
Calls = Dict[str, List[Row]]  # noqa: UP006 -- as above

FIELDS = (
    *("uniqueid", "linkedid", "began", "duration", "billsec", "disposition"),
    *("lastapp", "src", "dst", "did", "dstchannel", "recordingfile"),
)
QUERY = """
SELECT uniqueid, linkedid, UNIX_TIMESTAMP(calldate), duration, billsec, disposition,
       lastapp, src, dst, did, dstchannel, recordingfile
FROM cdr WHERE calldate > NOW() - INTERVAL 1 DAY AND linkedid IN (
  SELECT linkedid FROM cdr WHERE calldate > NOW() - INTERVAL 1 DAY GROUP BY linkedid
  HAVING SUM(uniqueid = linkedid) > 0
  AND MAX(calldate + INTERVAL duration SECOND) < NOW() - INTERVAL 10 SECOND)
ORDER BY calldate, sequence
"""
"""The first channel of a call has the call's own id, and its rows are written when it hangs up. Ten seconds
later those of the other legs are there, too."""

RINGING = ("Dial", "Queue")
SHORTEST_OUTSIDE_NUMBER = 7
TOLD = "/var/lib/leadkeeper-calls.told"
BEGUN = "begun"
MOST_REMEMBERED = 20_000


def call_of(rows: list[Row], config: dict[str, Any]) -> dict[str, Any] | None:
    """What became of a call, from the rows of all its legs; None if nobody outside took part."""
    first = next(row for row in rows if row["uniqueid"] == row["linkedid"])
    line = next((row["did"] for row in rows if row["did"]), "")
    if not line and len(re.sub(r"\D", "", first["dst"])) < SHORTEST_OUTSIDE_NUMBER:
        return None
    talks = [row for row in rows if is_talk(row)]
    was_rung = any(row["lastapp"] in RINGING for row in rows)
    call = {
        "pbx": config.get("pbx", ""),
        "linkedid": first["linkedid"],
        "direction": "inbound" if line else "outbound",
        "outcome": "answered" if talks else "missed" if was_rung else "menu",
        "client": first["src"] if line else first["dst"],
        "line": line,
        "started_at": moment(int(first["began"])),
    }
    if not talks:
        return call
    ends = [int(row["began"]) + int(row["duration"]) for row in talks]
    answered = min(end - int(row["billsec"]) for end, row in zip(ends, talks))  # noqa: B905 -- since 3.10
    telephone = re.match(r"\w+/(\d+)", talks[-1]["dstchannel"])
    return {
        **call,
        "employee": first["src"] if not line else telephone.group(1) if telephone else "",
        "answered_at": moment(answered),
        "talk_seconds": max(ends) - answered,
        "recording_url": recording(rows, config.get("recordings_url", "")),
    }


def is_talk(row: Row) -> bool:
    """Whether a telephone was rung and picked up.

    The menu and the queue take the line themselves, so their rows say ANSWERED, too. A Local channel is no
    telephone; the telephone behind it has a row of its own.
    """
    is_answered = row["disposition"] == "ANSWERED" and int(row["billsec"]) > 0
    telephone = row["dstchannel"]
    return (
        is_answered and row["lastapp"] in RINGING and bool(telephone) and not telephone.startswith("Local/")
    )


def recording(rows: list[Row], base: str) -> str:
    """Where the recording is, if the shop has put the folder of recordings on the web; else empty."""
    row = next((row for row in rows if row["recordingfile"]), None)
    if row is None or not base:
        return ""
    # FreePBX keeps a folder a day, by the clock of this machine.
    day = datetime.fromtimestamp(int(row["began"])).astimezone().strftime("%Y/%m/%d")
    name = row["recordingfile"].split("/")[-1]
    return f"{base.rstrip('/')}/{day}/{name}"


def moment(second: int) -> str:
    """Epoch seconds as ISO 8601 in UTC."""
    utc = timezone.utc  # noqa: UP017 -- Python 3.7 has no datetime.UTC
    return datetime.fromtimestamp(second, utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ended_calls(mysql: list[str]) -> Calls:
    """The rows of each call that ended lately, by its linkedid."""
    command = [*mysql, "--batch", "--skip-column-names", "-e", QUERY]
    shown = subprocess.check_output(command)  # noqa: S603 -- the command of the machine's own administrator
    calls: Calls = {}
    for line in shown.decode("utf-8", "replace").splitlines():
        cells = ["" if cell == "NULL" else cell for cell in line.split("\t")]
        row = dict(zip(FIELDS, cells))  # noqa: B905 -- since Python 3.10
        calls.setdefault(row["linkedid"], []).append(row)
    return calls


def tell(call: dict[str, Any], url: str, secret: str) -> None:
    """Send a call, signed at this moment; OSError if Leadkeeper did not take it."""
    body = json.dumps(call).encode()
    timestamp = str(int(time.time()))
    sign = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Leadkeeper-Timestamp": timestamp,
        "X-Leadkeeper-Signature": sign,
    }
    request = urllib.request.Request(url, body, headers)  # noqa: S310 -- the administrator's own URL
    urllib.request.urlopen(request, timeout=15).close()  # noqa: S310 -- as above


def main() -> None:
    """Tell what was not told yet, and remember each call as soon as it is taken."""
    config = json.loads(Path(sys.argv[1]).read_text())
    with Path(config.get("told", TOLD)).open("a+") as told:
        fcntl.flock(told, fcntl.LOCK_EX)
        told.seek(0)
        known = told.read().split()
        calls = ended_calls(config.get("mysql", ["mysql", "asteriskcdrdb"]))
        new = [linkedid for linkedid in calls if linkedid not in set(known)]
        if not known:
            told.write("\n".join([BEGUN, *new, ""]))
            return
        if len(known) > MOST_REMEMBERED:
            told.truncate(0)
            told.write("\n".join([BEGUN, *known[-MOST_REMEMBERED // 2 :], ""]))
        for linkedid in new:
            call = call_of(calls[linkedid], config)
            if call is not None:
                tell(call, config["url"], config["secret"])
            told.write(f"{linkedid}\n")
            told.flush()


if __name__ == "__main__":
    main()
