"""What the template has besides what Chalice makes of the code."""

import json
from collections.abc import Mapping
from typing import Any

from infra.names import TEMPLATES

CONSOLE_URL = "ConsoleURL"
"""The output that says where the console is; a shop without one has none."""

FUNCTION_URL = {"AuthType": "NONE"}
"""Whoever knows the URL gets an answer: people log in to the console itself, and not to AWS."""


def extras_for(shop: Mapping[str, Any]) -> dict[str, Any]:
    """The merge template of this shop."""
    extras: dict[str, Any] = json.loads((TEMPLATES / "extras.json").read_text("utf-8"))
    if "console" in shop:
        extras["Resources"]["Console"]["Properties"]["FunctionUrlConfig"] = FUNCTION_URL
        # SAM names the URL after its function, and AWS ends it with a slash.
        extras["Outputs"] = {CONSOLE_URL: {"Value": {"Fn::Sub": "${ConsoleUrl.FunctionUrl}console/"}}}
    return extras
