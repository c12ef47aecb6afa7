"""A live plane in mallory's hands: the real one, with her changes at its two seams.

Run as `python mallory_live.py COUNTS_FILE` with the instance in the environment. She does to every meeting:

* tells each newcomer of a participant that she has invented, whose key package is valid but made without the words;
* sends every commit, welcome and message first with a flipped bit, then as it was, then once more;
* sends before every object a copy with a flipped bit, one of another track, and the one before it; and after it,
  itself once more.
"""

from __future__ import annotations

import base64
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import moq
import msgspec

from conclave.instance import Instance
from conclave.live import server
from conclave.live.run import run
from conclave.relay import forwarding
from conclave.rooms.effects import SendEvent
from conclave.rooms.messages import Committed, Entered, Entry, Joined, Message, Welcomed

VECTOR = Path(__file__).parents[2] / "vectors" / "mallory-key-package.json"
done: Counter[str] = Counter()


def flipped(data: bytes) -> bytes:
    """Return `data` with its last byte changed."""
    return data[:-1] + bytes([data[-1] ^ 1])


def invented() -> Joined:
    vector = json.loads(VECTOR.read_text())
    package = base64.b64decode(vector["key_package"])
    return Joined(
        Entry(
            participant=vector["participant"],
            device=vector["device"],
            name=vector["name"],
            role="attendee",
            grants=["chat", "share"],
            member=False,
            key_package=package,
        )
    )


def altered(event: Any) -> list[Any]:
    """What mallory sends in place of one event."""
    match event:
        case Entered():
            done["invented"] += 1
            return [event, invented()]
        case Committed(commit=content):
            done["commits"] += 1
            return [msgspec.structs.replace(event, commit=flipped(content)), event, event]
        case Welcomed(welcome=content):
            done["welcomes"] += 1
            return [msgspec.structs.replace(event, welcome=flipped(content)), event, event]
        case Message(message=content):
            done["messages"] += 1
            return [msgspec.structs.replace(event, message=flipped(content)), event, event]
        case _:
            return [event]


honest_send = server.RoomServer._send


def send(self: server.RoomServer, effect: SendEvent) -> list[Any]:
    slow: list[Any] = []
    for event in altered(effect.event):
        slow += honest_send(self, SendEvent(effect.room, effect.to, event))
    return slow


last_object: dict[str, bytes] = {}


async def copy_group(self: Any, source: moq.GroupConsumer) -> None:
    """Copy a group as the relay does, and never an object alone."""
    name = self._target.name
    try:
        target = self._target.create_group(source.sequence)
        held: bytes | None = None
        async for frame in source:
            elsewhere = next((data for track, data in last_object.items() if track != name), frame.payload)
            wrong = [flipped(frame.payload), elsewhere] + ([held] if held else [])
            for payload in [*wrong, frame.payload, frame.payload]:
                target.write_frame(payload, frame.timestamp_us)
            done[f"objects of {name}"] += 1
            held = last_object[name] = frame.payload
        target.finish()
    except moq.Error:
        return


if __name__ == "__main__":
    server.RoomServer._send = send  # type: ignore[method-assign]
    forwarding._TrackCopy._copy_group = copy_group  # type: ignore[method-assign]
    try:
        run(Instance.from_environment())
    finally:
        Path(sys.argv[1]).write_text(json.dumps(done))
