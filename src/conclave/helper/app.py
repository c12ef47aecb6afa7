"""The helper at work: carries what happens to the machine, and does what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from conclave.control import Reason, Scope
from conclave.helper.effects import (
    CloseQuestion,
    Controlling,
    Effect,
    Inject,
    Locate,
    Note,
    OpenQuestion,
    Release,
    Show,
    Tell,
)
from conclave.helper.hands import Hands
from conclave.helper.injection import Injector
from conclave.helper.machine import Machine
from conclave.helper.messages import Ending, HelperMessage, LaterMessage, Surface
from conclave.helper.pairing import Admitted, Pairing
from conclave.helper.ui import Contact, Ui

LOOK_S = 0.05
"""How often to see whether the pointer was moved by hand; whoever moves it looks up after 200 ms."""
LOOKS_PER_COPY = 10
"""At every tenth look: whether something was copied."""
CLOSE_TIMEOUT_S = 1.0
"""For letting go of keys at the end."""


_Value = TypeVar("_Value")


class App:
    """Desk of the loopback socket, and ear of the person."""

    def __init__(
        self, machine: Machine, pairing: Pairing, *, injector: Injector, ui: Ui, note: Callable[[str], None]
    ) -> None:
        self._machine, self._pairing, self._ui, self._note = machine, pairing, ui, note
        self._loop = asyncio.get_running_loop()
        self._hands = Hands(
            injector, injected=self._from_hands(machine.injected), failed=self._from_hands(self._failed)
        )
        self._send: Callable[[HelperMessage], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._looks = 0

    def start(self) -> None:
        """Clear what an earlier run left behind, listen for the hotkey, and show the code."""
        self._hands.call(_sweep)
        self._hands.call(self._watch_hotkey)
        self.code_changed()

    def close(self) -> None:
        """End control and let go of everything."""
        self._stop("closed")
        for timer in (self._timer, self._look):
            if timer is not None:
                timer.cancel()
        self._hands.close(timeout_s=CLOSE_TIMEOUT_S)

    # --- the page ---

    def connected(self, page: Admitted, send: Callable[[HelperMessage], None]) -> None:
        """Begin to serve a page."""
        self._send = send
        self._perform(self._machine.connect(page))

    def received(self, message: LaterMessage | bytes) -> None:
        """Deal with one message of the page, or one input."""
        now = self._loop.time()
        if isinstance(message, bytes):
            self._perform(self._machine.receive_input(message, now=now))
        else:
            self._perform(self._machine.receive(message, now=now))

    def disconnected(self) -> None:
        """Note that the page is gone."""
        self._perform(self._machine.disconnect(now=self._loop.time()))
        self._send = None

    def code_changed(self) -> None:
        """Show the pairing code as it is now."""
        pairing = self._pairing
        self._ui.show_contact(Contact(pairing.code, pairing.is_limited, pairing.origin))

    # --- the person ---

    def answer(self, scope: tuple[Scope, ...] | None) -> None:
        """Allow so much, or refuse."""
        self._perform(self._machine.answer(scope, now=self._loop.time()))

    def stop(self) -> None:
        """Stop control."""
        self._stop("person")

    def stop_by_hotkey(self) -> None:
        """Stop control; from any thread."""
        self._loop.call_soon_threadsafe(self._stop, "hotkey")

    def renew_code(self) -> None:
        """Ask for a new code."""
        self._pairing.renew()
        self.code_changed()

    def _stop(self, why: Ending) -> None:
        self._perform(self._machine.stop(why, now=self._loop.time()))

    # --- effects ---

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            self._do(effect)
        self._set_timer()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Tell(message=message):
                if self._send is not None:
                    self._send(message)
            case Inject(events=events):
                self._hands.inject(events)
            case Release():
                self._hands.release()
            case Show(controlling=controlling):
                self._show(controlling)
            case OpenQuestion(question=question):
                self._ui.open_question(question)
            case CloseQuestion():
                self._ui.close_question()
            case Locate(surface=surface, number=number):
                self._locate(surface, number)
            case Note(text=text):
                self._note(text)

    def _show(self, controlling: Controlling | None) -> None:
        seconds = 0.0 if controlling is None else controlling.until - self._loop.time()
        self._ui.show(controlling, seconds=seconds)
        if controlling is not None and self._look is None:
            # Where the pointer is now, and what was copied before, is nobody's doing.
            self._hands.call(_look_past)
            self._look = self._loop.call_later(LOOK_S, self._look_around)

    def _watch_hotkey(self, injector: Injector) -> None:
        if not injector.watch_hotkey(self.stop_by_hotkey):
            self._loop.call_soon_threadsafe(self._note, "the hotkey belongs to another program")

    def _locate(self, surface: Surface, number: int) -> None:
        def located(*, is_found: bool) -> None:
            self._perform(self._machine.located(number, is_found=is_found, now=self._loop.time()))

        def locate(injector: Injector) -> None:
            is_found = injector.locate(surface)
            self._loop.call_soon_threadsafe(lambda: located(is_found=is_found))

        self._hands.call(locate)

    # --- the hands' reports, and time ---

    def _failed(self, reason: Reason) -> None:
        self._perform(self._machine.failed(reason, now=self._loop.time()))

    def _moved(self) -> None:
        self._perform(self._machine.moved_by_hand(now=self._loop.time()))

    def _copied(self, text: str) -> None:
        self._perform(self._machine.copied(text))

    def _look_around(self) -> None:
        self._look = None
        if not self._machine.has_grant:
            return
        self._looks += 1
        wants_copies = self._looks % LOOKS_PER_COPY == 0

        def look(injector: Injector) -> None:
            if injector.was_moved_by_hand():
                self._loop.call_soon_threadsafe(self._moved)
            if wants_copies and (text := injector.read_copied()) is not None:
                self._loop.call_soon_threadsafe(self._copied, text)

        self._hands.call(look)
        self._look = self._loop.call_later(LOOK_S, self._look_around)

    def _from_hands(self, report: Callable[[_Value], None]) -> Callable[[_Value], None]:
        def hand_over(value: _Value) -> None:
            self._loop.call_soon_threadsafe(report, value)

        return hand_over

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = self._machine.next_timer()
        if when is not None:
            self._timer = self._loop.call_at(when, self._handle_timer)

    def _handle_timer(self) -> None:
        self._timer = None
        self._perform(self._machine.handle_timer(now=self._loop.time()))


def _sweep(injector: Injector) -> None:
    injector.sweep()


def _look_past(injector: Injector) -> None:
    injector.was_moved_by_hand()
    injector.read_copied()
