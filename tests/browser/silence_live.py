"""A live plane that holds back what Carol says, for as long as a file exists.

Run as `python silence_live.py FILE` with the instance in the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from conclave.instance import Instance
from conclave.live import server
from conclave.live.run import run
from conclave.rooms.effects import SendEvent
from conclave.rooms.messages import Entered, Joined, Message

SILENCE = Path(sys.argv[1])
held_back: set[str] = set()
honest_send = server.RoomServer._send


def send(self: server.RoomServer, effect: SendEvent) -> list[Any]:
    match effect.event:
        case Entered(roster=roster):
            held_back.update(entry.device for entry in roster if entry.name == "Carol")
        case Joined(entry) if entry.name == "Carol":
            held_back.add(entry.device)
        case Message(sender) if sender in held_back and SILENCE.exists():
            return []
    return honest_send(self, effect)


if __name__ == "__main__":
    server.RoomServer._send = send  # type: ignore[method-assign]
    run(Instance.from_environment())
