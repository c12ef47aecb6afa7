"""The thread that injects: one event after the other, and none of them once it was told to let go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeAlias

from conclave.control import Event, Reason, Text
from conclave.helper.injection import InjectionError, Injector
from conclave.helper.machine import weigh

CHUNK_CHARACTERS = 8
"""Typed without looking whether to stop: at most 30 ms."""


@dataclass(frozen=True, slots=True)
class _Do:
    event: Event
    generation: int


_Job: TypeAlias = _Do | Callable[[], None]


class Hands:
    """Owns the injector. Its reports are called from its thread: hand them over to your own."""

    def __init__(
        self, injector: Injector, *, injected: Callable[[int], None], failed: Callable[[Reason], None]
    ) -> None:
        self._injector, self._injected, self._failed = injector, injected, failed
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._generation = 0
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)
        self._thread.start()

    def inject(self, events: tuple[Event, ...]) -> None:
        """Do what the events say, after what waits already."""
        for event in events:
            for part in _parts(event):
                self._jobs.put(_Do(part, self._generation))

    def release(self) -> None:
        """Discard what waits, and let go of everything."""
        self._generation += 1
        self._jobs.put(self._injector.release)

    def call(self, work: Callable[[Injector], None]) -> None:
        """Do something else with the injector, in its thread."""
        self._jobs.put(lambda: work(self._injector))

    def close(self, *, timeout_s: float) -> None:
        """Let go of everything and end."""
        self.release()
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if isinstance(job, _Do):
                self._do(job)
            else:
                job()
        self._injector.close()

    def _do(self, job: _Do) -> None:
        try:
            if job.generation == self._generation:
                self._injector.inject(job.event)
        except InjectionError as error:
            self._failed(error.reason)
        finally:
            self._injected(weigh(job.event))


def _parts(event: Event) -> list[Event]:
    if not isinstance(event, Text):
        return [event]
    cuts = range(0, len(event.text), CHUNK_CHARACTERS)
    return [Text(event.text[at : at + CHUNK_CHARACTERS]) for at in cuts]
