"""The session record on its way from relay to database, while parts of the installation are killed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import moq
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from conclave import record
from conclave.instance import read_private_key
from conclave.live.server import SUBPROTOCOL
from conclave.record import Object
from tests.fakes import ALICE, BOB, ROOM, Person
from tests.live.relay_cast import Publisher, sealed, subscribe
from tests.live.room_cast import Guest, enter
from tests.live.test_serve import START_TIMEOUT_S, Installation, _serve, _until

STRETCH_S = 10.0
MOMENT_S = 1.5
"""One interval, and what a busy machine is late."""

MAKE_MEETING = """
import sys
import django
django.setup()
from django.utils import timezone
from conclave.web.accounts.models import Account
from conclave.web.meetings.models import Meeting, Participant
number, *participants = sys.argv[1:]
now = timezone.now()
alice = Account.objects.create_user(email="alice@example.org", password="unused", first_name="Alice", last_name="A")
meeting = Meeting.objects.create(
    number=number, organizer=alice, subject="S", kind="now", starts_at=now, planned_end=now, duration_min=1
)
for each in participants:
    Participant.objects.create(id=each, meeting=meeting, name="N", role="attendee", admitted_at=now)
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation that knows alice's meeting and its participants."""
    with _serve(tmp_path / "data") as running:
        settings = {"DJANGO_SETTINGS_MODULE": "conclave.web.config.settings", **running.instance.to_environment()}
        command = [sys.executable, "-c", MAKE_MEETING, ROOM, ALICE.participant, BOB.participant]
        subprocess.run(command, env=os.environ | settings, check=True)
        yield running


@dataclass
class Presentation:
    """What bob has sent so far."""

    sizes: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def go_on(self, group: moq.GroupProducer) -> None:
        """Send something thirty times a second, each of another size, until cancelled."""
        while True:
            number = len(self.sizes)
            self.sizes.append(200 + number)
            self.times.append(time.time())
            group.write_frame(sealed(ctr=number, size_bytes=200 + number), 0)
            await asyncio.sleep(1 / 30)


@asynccontextmanager
async def session(installation: Installation, person: Person) -> AsyncIterator[moq.Client]:
    """Enter the room and the relay, as a browser does."""
    instance = installation.instance
    key, origin = read_private_key(instance.ticket_key), Origin(instance.site_origin)
    bearer = str(person.ticket_text(key=key, now=time.time(), is_recorded=True))
    async with connect(instance.live_url, origin=origin, subprotocols=[SUBPROTOCOL], proxy=None) as connection:
        guest = Guest(person, connection)
        await guest.say(**enter(person, ticket=bearer))
        entered = await guest.hear("entered")
        async with moq.connect(
            f"{instance.relay_url}/{ROOM}?jwt={bearer}&device={person.device}",
            tls_fingerprints=entered["relay"]["fingerprints"],
            websocket_enabled=False,
            reconnect=False,
            publish=moq.OriginProducer(),
            subscribe=moq.OriginProducer(),
        ) as client:
            yield client


@asynccontextmanager
async def presenting(installation: Installation) -> AsyncIterator[Presentation]:
    """Bob presents and alice looks."""
    presentation = Presentation()
    async with session(installation, BOB) as bob, session(installation, ALICE) as alice:
        screen = Publisher.on(bob, BOB)
        track = await subscribe(alice, BOB)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(look(track))
            going_on = tasks.create_task(presentation.go_on(screen.publish()))
            yield presentation
            going_on.cancel()
            await asyncio.sleep(MOMENT_S)  # until the last of it has arrived
            looking.cancel()


async def look(track: moq.TrackConsumer) -> None:
    with suppress(moq.Error):
        async for group in track.groups_as_arrived():
            async for _ in group:
                pass


def kept(installation: Installation) -> list[tuple[float, Object]]:
    """Return what the site has of bob, with the time of each object."""
    with closing(sqlite3.connect(installation.instance.database, timeout=START_TIMEOUT_S)) as database:
        query = "select began_at, objects_sent from meetings_stretch where participant_id = ? order by began_at"
        rows = database.execute(query, (BOB.participant,)).fetchall()
    return [
        (datetime.fromisoformat(f"{began_at}+00:00").timestamp() + found.at_ms / 1000, found)
        for began_at, data in rows
        for found in record.unpack_objects(data)
    ]


def is_delivered(installation: Installation) -> bool:
    return not list(installation.instance.record_spool.glob("*.jws"))


@pytest.mark.requirement(81)
@pytest.mark.asyncio
async def test_a_site_that_is_killed_has_every_object_once_in_the_end(installation: Installation) -> None:
    async with presenting(installation) as presentation:
        await asyncio.sleep(1)
        installation.parts()["site"].kill()
        await asyncio.sleep(STRETCH_S)
    await asyncio.to_thread(_until, lambda: len(kept(installation)) >= len(presentation.sizes), START_TIMEOUT_S)
    found = kept(installation)
    assert [each.size_bytes for _, each in found] == presentation.sizes
    lags = [at - then for (at, _), then in zip(found, presentation.times, strict=True)]
    assert -0.01 < min(lags) <= max(lags) < MOMENT_S
    assert list((installation.instance.record_spool / "refused").iterdir()) == []


@pytest.mark.asyncio
async def test_a_live_node_that_is_killed_loses_a_stretch_at_most(installation: Installation) -> None:
    """Site and live node die at the same moment, with a stretch on its way between them."""
    spool = installation.instance.record_spool
    async with presenting(installation) as presentation:
        await asyncio.to_thread(_until, lambda: bool(list(spool.glob("*.jws")) or kept(installation)), START_TIMEOUT_S)
        parts = installation.parts()
        parts["live"].kill()
        parts["site"].kill()
        killed_at = time.time()
    await asyncio.to_thread(_until, lambda: bool(kept(installation)) and is_delivered(installation), START_TIMEOUT_S)
    found = kept(installation)
    assert [each.size_bytes for _, each in found] == presentation.sizes[: len(found)]
    assert killed_at - found[-1][0] < STRETCH_S + MOMENT_S
