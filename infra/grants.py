"""What the notifier may do besides: send through those alert channels on AWS that the shop file has."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chalicelib.secrets import PREFIX
from infra.names import say

ADDRESSES: Mapping[str, str] = {"ses": "sender", "sns": "topic"}
"""The channels, and the setting of each that says what exactly it uses."""


def grant_channels(folder: Path, name: str, shop: Mapping[str, Any]) -> None:
    """Give the packaged stage's notifier what the shop file needs of it."""
    path = folder / ".chalice" / f"policy-{name}-notifier.json"
    if not path.is_file():
        return  # Chalice names the missing file.
    policy = json.loads(path.read_text("utf-8"))
    policy["Statement"] += channel_statements(shop)
    path.unlink()  # It is a link to the checked-out file, which stays as it is.
    path.write_text(json.dumps(policy, indent=2) + "\n", "utf-8")


def channel_statements(shop: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One statement for each alert channel of the shop that is a service of AWS."""
    alerts = shop.get("alerts", {})
    for channel, setting in ADDRESSES.items():
        if channel not in alerts:
            continue
        address = str(alerts[channel].get(setting, ""))
        if address.startswith(PREFIX):
            say(f"NOTE: alerts.{channel}.{setting} is not in the shop file: let the notifier use it yourself")
        elif channel == "ses":
            yield _send_email(address, str(alerts[channel].get("region", "")))
        else:
            yield _statement("PublishAlerts", ["sns:Publish"], [address])


def _send_email(sender: str, region: str) -> dict[str, Any]:
    """In the name of one address, which may be verified itself or by its domain."""
    identities = (sender, sender.partition("@")[2])
    resources = [f"arn:aws:ses:{region or '*'}:*:identity/{identity}" for identity in identities]
    statement = _statement("SendAlertsByEmail", ["ses:SendEmail", "ses:SendRawEmail"], resources)
    return {**statement, "Condition": {"StringEquals": {"ses:FromAddress": sender}}}


def _statement(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
