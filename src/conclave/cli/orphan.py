"""A part dies with its supervisor, even when that had no time to say so."""

from __future__ import annotations

import os
import signal
import threading
import time

PARENT_PIPE_KEY = "CONCLAVE_PARENT_PIPE"
"""The number of a descriptor that reaches its end when the supervisor is gone."""
ORPHAN_STOP_S = 5.0
"""For an orderly stop; after it the part is gone in any case."""


def follow_parent() -> None:
    """Stop this process when the supervisor's end of the pipe closes; without a supervisor do nothing."""
    number = os.environ.pop(PARENT_PIPE_KEY, None)
    if number is not None:
        threading.Thread(target=_wait_for_end, args=(int(number),), name="parent", daemon=True).start()


def _wait_for_end(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_STOP_S)
    os._exit(1)
