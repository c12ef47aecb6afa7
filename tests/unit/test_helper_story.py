"""The helper's machine under everything that can happen to it, in any order; what must never happen does not."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conclave.control import Button, Event, Key, Scope, needs
from conclave.helper.effects import CloseQuestion, Effect, Inject, Locate, OpenQuestion, Release, Show, Tell
from conclave.helper.granted import DEAD_MAN_S
from conclave.helper.machine import HAND_REST_S, MAX_WAITING, QUESTION_TIMEOUT_S, THINK_S, Machine, weigh
from conclave.helper.messages import Ended, Focus, Granted, Revoke, Surface, Withdraw
from conclave.helper.pairing import Admitted
from tests.helper_cast import ORIGIN, ROOM, WORDS, Controller, button, clipboard, key, move, text

EVENTS = [
    move(),
    move(2),
    button(down=True),
    button(down=False),
    key("ShiftLeft", down=True),
    key("ShiftLeft", down=False),
    key("Nonsense", down=True),
    text("é你"),
    clipboard("copied"),
]
scopes = st.sets(st.sampled_from(Scope), min_size=1).map(lambda some: tuple(each for each in Scope if each in some))
names = st.sampled_from(["Carol", "Dave", "Mallory"])
seldom = st.integers(0, 9).map(lambda number: number == 7)
"""So that a story has a middle: most of what ends something is drawn too often otherwise."""


class HelperMachine(RuleBasedStateMachine):
    """Keeps its own book of what was allowed and what is down, and holds the helper to it."""

    @initialize()
    def open(self) -> None:
        self.now = 50.0
        self.drawn = 0
        self.machine = Machine(words=WORDS, system="x11", scope=tuple(Scope), draw_bytes=self._draw)
        self.people = {name: Controller(name, clock=lambda: self.now) for name in ("Carol", "Dave", "Mallory")}
        self.asked: Controller | None = None
        self.asked_at = 0.0
        self.may: Controller | None = None
        self.scope: tuple[Scope, ...] = ()
        self.until = 0.0
        self.down: set[str] = set()
        self.last_at = 0.0
        self.waiting = 0
        self.hand_until = 0.0
        self.found = self.focused = False
        self.seen: list[bytes] = []
        self.connect(really=True)
        self.share(is_lost=False)

    def _draw(self, count: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(count)

    # --- what can happen ---

    @rule(really=seldom)
    def connect(self, really: bool) -> None:  # noqa: FBT001
        if not really:
            return
        self._book(self.machine.disconnect(now=self.now))
        assert self.may is None
        assert self.asked is None
        self.found = self.focused = False
        self._book(self.machine.connect(Admitted("00" * 32, ORIGIN, ROOM, is_new=False)))

    @rule(is_lost=seldom)
    def share(self, is_lost: bool) -> None:  # noqa: FBT001
        is_found = not is_lost
        effects = self.machine.receive(Surface("monitor", "", 1, 1), now=self.now)
        self._book(effects)
        [number] = [each.number for each in effects if isinstance(each, Locate)]
        self.found = is_found
        self._book(self.machine.located(number, is_found=is_found, now=self.now))

    @rule(focused=st.booleans())
    def focus(self, focused: bool) -> None:  # noqa: FBT001
        self.focused = focused
        self._book(self.machine.receive(Focus(focused), now=self.now))

    @rule(name=names, scope=scopes)
    def ask(self, name: str, scope: tuple[Scope, ...]) -> None:
        who = self.people[name]
        scope = tuple(each for each in Scope if each in {Scope.MOUSE, *scope})
        effects = self.machine.receive(who.ask(scope=scope, seconds=60), now=self.now)
        if any(isinstance(each, OpenQuestion) for each in effects):
            assert self.asked is None
            assert self.found
            self.asked, self.asked_at, self.asked_scope = who, self.now, scope
        self._book(effects)

    @rule(scope=st.none() | scopes)
    def answer(self, scope: tuple[Scope, ...] | None) -> None:
        asked, effects = self.asked, self.machine.answer(scope, now=self.now)
        granted = [each.message for each in effects if isinstance(each, Tell) and isinstance(each.message, Granted)]
        self._book(effects)
        if granted:
            assert asked is not None
            assert scope is not None
            assert self.now >= self.asked_at + THINK_S
            assert set(granted[0].scope) == set(scope) & set(self.asked_scope)
            assert granted[0].grant == f"{self.drawn:032x}", "an id of its own"
            asked.take(granted[0])
            self.may, self.scope, self.until = asked, granted[0].scope, self.now + granted[0].seconds

    @rule(name=names, scope=scopes)
    @precondition(lambda machine: machine.may is None)
    def hand_over(self, name: str, scope: tuple[Scope, ...]) -> None:
        """The usual way."""
        self.wait(6.0)
        self.ask(name, scope)
        self.wait(THINK_S)
        self.answer(tuple(Scope))

    @rule(really=seldom)
    def revoke(self, really: bool) -> None:  # noqa: FBT001
        if not really:
            return
        self._book(self.machine.receive(Revoke(), now=self.now))
        assert self.may is None

    @rule(really=seldom)
    def withdraw(self, really: bool) -> None:  # noqa: FBT001
        if not really:
            return
        may = self.may
        self._book(self.machine.receive(Withdraw(), now=self.now))
        assert self.asked is None
        assert self.may is may

    @rule(really=seldom)
    def stop(self, really: bool) -> None:  # noqa: FBT001
        if not really:
            return
        self._book(self.machine.stop("person", now=self.now))
        assert self.may is None

    @rule()
    def move_by_hand(self) -> None:
        if self.may is not None:
            self.hand_until = self.now + HAND_REST_S
        self._book(self.machine.moved_by_hand(now=self.now))

    @rule(
        name=names,
        events=st.lists(st.sampled_from(EVENTS), max_size=3),
        skip=st.sampled_from([0, 0, 0, 1]),
        flip=seldom,
        stranger=seldom,
    )
    def send(self, name: str, events: list[dict[str, Any]], skip: int, flip: bool, stranger: bool) -> None:  # noqa: FBT001
        who = self.people[name] if self.may is None or stranger else self.may
        if who.grant is None:
            return
        who.counter += skip
        data = who.input(*events)
        if flip:
            data = data[:-1] + b"\1"
        self._take(data, of=None if flip else who)
        self.seen.append(data)

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        if self.seen:
            self._take(data.draw(st.sampled_from(self.seen[-3:])), of=None)

    @rule()
    def work(self) -> None:
        """The computer has done what waited."""
        self.machine.injected(self.waiting)
        self.waiting = 0

    @rule(seconds=st.sampled_from([0.1, 0.1, 0.3, 0.5, 1.0, 3.0, 30.0]))
    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (when := self.machine.next_timer()) is not None and when <= until:
            assert when >= self.now, "timers never go backwards"
            self.now = when
            self._book(self.machine.handle_timer(now=self.now))
            after = self.machine.next_timer()
            assert after is None or after > when, "a timer that was handled is gone"
        self.now = until

    # --- what must hold ---

    @invariant()
    def at_most_one_may(self) -> None:
        assert self.machine.has_grant == (self.may is not None)
        if self.may is not None:
            assert self.now < self.until

    @invariant()
    def nobody_holds_on_in_silence(self) -> None:
        assert not self.down or self.now < self.last_at + DEAD_MAN_S + 1e-6

    @invariant()
    def no_question_stays(self) -> None:
        assert self.asked is None or self.now < self.asked_at + QUESTION_TIMEOUT_S

    # --- the book ---

    def _take(self, data: bytes, *, of: Controller | None) -> None:
        effects = self.machine.receive_input(data, now=self.now)
        injected = [event for each in effects if isinstance(each, Inject) for event in each.events]
        if injected:
            assert of is not None, "neither changed nor repeated"
            assert of is self.may
            assert self.now < self.until
            assert self.found
            assert self.asked is None
            assert self.now >= self.hand_until
        self._book(effects)
        if of is not None and of is self.may and Release() not in effects:
            self.last_at = self.now

    def _book(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Inject(events=events):
                    self._inject(events)
                case Release():
                    self.down.clear()
                case Tell(message=Ended()):
                    self.may = None
                case Show(controlling=None):
                    self.may, self.hand_until = None, 0.0
                    assert not self.down, "let go of before anybody is told"
                case CloseQuestion():
                    self.asked = None
                case _:
                    pass

    def _inject(self, events: tuple[Event, ...]) -> None:
        for event in events:
            assert needs(event) in self.scope
            if isinstance(event, Key | Button):
                assert not (isinstance(event, Key) and self.focused)
                what = event.code if isinstance(event, Key) else event.button
                (self.down.add if event.down else self.down.discard)(what)
            self.waiting += weigh(event)
        self.last_at = self.now
        assert self.waiting <= MAX_WAITING


TestHelper = HelperMachine.TestCase
TestHelper.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
