"""Carries the one broadcast that a session may publish from what it announces into its room.

A session publishes into an origin of its own, which nobody else reads. From there this copies, and only while somebody
in the room wants it: the session's own path, the tracks we know, objects that have the form of a ciphertext, as long
as the session may publish them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import moq

from conclave.relay.envelope import CATALOG, CONTEXTS, CONTROL, MIC, is_sealed
from conclave.relay.pace import Pace
from conclave.relay.recorder import Recorder
from conclave.ticket import Grant

MAX_ANNOUNCED = 16
"""Paths that a session may have announced at once: it needs one, and each costs the library some kilobytes."""
MAX_OPEN_GROUPS = 32
"""Groups of a track that may be unfinished at once; the oldest gives way. A burst of short ones arrives together."""
GROUP_MAX_AGE_US = 5_000_000
"""How long a group is still delivered and kept once there is a newer one: longer than any client waits for it."""
LINGER_S = 2.0
"""How long a track is carried for nobody: a browser first asks what it is, ends that, and only then subscribes."""
ANSWER_TIMEOUT_S = 10.0
"""A publisher answers a subscription in one round trip; subscribers ask again."""
NOT_FOUND = 404
"""Told to subscribers of a track that does not exist, or of a broadcast that is gone."""

PRIORITIES = {CATALOG: 3, CONTROL: 3, MIC: 3, "screen": 2, "screen-low": 2, "camera": 1, "camera-low": 1, "file": 0}
"""Which track a publisher whose network is narrow sends first: the highest."""

NEEDED: dict[str, Grant] = {"screen": "share", "screen-low": "share", MIC: "speak", "file": "chat"}
"""The grant that a device needs to publish on a track; everyone may on the others."""

_TRACK_INFO = moq.TrackInfo(max_age_us=GROUP_MAX_AGE_US)


@dataclass(slots=True)
class Traffic:
    """What a session has published, as far as it was wanted."""

    objects: int = 0
    size_bytes: int = 0
    dropped: int = 0
    """Objects that had not the form of a ciphertext, or that the session may not publish."""
    recorder: Recorder | None = None
    """Notes each of them, in a meeting that keeps a record."""

    def carry(self, track: str, size_bytes: int) -> None:
        """Count an object that went through."""
        self.objects += 1
        self.size_bytes += size_bytes
        if self.recorder is not None:
            self.recorder.note(CONTEXTS[track], size_bytes)

    def drop(self) -> None:
        """Count an object that did not."""
        self.dropped += 1
        if self.recorder is not None:
            self.recorder.drop()


class Forwarding:
    """The way of one broadcast from `source`, where a session publishes, to `target`, from which a room reads."""

    def __init__(
        self,
        path: str,
        *,
        source: moq.OriginProducer,
        target: moq.OriginProducer,
        may: Callable[[Grant], bool],
        recorder: Recorder | None,
    ) -> None:
        self.traffic = Traffic(recorder=recorder)
        self._pace = Pace()
        self._path = path
        self._source = source.consume()
        self._target = target
        self._may = may
        self._published: moq.BroadcastProducer | None = None
        self._tracks: dict[moq.TrackProducer, asyncio.Event] = {}
        self._serving: asyncio.Task[None] | None = None
        self._is_closed = False

    async def run(self) -> None:
        """Publish the broadcast in the room whenever the session announces it, until the session announces too much."""
        announced: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            with suppress(moq.Error):
                async for update in self._source.announced(hidden=True):
                    (announced.add if update.active else announced.discard)(update.prefix)
                    if len(announced) > MAX_ANNOUNCED:
                        break
                    if update.prefix == self._path:
                        self._follow(tasks, is_announced=update.active)
            self._follow(tasks, is_announced=False)

    def regrant(self) -> None:
        """End the tracks that may not be published any more, and with them what the room keeps of them."""
        for track, withdrawn in self._tracks.items():
            if not self._allows(track.name):
                withdrawn.set()

    def close(self) -> None:
        """Take the broadcast out of the room, at once and for good."""
        self._is_closed = True
        self._retract()

    def _allows(self, track: str) -> bool:
        """Whether the session may publish on a track now."""
        return track not in NEEDED or self._may(NEEDED[track])

    def _follow(self, tasks: asyncio.TaskGroup, *, is_announced: bool) -> None:
        if is_announced and self._serving is None:
            self._serving = tasks.create_task(self._serve(), name="broadcast")
        elif not is_announced and self._serving is not None:
            self._serving.cancel()
            self._serving = None
            self._retract()

    def _retract(self) -> None:
        for track in self._tracks:
            _abort(track)
        self._tracks.clear()
        if self._published is not None:
            self._published.close()
            self._published = None

    async def _serve(self) -> None:
        """Answer subscribers of the room, each track once for all of them."""
        if self._is_closed:
            return
        async with asyncio.TaskGroup() as tasks:
            with suppress(moq.Error):
                self._published = self._target.create_broadcast(self._path)
                requests = self._published.dynamic()
                self._published.announce()
                async for request in requests:
                    if request.name in CONTEXTS:
                        tasks.create_task(self._carry(request), name="track")
                    else:
                        request.abort(NOT_FOUND)

    async def _carry(self, request: moq.TrackRequest) -> None:
        """Copy the track for as long as the publisher sends it and anyone in the room wants it."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                broadcast = await self._source.request_broadcast(self._path)
                wish = moq.Subscription(max_age_us=GROUP_MAX_AGE_US, priority=PRIORITIES[request.name])
                source = await broadcast.subscribe_track(request.name, wish)
            track = request.accept(_TRACK_INFO)
        except (moq.Error, TimeoutError):
            with suppress(moq.Error):
                request.abort(NOT_FOUND)
            return
        withdrawn = self._tracks[track] = asyncio.Event()
        try:
            allows = partial(self._allows, track.name)
            copy = _TrackCopy(source, track, allows, self._pace, self.traffic)
            await first_of(copy.run(), _until_unused(track), _until_set(withdrawn))
        finally:
            source.cancel()
            self._tracks.pop(track, None)
            _abort(track)


class _TrackCopy:
    """One track on its way into the room."""

    def __init__(
        self,
        source: moq.TrackConsumer,
        target: moq.TrackProducer,
        allows: Callable[[], bool],
        pace: Pace,
        traffic: Traffic,
    ) -> None:
        self._source = source
        self._target = target
        self._allows = allows
        self._pace = pace
        self._traffic = traffic

    async def run(self) -> None:
        """Copy groups side by side, so that one which is never finished holds up no other."""
        open_groups: list[asyncio.Task[None]] = []
        async with asyncio.TaskGroup() as tasks:
            with suppress(moq.Error):
                async for group in self._source.groups_as_arrived():
                    open_groups = [task for task in open_groups if not task.done()]
                    if len(open_groups) == MAX_OPEN_GROUPS:
                        open_groups.pop(0).cancel()
                    open_groups.append(tasks.create_task(self._copy_group(group), name="group"))

    async def _copy_group(self, source: moq.GroupConsumer) -> None:
        name, traffic = self._target.name, self._traffic
        try:
            target = self._target.create_group(source.sequence)
        except moq.Error:
            return  # it came twice
        try:
            async for frame in source:
                payload = frame.payload
                await self._pace.take(len(payload))
                if self._allows() and is_sealed(payload, track=name):
                    target.write_frame(payload, frame.timestamp_us)
                    traffic.carry(name, len(payload))
                else:
                    traffic.drop()
            target.finish()
        except moq.Error:
            _abort(target)
        except asyncio.CancelledError:
            _abort(target)
            raise


async def _until_unused(track: moq.TrackProducer) -> None:
    """Return when nobody has wanted the track for `LINGER_S`."""
    with suppress(moq.Error):
        while True:
            await track.unused()
            try:
                async with asyncio.timeout(LINGER_S):
                    await track.used()
            except TimeoutError:
                return


async def _until_set(event: asyncio.Event) -> None:
    await event.wait()


async def first_of(*ways: Coroutine[None, None, None]) -> None:
    """Return when the first of `ways` is done, having ended the others."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(way) for way in ways]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()


def _abort(producer: moq.TrackProducer | moq.GroupProducer) -> None:
    with suppress(moq.Error):
        producer.abort(NOT_FOUND)
