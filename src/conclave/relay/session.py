"""The sessions of one room, and what they share."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import moq

from conclave.relay.admission import BUSY, Admitted, Refused
from conclave.relay.forwarding import Forwarding, first_of
from conclave.relay.recorder import Allowance
from conclave.ticket import DeviceId, ParticipantId

ROOM_CACHE_BYTES = 8 * 1024 * 1024
"""What a room keeps of groups that newer ones have replaced. The newest of each track is kept beside it."""

REPLACED = 409
PUT_OUT = 410
"""Why a session was closed, for its client's log; what a person is told comes over the room socket."""

MAX_OPEN_SESSIONS = 8
"""Of one participant, with those that are being admitted or were replaced and have `GOODBYE_S` to go."""

GOODBYE_S = 1.0
"""For the client to close by itself after it was told why on the room socket. Chromium's worker crashes when a server
closes a WebTransport session that is in full swing; only who does not go by itself is closed from here."""

_log = logging.getLogger(__name__)


class Room:
    """What is sent in one room, and the sessions in it: one for each participant."""

    def __init__(self) -> None:
        self.origin = moq.OriginProducer(cache_capacity_bytes=ROOM_CACHE_BYTES)
        self.allowance = Allowance()
        self._sessions: dict[ParticipantId, Session] = {}
        self._open: Counter[ParticipantId] = Counter()

    def enter(self, session: Session) -> None:
        """Let a session in; an older one of the same participant gives way."""
        older = self._sessions.get(session.who.participant)
        if older is not None:
            older.close(REPLACED)
        self._sessions[session.who.participant] = session
        session.on_over = self._leave

    def tick(self) -> None:
        """Go on to the next interval of the record."""
        for session in list(self._sessions.values()):
            session.tick()

    @contextmanager
    def place(self, participant: ParticipantId) -> Iterator[None]:
        """Hold a place for one more session of a participant, from its handshake to its end; raises `Refused`."""
        if self._open[participant] >= MAX_OPEN_SESSIONS:
            raise Refused(BUSY)
        self._open[participant] += 1
        try:
            yield
        finally:
            self._open[participant] -= 1
            self._open += Counter()  # forgets those without any

    def put_out(self, device: DeviceId) -> None:
        """Close the session of a device."""
        for session in list(self._sessions.values()):
            if session.who.device == device:
                session.close(PUT_OUT)

    def regrant(self, device: DeviceId) -> None:
        """Stop carrying what a device may not publish any more."""
        for session in self._sessions.values():
            if session.who.device == device:
                session.regrant()

    def close(self) -> None:
        """Close every session."""
        for session in list(self._sessions.values()):
            session.close(PUT_OUT)

    def _leave(self, session: Session) -> None:
        if self._sessions.get(session.who.participant) is session:
            del self._sessions[session.who.participant]


class Session:
    """One device's MoQ session."""

    def __init__(self, who: Admitted, session: moq.Session, forwarding: Forwarding) -> None:
        self.who = who
        self.on_over: Callable[[Session], None] = lambda _: None
        self._session = session
        self._forwarding = forwarding
        self._recorder = forwarding.traffic.recorder
        self._goodbye = asyncio.Event()
        self._code = PUT_OUT

    async def run(self) -> None:
        """Serve until either side closes."""
        try:
            await first_of(self._closed(), self._forwarding.run(), self._put_out())
        except* moq.Error:
            _log.warning("session ended by the library")
        finally:
            self._take_out()
            self._session.shutdown()
            traffic = self._forwarding.traffic
            _log.info(
                "session of %s in %s over: %d objects, %d bytes, %d dropped",
                self.who.device,
                self.who.room,
                traffic.objects,
                traffic.size_bytes,
                traffic.dropped,
            )

    def tick(self) -> None:
        """Go on to the next interval of the record, if there is one."""
        if self._recorder is not None:
            self._recorder.tick()

    def regrant(self) -> None:
        """Stop carrying what it may not publish any more, and forget what the room keeps of it."""
        self._forwarding.regrant()

    def close(self, code: int) -> None:
        """End it from our side: its broadcast is gone when this returns, the session at the latest in `GOODBYE_S`."""
        self._take_out()
        self._code = code
        self._goodbye.set()

    def _take_out(self) -> None:
        """Take it out of the room; its record ends here."""
        self._forwarding.close()
        if self._recorder is not None:
            self._recorder.finish()
        self.on_over(self)

    async def _closed(self) -> None:
        with suppress(moq.Error):  # why it ended is the peer's affair
            await self._session.closed()

    async def _put_out(self) -> None:
        await self._goodbye.wait()
        await asyncio.sleep(GOODBYE_S)
        self._session.cancel(self._code)
