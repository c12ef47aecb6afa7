"""The job worker's process."""

from __future__ import annotations

import signal
import threading

from conclave.instance import Instance
from conclave.web.gate import network
from conclave.web.serve import prepare


def run(instance: Instance) -> None:
    """Run jobs until SIGTERM or SIGINT; the one that is running is finished first."""
    prepare(instance)
    network.close()
    from conclave.web.jobs.worker import work

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    work(stopped)
