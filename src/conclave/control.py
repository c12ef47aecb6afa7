"""What remote control says: grants, and inputs signed for one of them (docs/protocol/control.md).

The helper verifies here. Nothing opens or seals anything: the helper has no key but the controller's public one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_INPUT_BYTES = 32 * 1024
"""4,000 characters for the clipboard take at most 16 KiB."""
MAX_EVENTS = 32
"""In one input; 8 ms of a quick hand make three or four."""
MAX_TEXT_CHARACTERS = 64
"""In one event: an input method composes a phrase at a time."""
MAX_CLIPBOARD_CHARACTERS = 4000
"""As much as a chat message holds."""
MAX_WHEEL = 12_000
"""1/120 notches in one event: a hundred notches."""
MAX_GROUP_ID_BYTES = 128
"""Ours have 36."""
MIN_GRANT_S = 60
MAX_GRANT_S = 14_400
"""Four hours: a working session. Who needs longer is asked again."""

_GRANT_DOMAIN = b"conclave grant v1\0"
_INPUT_DOMAIN = b"conclave input v1\0"
_WORDS_DOMAIN = b"conclave controller v1\0"
_COUNTER = slice(0, 8)
_SIGNATURE = slice(8, 72)
_TIME = slice(72, 80)
_LENGTH = slice(80, 82)
_JSON_AT = 82
_STEP_BYTES = 256


class Scope(StrEnum):
    """What a grant allows; in the order of the protocol."""

    MOUSE = "mouse"
    KEYBOARD = "keyboard"
    PASTE = "paste"
    COPY = "copy"


class Reason(StrEnum):
    """Why an input is refused; in the order in which it is looked at."""

    GRANT = "grant"
    RATE = "rate"
    SIGNATURE = "signature"
    OLD = "old"
    LATE = "late"
    MALFORMED = "malformed"
    PLACE = "place"
    KEY = "key"
    SCOPE = "scope"
    HELD = "held"
    FOCUS = "focus"
    SURFACE = "surface"
    BUSY = "busy"


class InputError(Exception):
    """An input that is not obeyed; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


CODES = frozenset(
    [f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    + [f"{kind}{digit}" for kind in ("Digit", "Numpad") for digit in range(10)]
    + [f"F{number}" for number in range(1, 25)]
    + [f"{key}{side}" for key in ("Shift", "Control", "Alt", "Meta") for side in ("Left", "Right")]
    + [f"Arrow{way}" for way in ("Up", "Down", "Left", "Right")]
    + [f"Numpad{name}" for name in ("Add", "Subtract", "Multiply", "Divide", "Decimal", "Comma", "Equal", "Enter")]
    + [
        "Backquote",
        "Minus",
        "Equal",
        "BracketLeft",
        "BracketRight",
        "Backslash",
        "Semicolon",
        "Quote",
        "Comma",
        "Period",
    ]
    + ["Slash", "IntlBackslash", "IntlRo", "IntlYen", "Space", "Enter", "Tab", "Backspace", "Delete", "Insert", "Home"]
    + [
        "End",
        "PageUp",
        "PageDown",
        "Escape",
        "CapsLock",
        "NumLock",
        "ScrollLock",
        "Pause",
        "PrintScreen",
        "ContextMenu",
    ]
)
"""The keys of UI Events that an input may name."""

_Fraction: TypeAlias = float
_Notches = Annotated[int, msgspec.Meta(ge=-MAX_WHEEL, le=MAX_WHEEL)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARACTERS)]
_Clipboard = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CLIPBOARD_CHARACTERS)]
_Character = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="move"):
    """The pointer moves to fractions of the shared surface."""

    x: _Fraction
    y: _Fraction


class Button(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="button"):
    """The pointer moves, and a button goes down or up."""

    x: _Fraction
    y: _Fraction
    button: Literal["left", "middle", "right", "back", "forward"]
    down: bool


class Wheel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="wheel"):
    """1/120 notches; positive is right and down."""

    x: _Fraction
    y: _Fraction
    dx: _Notches
    dy: _Notches


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="key"):
    """A key goes down or up; `key` is the character that it gives the controller, if any."""

    code: str
    down: bool
    key: _Character = ""
    """Empty when it gives none."""

    def __repr__(self) -> str:
        return "Key(***)"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="text"):
    """Text to type."""

    text: _Text

    def __repr__(self) -> str:
        return "Text(***)"


class Clipboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="clipboard"):
    """What the computer's clipboard shall hold."""

    text: _Clipboard

    def __repr__(self) -> str:
        return "Clipboard(***)"


Event: TypeAlias = Move | Button | Wheel | Key | Text | Clipboard
_decoder = msgspec.json.Decoder(Annotated[list[Event], msgspec.Meta(max_length=MAX_EVENTS)])


@dataclass(frozen=True, slots=True)
class Grant:
    """One consent: who may do what, on whose computer, in which meeting, for how long."""

    id: bytes
    epoch: int
    seconds: int
    scope: tuple[Scope, ...]
    presenter: str
    """Participant and device, 16 hex digits each."""
    controller: str
    key: bytes
    group: bytes

    def encode(self) -> bytes:
        """Return the bytes whose hash inputs are signed for."""
        numbers = self.epoch.to_bytes(8) + self.seconds.to_bytes(4) + bytes([scope_bits(self.scope)])
        who = self.presenter.encode("ascii") + self.controller.encode("ascii")
        return self.id + numbers + who + self.key + self.group

    def digest(self) -> bytes:
        """Return the grant hash, 32 bytes."""
        return hashlib.sha256(_GRANT_DOMAIN + self.encode()).digest()


def scope_bits(scope: tuple[Scope, ...]) -> int:
    """Return a scope as the grant's bytes have it."""
    return sum(1 << number for number, each in enumerate(Scope) if each in scope)


def controller_words(key: bytes, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the four words of a controller's key, out of the list of 7,776."""
    digest = hashlib.sha256(_WORDS_DOMAIN + key).digest()
    return tuple(words[int.from_bytes(digest[at : at + 2]) % len(words)] for at in range(0, 8, 2))


@dataclass(frozen=True, slots=True)
class SignedInput:
    """An input whose signature is right; its events are not read yet."""

    counter: int
    time_ms: int
    """Since the controller heard of the grant."""
    padded: bytes


class Verifier:
    """Tells whether inputs are signed for one grant."""

    def __init__(self, grant: Grant) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(grant.key)
        self._head = _INPUT_DOMAIN + grant.digest()

    def verify(self, data: bytes) -> SignedInput:
        """Return the input; raises `InputError` when it is too long, too short, or not signed for this grant."""
        if not _JSON_AT <= len(data) <= MAX_INPUT_BYTES:
            raise InputError(Reason.MALFORMED)
        try:
            self._key.verify(data[_SIGNATURE], self._head + data[_COUNTER] + data[_TIME.start :])
        except InvalidSignature:
            raise InputError(Reason.SIGNATURE) from None
        return SignedInput(int.from_bytes(data[_COUNTER]), int.from_bytes(data[_TIME]), data)


def decode_events(data: bytes) -> list[Event]:
    """Return the events of an input; raises `InputError` for whatever is not exactly of the form."""
    end = _JSON_AT + int.from_bytes(data[_LENGTH])
    if len(data) % _STEP_BYTES or not len(data) - _STEP_BYTES < end <= len(data) or any(data[end:]):
        raise InputError(Reason.MALFORMED)
    try:
        events: list[Event] = _decoder.decode(data[_JSON_AT:end])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise InputError(Reason.MALFORMED) from None
    for event in events:
        _check(event)
    return events


def needs(event: Event) -> Scope:
    """Return what a grant must allow for an event."""
    match event:
        case Move() | Button() | Wheel():
            return Scope.MOUSE
        case Key() | Text():
            return Scope.KEYBOARD
        case Clipboard():
            return Scope.PASTE


def _check(event: Event) -> None:
    """Look at what the types cannot say."""
    match event:
        case Move(x=x, y=y) | Button(x=x, y=y) | Wheel(x=x, y=y):
            if not (0 <= x <= 1 and 0 <= y <= 1):
                raise InputError(Reason.PLACE)
        case Key(code=code, key=key):
            if code not in CODES:
                raise InputError(Reason.KEY)
            _check_text(key, allowed="")
        case Text(text=text):
            _check_text(text, allowed="")
        case Clipboard(text=text):
            _check_text(text, allowed="\n\t")


def _check_text(text: str, *, allowed: str) -> None:
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in allowed for each in text):
        raise InputError(Reason.MALFORMED)
