"""A real node and the client's own code: MLS, SFrame, MoQ over WebSockets, with mallory among the members."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from bench.crowd import Meeting, open_crowd
from conclave.ticket import RoomId
from tests.live.test_serve import Installation, _serve

SCREEN = {"track": "screen", "perSecond": 10, "bytes": 1000}
MAX_GAP_MS = 2500
"""Between pictures, on a machine that does other things too; whoever has to enter again sees none for longer."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with _serve(tmp_path_factory.mktemp("crowd")) as running:
        yield running


@pytest.mark.asyncio
async def test_a_member_who_commits_junk_is_put_out_and_nobody_else_misses_a_picture(
    installation: Installation,
) -> None:
    meeting = Meeting(installation.instance, RoomId("481516234"))
    admissions = [meeting.admission(number) for number in range(5)]
    alice, bob, carol, dave, mallory = everybody = [each["participant"] for each in admissions]
    async with open_crowd(meeting) as crowd:
        await crowd.enter(admissions, every_ms=100)
        await crowd.until_all("epoch", everybody)
        await crowd.do("show", member=bob, **SCREEN)
        await crowd.until_all("picture", [alice, carol, dave])
        while any(each["verified"] < 5 for each in (await crowd.take()).values()):  # noqa: ASYNC110 - over a pipe
            await asyncio.sleep(0.1)

        began_ms = time.time() * 1000
        await crowd.do("commit-junk", member=mallory)
        (closed,) = await crowd.until_all("closed", [mallory])
        assert closed.detail["outcome"] == "malformed"
        await crowd.until_all("epoch", [alice, bob, carol, dave], since_ms=began_ms)
        await asyncio.sleep(1.0)  # for whoever would go now
        came = await crowd.take()
        assert [came[each]["verified"] for each in (alice, bob, carol, dave)] == [4, 4, 4, 4]
        assert max(came[each]["tracks"]["screen"]["maxGapMs"] for each in (alice, carol, dave)) < MAX_GAP_MS
        assert {event.member for event in crowd.events if event.kind == "closed"} == {mallory}
