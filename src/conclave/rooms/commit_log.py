"""The order of MLS commits: one per epoch, first come first served (RFC 9420, section 14)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from conclave.rooms.messages import Commit
from conclave.ticket import DeviceId

MAX_DEPARTED = 1000
"""Leaves of devices that are gone and that no commit has removed yet; members remove them within seconds."""


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

    def submit(self, commit: Commit, *, committer: DeviceId, roster: Collection[DeviceId]) -> InForce | None:
        """Put a commit in force, or return None when it lost.

        It also lost when it adds a device that left in the meantime: the other members would refuse it.
        """
        adds = [DeviceId(device) for device in dict.fromkeys(commit.adds)]
        if committer not in self._members or (commit.group, commit.epoch) != (self.group, self.epoch):
            return None
        if any(device not in roster or device in self._members for device in adds):
            return None
        removes = [DeviceId(d) for d in dict.fromkeys(commit.removes) if d != committer and self.knows(DeviceId(d))]
        informed = tuple(device for device in self._members if device != committer)
        for device in removes:
            self._members.pop(device, None)
            self._departed.pop(device, None)
        self._members.update(dict.fromkeys(adds))
        self.epoch += 1
        return InForce(self.epoch, informed, tuple(adds), tuple(removes))
