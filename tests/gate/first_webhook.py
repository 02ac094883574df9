"""The first webhook of a fresh function: a signed call of Mango as API Gateway hands it over."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.gate.aws_stub import REGION, AwsStub

QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/leadkeeper-work.fifo"
PARAMETER = "/leadkeeper/test/gate"
SECRETS = {"MANGO_API_KEY": "mk_demo_0001", "MANGO_API_SALT": "ms_demo_0002"}
CALL = (Path(__file__).parent.parent / "providers" / "mango" / "missed.json").read_bytes()

SHOP = """
[shop]
name = "Тенты"
timezone = "Asia/Tomsk"

[crm]
url = "https://tents.example"
api_key = "env:RETAILCRM_API_KEY"

[sources.mango]
provider = "mango"
api_key = "env:MANGO_API_KEY"
api_salt = "env:MANGO_API_SALT"

[sources.tilda]
provider = "tilda"
token = ["env:TILDA_TOKEN", "env:TILDA_NEXT_TOKEN"]

[[people]]
name = "Анна"
crm_user = 1
"""


def lambda_environment(stub: AwsStub) -> dict[str, str]:
    """What the gate's function finds; the secrets are in the parameter."""
    stub.parameters[PARAMETER] = json.dumps(SECRETS)
    return {
        **stub.environment(),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "leadkeeper-test",
        "LEADKEEPER_WORK_QUEUE_URL": QUEUE_URL,
        "LEADKEEPER_SECRETS": PARAMETER,
    }


def signed_event() -> dict[str, Any]:
    """The event for ``POST /hooks/mango/events/summary``."""
    key, salt = SECRETS["MANGO_API_KEY"], SECRETS["MANGO_API_SALT"]
    sign = sha256(key.encode() + CALL + salt.encode()).hexdigest()
    return {
        "resource": "/hooks/{source}/{first}/{second}",
        "path": "/hooks/mango/events/summary",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "multiValueHeaders": {"Content-Type": ["application/x-www-form-urlencoded"]},
        "multiValueQueryStringParameters": None,
        "pathParameters": {"source": "mango", "first": "events", "second": "summary"},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/hooks/{source}/{first}/{second}",
            "httpMethod": "POST",
            "path": "/api/hooks/mango/events/summary",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": urlencode({"vpbx_api_key": key, "sign": sign, "json": CALL}),
        "isBase64Encoded": False,
    }
