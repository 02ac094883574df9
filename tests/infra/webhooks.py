"""What third parties send in these tests."""

import json
import time
from datetime import UTC, datetime

from tests.world import mango_body, missed_call

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
CALLS = "hooks/mango/events/summary"
PARCELS = "hooks/cdek/demo-token"


def call(call_id: str, phone: str = "79991234567") -> bytes:
    """Mango tells of a call that nobody took."""
    return mango_body(missed_call(phone, call_id, int(time.time()) - 42))


def parcel(code: str) -> bytes:
    """CDEK tells where the seeded order's parcel is."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    event = {
        "type": "ORDER_STATUS",
        "date_time": moment,
        "uuid": "a1b2c3d4-0000-4000-8000-000000000001",
        "attributes": {
            "is_return": False,
            "is_reverse": False,
            "is_client_return": False,
            "cdek_number": "10000000011",
            "number": "1001A",
            "code": code,
            "status_code": "1",
            "status_date_time": moment,
            "city_name": "Томск",
            "deleted": False,
        },
    }
    return json.dumps(event).encode()
