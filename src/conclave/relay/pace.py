"""How fast one session may publish: each object costs this process some time, whoever sends it."""

from __future__ import annotations

import asyncio

OBJECTS_PER_S = 1200.0
"""A screen, a camera in two sizes, a voice and a file together take less than 300. At 0.4 ms an object, the one who
sends most takes half a core and no more."""
OBJECTS_BURST = 4800.0
"""What was held up by a bad network for some seconds comes at once."""
OBJECT_BYTES = 16 * 1024
"""Of a large object, as many bytes count as one: 19 MB a second at most, of which a file takes 8."""


class Pace:
    """Lets a session's objects through as fast as it may publish; who sends more waits, and nobody else does."""

    def __init__(self) -> None:
        self._tokens = OBJECTS_BURST
        self._at = asyncio.get_running_loop().time()

    async def take(self, size_bytes: int) -> None:
        """Return when an object of this size may go on."""
        now = asyncio.get_running_loop().time()
        self._tokens = min(OBJECTS_BURST, self._tokens + (now - self._at) * OBJECTS_PER_S)
        self._at = now
        self._tokens -= max(1.0, size_bytes / OBJECT_BYTES)
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens / OBJECTS_PER_S)
