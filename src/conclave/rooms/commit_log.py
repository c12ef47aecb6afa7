"""The order of MLS commits: one per epoch, first come first served (RFC 9420, section 14)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from conclave.rooms.messages import Commit
from conclave.ticket import DeviceId

MAX_DEPARTED = 1000
"""Leaves of devices that are gone and that no commit has removed yet; members remove them within seconds."""


MAX_REFUSABLE = 64
"""Commits that can still be refused: members do so within seconds."""
MAX_COMMITS = 10
COMMITS_WITHIN_S = 2.0
"""A member commits once in 250 ms at most. Who floods must not push out what could still be refused."""


@dataclass(slots=True)
class _Past:
    """How it was before a commit, and who has refused that."""

    epoch: int
    at: float
    committer: DeviceId
    informed: tuple[DeviceId, ...]
    members: dict[DeviceId, None]
    departed: dict[DeviceId, None]
    refused_by: set[DeviceId]


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
        self, commit: Commit, *, committer: DeviceId, roster: Collection[DeviceId], now: float
    ) -> InForce | None:
        """Put a commit in force, or return None when it lost.

        It also lost when it adds a device that left in the meantime: the other members would refuse it.
        """
        if sum(p.committer == committer and p.at > now - COMMITS_WITHIN_S for p in self._past) >= MAX_COMMITS:
            return None
        adds = [DeviceId(device) for device in dict.fromkeys(commit.adds)]
        if committer not in self._members or (commit.group, commit.epoch) != (self.group, self.epoch):
            return None
        if any(device not in roster or device in self._members for device in adds):
            return None
        removes = [DeviceId(d) for d in dict.fromkeys(commit.removes) if d != committer and self.knows(DeviceId(d))]
        informed = tuple(device for device in self._members if device != committer)
        past = _Past(self.epoch + 1, now, committer, informed, dict(self._members), dict(self._departed), set())
        self._past.append(past)
        for device in removes:
            self._members.pop(device, None)
            self._departed.pop(device, None)
        self._members.update(dict.fromkeys(adds))
        self.epoch += 1
        return InForce(self.epoch, informed, tuple(adds), tuple(removes))

    def committer(self, *, group: int, epoch: int) -> DeviceId | None:
        """Return whose commit began an epoch, as long as it can be refused."""
        past = self._find(epoch)
        return past.committer if past is not None and group == self.group else None

    def refuse(self, epoch: int, *, by: DeviceId, roster: Collection[DeviceId]) -> bool:
        """Note that a member cannot verify the commit that began `epoch`.

        True when that makes more than half of those who were told of it and are still there: it and all that came
        after it is undone, and the epoch before it is in force again.
        """
        past = self._find(epoch)
        if past is None or by not in past.informed:
            return False
        past.refused_by.add(by)
        present = [device for device in past.informed if device in roster]
        if 2 * sum(device in past.refused_by for device in present) <= len(present):
            return False
        self._undo(past, roster)
        return True

    def _find(self, epoch: int) -> _Past | None:
        return next((past for past in self._past if past.epoch == epoch), None)

    def _undo(self, past: _Past, roster: Collection[DeviceId]) -> None:
        while self._past.pop() is not past:
            pass
        self.epoch = past.epoch - 1
        self._members = {device: None for device in past.members if device in roster}
        self._departed = past.departed
        for device in past.members:
            if device not in roster:
                self._departed[device] = None
