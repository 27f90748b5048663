"""How long to keep trying."""

import time

from client.errors import TrainshedError

FIRST, LONGEST = 0.1, 5.0  # seconds between tries: doubled after each failure, up to LONGEST


class Patience:
    """Counts failures in a row; runs out once `seconds` have gone by without a success."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Call after a success: the next failure is a first one again."""
        self._failing_since: float | None = None
        self._delay = FIRST

    def delay(self, error: TrainshedError) -> float:
        """Seconds to sleep before the next try. Raises `error` where another try is of no use or too late."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if not error.passing or now + self._delay > self._failing_since + self.seconds:
            raise error
        delay, self._delay = self._delay, min(2 * self._delay, LONGEST)
        return delay
