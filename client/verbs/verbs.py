"""What every group of verbs has."""

import json
from collections.abc import Mapping
from typing import Any

from client.connection.transport import Transport

JSON = {"Content-Type": "application/json"}


class Verbs:
    """`_timeout` and `_reconnect` in seconds, as `client.Client` was given them."""

    _server: Transport
    _timeout: float
    _reconnect: float


def body(fields: Mapping[str, Any]) -> bytes:
    """JSON. NaN is sent as it is: the server knows best which field to name."""
    return json.dumps(fields).encode()
