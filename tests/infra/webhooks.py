"""What third parties send in these tests."""

import json
import time
from datetime import UTC, datetime

from tests.world import mango_body

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
CALLS = "hooks/mango/events/summary"
PARCELS = "hooks/cdek/demo-token"


def missed_call(call_id: str, phone: str = "79991234567") -> bytes:
    """Mango tells of a call that nobody took."""
    now = int(time.time())
    return mango_body(
        {
            "entry_id": call_id,
            "call_direction": 1,
            "from": {"number": phone},
            "to": {"extension": "101"},
            "line_number": "74950000001",
            "create_time": now - 40,
            "talk_time": 0,
            "end_time": now,
            "entry_result": 0,
            "disconnect_reason": 1111,
        }
    )


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
