"""A live process under twenty-five to two hundred people. Prints JSON.

Only the live process's own processor time counts, read from /proc. The crowd shares the two cores and the loopback with
it, so every delay and gap is an upper limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psutil

from bench.crowd import Crowd, Meeting, QuicSession, cpu_s, find_live, open_crowd, open_sessions
from bench.product import serve_product
from conclave.instance import Instance
from conclave.ticket import RoomId

ROOM = RoomId("481516234")
SCREEN = {"track": "screen", "perSecond": 30, "bytes": 8000}
"""About 2 Mbit/s."""
SCREEN_LOW = {"track": "screen-low", "perSecond": 30, "bytes": 2000}
"""For members whose process here is late; the relay carries it only then."""
VOICE = {"track": "mic", "perSecond": 50, "bytes": 80}
CAMERA = {"track": "camera-low", "perSecond": 24, "bytes": 600}
"""About 120 kbit/s."""
SPEAKERS, CAMERAS = 3, 9
OPENERS = 2
"""Members by WebSocket, who open everything they get; the rest comes over QUIC, as most do."""
COUNTERS = 2
"""Sessions over QUIC of which each object is counted here; of the others, bytes."""
SETTLE_S = 3.0
SAMPLE_S = 0.25
START_S = 3.0
"""After which a share that was started is in full swing."""


@dataclass
class Stage:
    """A meeting that everybody has entered."""

    meeting: Meeting
    live: psutil.Process
    quic: Crowd
    websocket: Crowd
    sessions: dict[str, QuicSession]
    members: list[str]
    """Of those who came over QUIC."""

    async def show(self, member: str, what: dict[str, Any]) -> None:
        """Publish something and have everybody who came over QUIC watch it."""
        await self.quic.do("show", member=member, **what)
        device = next(e.detail["device"] for e in self.quic.events if (e.member, e.kind) == (member, "entered"))
        for number, (viewer, session) in enumerate(reversed(self.sessions.items())):
            if viewer != member:
                session.watch(f"{member}/{device}", what["track"], counts=number < COUNTERS)

    def reset(self) -> None:
        for session in self.sessions.values():
            for came in session.came.values():
                came.reset()

    def max_gap_ms(self, track: str) -> float:
        """Return the longest that any counting session waited for an object of a track of somebody."""
        gaps = [c.max_gap_s for s in self.sessions.values() for (_, name), c in s.came.items() if name == track]
        return 1000 * max(gaps, default=float("inf"))

    def objects_a_second(self, took_s: float) -> list[float]:
        """Return the objects that each counting session got."""
        sums = [sum(came.objects for came in session.came.values()) for session in self.sessions.values()]
        return [objects / took_s for objects in sums if objects]


@asynccontextmanager
async def everybody(people: int) -> AsyncIterator[Stage]:
    """Start an installation and have all but `OPENERS` enter, as a crowd that comes within a second or two."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(serve_product())
        port = int(site.origin.rpartition(":")[2])
        meeting = Meeting(Instance(data=str(site.data), port=port, live_port=site.live_port), ROOM)
        quic = await stack.enter_async_context(open_crowd(meeting, has_relay=False))
        websocket = await stack.enter_async_context(open_crowd(meeting))
        admissions = [meeting.admission(number) for number in range(people - OPENERS)]
        await quic.enter(admissions, every_ms=20)
        members = [each["participant"] for each in admissions]
        await quic.until_all("epoch", members)
        sessions = await stack.enter_async_context(open_sessions(meeting, quic, members))
        yield Stage(meeting, find_live(meeting.instance.data), quic, websocket, sessions, members)


async def measure_meeting(people: int, seconds: float) -> dict[str, Any]:
    """One screen, three speakers, nine cameras, and everybody watches all; the last one comes, and somebody leaves."""
    async with everybody(people) as stage:
        last, before_last = (stage.meeting.admission(people - number) for number in range(1, OPENERS + 1))
        await stage.websocket.enter([before_last])
        await show_all(stage)
        join_ms = await join(stage, last)
        await stage.websocket.do("watch-cameras", count=CAMERAS)
        await asyncio.sleep(SETTLE_S)
        await stage.websocket.take()
        stage.reset()
        received = {m: s.received_bytes() for m, s in stage.sessions.items()}
        used_s, began_s = cpu_s(stage.live), time.monotonic()
        await asyncio.sleep(seconds)
        used_s, took_s = cpu_s(stage.live) - used_s, time.monotonic() - began_s
        received = {m: s.received_bytes() - received[m] for m, s in stage.sessions.items()}
        opened = await stage.websocket.take()
        return {
            "people": people,
            "by_websocket": OPENERS,
            "live_cpu_s_per_s": used_s / took_s,
            "join_to_picture_ms": join_ms,
            "objects_expected_a_second": 30 + SPEAKERS * 50 + CAMERAS * 24,
            "objects_counted_a_second": stage.objects_a_second(took_s),
            "objects_opened_a_second": [opened_objects(each) / took_s for each in opened.values()],
            "objects_that_did_not_open": sum(each["refused"] for each in opened.values()),
            "received_bytes_a_second_min_max": [min(received.values()) / took_s, max(received.values()) / took_s],
            "max_screen_gap_ms": stage.max_gap_ms("screen"),
            "max_voice_gap_ms": stage.max_gap_ms("mic"),
            "rekeyed_after_departure_ms": await depart(stage, list(opened)),
        }


async def show_all(stage: Stage) -> None:
    await stage.quic.do("show", member=stage.members[0], **SCREEN_LOW)
    await stage.show(stage.members[0], SCREEN)
    for member in stage.members[1 : 1 + SPEAKERS]:
        await stage.show(member, VOICE)
    for member in stage.members[:CAMERAS]:
        await stage.show(member, CAMERA)
    await asyncio.sleep(SETTLE_S)


async def join(stage: Stage, admission: dict[str, str]) -> float:
    """Return how long somebody who enters waits for the first picture of the screen, in milliseconds."""
    entering_ms = time.time() * 1000
    await stage.websocket.enter([admission])
    (picture,) = await stage.websocket.until_all("picture", [admission["participant"]])
    return picture.at_ms - entering_ms


async def depart(stage: Stage, by_websocket: Sequence[str]) -> float:
    """Return how long after somebody left the last of the others has new keys, in milliseconds."""
    *staying, leaving = stage.members
    left_ms = time.time() * 1000
    await stage.quic.do("leave", member=leaving)
    new = await stage.quic.until_all("epoch", staying, since_ms=left_ms)
    new += await stage.websocket.until_all("epoch", by_websocket, since_ms=left_ms)
    return max(event.at_ms for event in new) - left_ms


async def measure_start(people: int) -> dict[str, Any]:
    """Somebody speaks to a hundred, and another begins to share: what that costs, and whether anybody freezes."""
    async with everybody(people) as stage:
        sharer, speaker = stage.members[:2]
        await stage.show(speaker, VOICE)
        await asyncio.sleep(SETTLE_S)
        before = await load_of(stage.live, START_S)
        stage.reset()
        loading = asyncio.create_task(load_of(stage.live, START_S))
        await stage.quic.do("show", member=sharer, **SCREEN_LOW)
        await stage.show(sharer, SCREEN)
        start = await loading
        gap_ms = stage.max_gap_ms("mic")
        steady = await load_of(stage.live, START_S)
        stage.reset()
        await asyncio.sleep(START_S)
        return {
            "people": people,
            "live_cpu_before": before,
            "live_cpu_in_the_seconds_of_the_start": start,
            "live_cpu_while_shared": steady,
            "max_voice_gap_at_the_start_ms": gap_ms,
            "max_voice_gap_while_shared_ms": stage.max_gap_ms("mic"),
            "max_screen_gap_while_shared_ms": stage.max_gap_ms("screen"),
        }


async def load_of(process: psutil.Process, seconds: float) -> list[float]:
    """Return the load of a process in each of the next seconds, in seconds of processor a second."""
    loads = []
    for _ in range(round(seconds)):
        used_s, began_s = cpu_s(process), time.monotonic()
        await asyncio.sleep(1.0)
        loads.append((cpu_s(process) - used_s) / (time.monotonic() - began_s))
    return loads


async def measure_entrance(people: int) -> dict[str, Any]:
    """Everybody comes at the full hour, in two processes, and does MLS: until the last has the keys of all."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(serve_product())
        port = int(site.origin.rpartition(":")[2])
        meeting = Meeting(Instance(data=str(site.data), port=port, live_port=site.live_port), ROOM)
        live = find_live(meeting.instance.data)
        crowds = [await stack.enter_async_context(open_crowd(meeting, has_relay=False)) for _ in range(2)]
        admissions = [meeting.admission(number) for number in range(people)]
        used_s, began_s = cpu_s(live), time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number, crowd in enumerate(crowds):
                tasks.create_task(crowd.enter(admissions[number::2], every_ms=20))
        for number, crowd in enumerate(crowds):
            await crowd.until_all("epoch", [each["participant"] for each in admissions[number::2]])
        entered_s = time.monotonic() - began_s
        while await least_verified(crowds) < people:  # noqa: ASYNC110 - it is asked for, over a pipe
            await asyncio.sleep(SAMPLE_S)
        return {
            "people": people,
            "all_have_keys_after_s": entered_s,
            "all_see_all_verified_after_s": time.monotonic() - began_s,
            "live_cpu_s": cpu_s(live) - used_s,
        }


async def least_verified(crowds: Sequence[Crowd]) -> int:
    return min([each["verified"] for crowd in crowds for each in (await crowd.take()).values()])


def opened_objects(taken: dict[str, Any]) -> int:
    """Return the objects that a member opened, of what it watches."""
    return sum(sum_["objects"] for name, sum_ in taken["tracks"].items() if name != "catalog")


async def measure(*, is_quick: bool) -> dict[str, Any]:
    """Return all figures; each measurement has an installation of its own."""
    return {
        "meeting": await measure_meeting(25, 5.0 if is_quick else 10.0),
        "start": await measure_start(50 if is_quick else 100),
        "entrance": await measure_entrance(100 if is_quick else 200),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer people, for a shorter time")
    parser.add_argument("--only", choices=("meeting", "start", "entrance"))
    options = parser.parse_args()
    only = {
        None: partial(measure, is_quick=options.quick),
        "meeting": partial(measure_meeting, 25, 10.0),
        "start": partial(measure_start, 100),
        "entrance": partial(measure_entrance, 200),
    }
    print(json.dumps(asyncio.run(only[options.only]()), indent=1))


if __name__ == "__main__":
    main()
