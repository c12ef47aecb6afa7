"""The order of MLS commits: one per epoch, first come first served (RFC 9420, section 14)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256

from conclave.rooms.messages import Commit, Refuse
from conclave.ticket import DeviceId

MAX_DEPARTED = 1000
"""Leaves of devices that are gone and that no commit has removed yet; members remove them within seconds."""


REFUSABLE_S = 10.0
"""A member refuses a second after a commit has come, and 256 KiB are on their way for some seconds on a slow link.
Whoever could undo what is longer past would hold the whole meeting since then in their hand."""
MIN_REFUSERS = 2
"""It is one member's word against another's when only one was told: that must put nobody out."""
MAX_REFUSABLE = 64
"""Commits that can still be refused: more than one member can make in `REFUSABLE_S`."""
MAX_COMMITS = 10
COMMITS_WITHIN_S = 2.0
"""A member commits once in 250 ms at most. Who floods must not push out what could still be refused."""


@dataclass(slots=True)
class _Past:
    """A commit that can be refused, how it was before it, and what its members have said of it."""

    epoch: int
    digest: bytes
    at: float
    committer: DeviceId
    informed: tuple[DeviceId, ...]
    members: dict[DeviceId, None]
    departed: dict[DeviceId, None]
    is_settled: bool
    verified_by: set[DeviceId] = field(default_factory=set)
    refused_by: set[DeviceId] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class InForce:
    """A commit that won; `informed` are the other members of before."""

    epoch: int
    informed: tuple[DeviceId, ...]
    adds: tuple[DeviceId, ...]
    removes: tuple[DeviceId, ...]


class CommitLog:
    """The server's whole knowledge of a room's MLS group: its number, epoch and members; never its keys."""

    def __init__(self) -> None:
        self.group = 0
        self.epoch = 0
        self._members: dict[DeviceId, None] = {}
        self._departed: dict[DeviceId, None] = {}
        self._past: deque[_Past] = deque(maxlen=MAX_REFUSABLE)

    @property
    def members(self) -> tuple[DeviceId, ...]:
        """The devices that are in the group and in the room."""
        return tuple(self._members)

    def found(self, founder: DeviceId) -> None:
        """Begin a new group with one member; the one before is dead."""
        self.group += 1
        self.epoch = 0
        self._members = {founder: None}
        self._departed = {}
        self._past.clear()

    def is_member(self, device: DeviceId) -> bool:
        """Whether the device is in the group and in the room."""
        return device in self._members

    def depart(self, device: DeviceId) -> None:
        """Note that a device left the room; its leaf remains until a commit removes it."""
        if device in self._members:
            del self._members[device]
            self._departed[device] = None
            if len(self._departed) > MAX_DEPARTED:
                del self._departed[next(iter(self._departed))]

    def knows(self, device: DeviceId) -> bool:
        """Whether the group has a leaf of the device, as far as the server was told."""
        return device in self._members or device in self._departed

    def submit(
        self, commit: Commit, *, committer: DeviceId, is_organizer: bool, roster: Collection[DeviceId], now: float
    ) -> InForce | None:
        """Put a commit in force, or return None when it lost.

        It also lost when it adds a device that left in the meantime: the other members would refuse it.
        """
        self._settle(now)
        if sum(p.committer == committer and p.at > now - COMMITS_WITHIN_S for p in self._past) >= MAX_COMMITS:
            return None
        adds = [DeviceId(device) for device in dict.fromkeys(commit.adds)]
        if committer not in self._members or (commit.group, commit.epoch) != (self.group, self.epoch):
            return None
        if any(device not in roster or device in self._members for device in adds):
            return None
        removes = [DeviceId(d) for d in dict.fromkeys(commit.removes) if d != committer and self.knows(DeviceId(d))]
        informed = tuple(device for device in self._members if device != committer)
        self._note_verified(committer, is_organizer=is_organizer)
        self._past.append(
            _Past(
                epoch=self.epoch + 1,
                digest=sha256(commit.commit).digest(),
                at=now,
                committer=committer,
                informed=informed,
                members=dict(self._members),
                departed=dict(self._departed),
                is_settled=is_organizer,
            )
        )
        for device in removes:
            self._members.pop(device, None)
            self._departed.pop(device, None)
        self._members.update(dict.fromkeys(adds))
        self.epoch += 1
        return InForce(self.epoch, informed, tuple(adds), tuple(removes))

    def refuse(
        self, refusal: Refuse, *, by: DeviceId, is_organizer: bool, roster: Collection[DeviceId], now: float
    ) -> DeviceId | None:
        """Note that a member cannot verify a commit; return whose it was when it is undone by that.

        That is when more than half of those who were told of it and are still there have refused it, and two of them
        at least or an organizer: it and all that came after it is undone, and the epoch before it is in force again.
        """
        self._settle(now)
        past = self._find(refusal)
        if past is None or past.is_settled or by not in past.informed or by in past.verified_by:
            return None
        past.refused_by.add(by)
        present = [device for device in past.informed if device in roster]
        refusers = sum(device in past.refused_by for device in present)
        if 2 * refusers <= len(present) or (refusers < MIN_REFUSERS and not is_organizer):
            return None
        self._undo(past, roster)
        return past.committer

    def _settle(self, now: float) -> None:
        """Forget what it is too late to refuse."""
        while self._past and self._past[0].at <= now - REFUSABLE_S:
            self._past.popleft()

    def _note_verified(self, committer: DeviceId, *, is_organizer: bool) -> None:
        """Who commits has applied all commits that they were told of; after an organizer's word these stand."""
        for past in self._past:
            if committer in past.informed:
                past.verified_by.add(committer)
                past.refused_by.discard(committer)
                past.is_settled |= is_organizer

    def _find(self, refusal: Refuse) -> _Past | None:
        if refusal.group != self.group:
            return None
        return next((p for p in self._past if (p.epoch, p.digest) == (refusal.epoch, refusal.digest)), None)

    def _undo(self, past: _Past, roster: Collection[DeviceId]) -> None:
        while self._past.pop() is not past:
            pass
        self.epoch = past.epoch - 1
        self._members = {device: None for device in past.members if device in roster}
        self._departed = past.departed
        for device in past.members:
            if device not in roster:
                self._departed[device] = None
