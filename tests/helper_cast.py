"""Carol, who controls, and bob's page, which asks for her: what they send to a helper, signed as the protocol says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conclave.control import Grant, Scope
from conclave.helper.messages import Ask, Device, Granted

GROUP = b"conclave/481516234/" + bytes(16)
ROOM = "481516234"
ORIGIN = "https://meet.example"
BOB = Device("000000000000000b", "d00000000000000b")
CAROL = Device("000000000000000c", "d00000000000000c")
WORDS = tuple(f"word{number}" for number in range(7776))


@dataclass
class Controller:
    """Somebody's browser, with the key of one request."""

    name: str = "Carol"
    device: Device = CAROL
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    counter: int = 0
    grant: Grant | None = None
    clock: Callable[[], float] = time.monotonic
    heard_at: float = 0.0
    """When she heard of the grant, by her clock, in seconds."""

    def ask(self, *, scope: tuple[Scope, ...] = (Scope.MOUSE, Scope.KEYBOARD), seconds: int = 600) -> Ask:
        return Ask(
            group=GROUP.hex(),
            epoch=7,
            presenter=BOB,
            controller=self.device,
            name=self.name,
            key=self.key.public_key().public_bytes_raw().hex(),
            scope=list(scope),
            seconds=seconds,
        )

    def take(self, granted: Granted) -> None:
        """Put the grant together, from what was told and from what a controller knows."""
        self.counter = 0
        self.heard_at = self.clock()
        self.grant = Grant(
            id=bytes.fromhex(granted.grant),
            epoch=granted.epoch,
            seconds=granted.seconds,
            scope=tuple(Scope(each) for each in granted.scope),
            presenter=BOB.participant + BOB.device,
            controller=self.device.participant + self.device.device,
            key=self.key.public_key().public_bytes_raw(),
            group=GROUP,
        )

    def input(self, *events: dict[str, Any], counter: int | None = None) -> bytes:
        """Return the next input."""
        assert self.grant is not None
        time_ms = int((self.clock() - self.heard_at) * 1000)
        self.counter = self.counter + 1 if counter is None else counter
        text = json.dumps(events, ensure_ascii=False).encode()
        number = self.counter.to_bytes(8)
        rest = time_ms.to_bytes(8) + len(text).to_bytes(2) + text
        rest += bytes(-(72 + len(rest)) % 256)
        signature = self.key.sign(b"conclave input v1\0" + self.grant.digest() + number + rest)
        return number + signature + rest


def move(x: float = 0.5, y: float = 0.5) -> dict[str, Any]:
    return {"type": "move", "x": x, "y": y}


def button(name: str = "left", *, down: bool, x: float = 0.5, y: float = 0.5) -> dict[str, Any]:
    return {"type": "button", "x": x, "y": y, "button": name, "down": down}


def wheel(dx: int = 0, dy: int = 0, *, x: float = 0.5, y: float = 0.5) -> dict[str, Any]:
    return {"type": "wheel", "x": x, "y": y, "dx": dx, "dy": dy}


def key(code: str, *, down: bool, gives: str = "") -> dict[str, Any]:
    return {"type": "key", "code": code, "down": down} | ({"key": gives} if gives else {})


def text(typed: str) -> dict[str, Any]:
    return {"type": "text", "text": typed}


def clipboard(copied: str) -> dict[str, Any]:
    return {"type": "clipboard", "text": copied}
