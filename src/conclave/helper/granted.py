"""One grant in force: which inputs are signed, new, and in time for it (control.md, "The input"). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from conclave.control import Button, Event, Grant, InputError, Key, Reason, Verifier, decode_events, needs

MAX_INPUTS_PER_S = 250
"""Twice what a controller sends; more is refused before its signature is looked at, and costs next to nothing."""
BURST_INPUTS = 250
"""What one second of a stalled network brings at once."""
LATE_S = 5.0
"""From the helper to the controller and back: a network that recovers within that has lost nothing; what is later could
do harm that nobody meant."""
AHEAD_S = 2.0
"""In the longest grant, 4 h, two clocks that are wrong by 50 ppm each come apart by 1.4 s."""
DEAD_MAN_S = 0.8
"""With the time that releasing takes, whoever vanishes holds nothing for a second."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An input to obey, unless something else is in the way."""

    events: tuple[Event, ...]
    is_after_gap: bool
    """Whether inputs before it were lost."""


class Granted:
    """Looks at the inputs of one grant, in the order of the protocol's table."""

    def __init__(self, grant: Grant, *, name: str, words: tuple[str, ...], now: float) -> None:
        self.grant, self.name, self.words = grant, name, words
        self.until = now + grant.seconds
        self._began_at = now
        self.inputs = 0
        self._verifier = Verifier(grant)
        self._tokens, self._tokens_at = float(BURST_INPUTS), now
        self._counter = 0
        self._last_at = now
        self._down: set[str] = set()

    def take(self, data: bytes, *, now: float) -> Taken:
        """Return what an input says; raises `InputError` when it must not be obeyed."""
        self._spend(now)
        signed = self._verifier.verify(data)
        if signed.counter <= self._counter:
            raise InputError(Reason.OLD)
        is_after_gap = signed.counter > self._counter + 1
        self._counter = signed.counter
        self._check_time(signed.time_ms / 1000, now)
        events = tuple(decode_events(signed.padded))
        if any(needs(event) not in self.grant.scope for event in events):
            raise InputError(Reason.SCOPE)
        self._last_at = now
        return Taken(events, is_after_gap)

    def press(self, events: tuple[Event, ...]) -> None:
        """Remember what goes down and up."""
        self.inputs += 1
        for event in events:
            if isinstance(event, Key | Button):
                what = event.code if isinstance(event, Key) else event.button
                (self._down.add if event.down else self._down.discard)(what)

    def release(self) -> None:
        """Note that nothing is down any more."""
        self._down.clear()

    def dead_man_at(self) -> float | None:
        """When what is down is let go of, unless an input comes before."""
        return self._last_at + DEAD_MAN_S if self._down else None

    def _spend(self, now: float) -> None:
        self._tokens = min(BURST_INPUTS, self._tokens + (now - self._tokens_at) * MAX_INPUTS_PER_S)
        self._tokens_at = now
        if self._tokens < 1:
            raise InputError(Reason.RATE)
        self._tokens -= 1

    def _check_time(self, time_s: float, now: float) -> None:
        """Compare what has passed here since the grant with what has passed there since it was heard of."""
        took_s = now - self._began_at - time_s
        if not -AHEAD_S <= took_s <= LATE_S:
            raise InputError(Reason.LATE)
