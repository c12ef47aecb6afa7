"""The helper as a machine: what the page says, what the person answers, and what is injected (control.md). Pure.

It owns every decision. Inputs are method calls with `now`, in seconds of a monotonic clock; outputs are effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from conclave.control import Event, Grant, InputError, Key, Reason, Scope, Text, controller_words
from conclave.helper import messages
from conclave.helper.effects import (
    CloseQuestion,
    Controlling,
    Effect,
    Inject,
    Locate,
    Note,
    OpenQuestion,
    Question,
    Release,
    Show,
    Tell,
)
from conclave.helper.granted import Granted
from conclave.helper.messages import Ask, Focus, LaterMessage, Revoke, Surface, System, Withdraw
from conclave.helper.pairing import Admitted

GRANT_ID_BYTES = 16
QUESTION_TIMEOUT_S = 60.0
"""Whoever is at the computer has seen it by then."""
THINK_S = 1.0
"""A click or a key that was on its way to something else answers no question."""
ASK_AGAIN_S = 5.0
"""After a refusal: a page that asks and asks wears nobody down."""
HAND_REST_S = 3.0
"""The mouse was moved by hand: whoever did it may finish."""
MAX_WAITING = 512
"""Events that wait to be injected, a text counting as its characters: a few seconds of the slowest of them."""
TELL_EVERY_S = 1.0
"""How often the page is told what was refused."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A question that the person has not answered."""

    ask: Ask
    question: Question
    opened_at: float


class Machine:
    """One page, one question, one grant at a time."""

    def __init__(
        self,
        *,
        words: tuple[str, ...],
        system: System,
        scope: tuple[Scope, ...],
        draw_bytes: Callable[[int], bytes],
    ) -> None:
        self._list, self._system, self._scope, self._draw_bytes = words, system, scope, draw_bytes
        self._page: Admitted | None = None
        self._open: _Open | None = None
        self._granted: Granted | None = None
        self._ask_again_at = self._hand_until = self._tell_at = 0.0
        self._is_found: bool | None = False
        """None while the shared surface is looked for."""
        self._surfaces = 0
        """How many there were: what was found out about an earlier one says nothing about this one."""
        self._early: Ask | None = None
        """Came while it was looked for."""
        self._has_focus = False
        self._waiting = 0
        self._untold: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    @property
    def has_grant(self) -> bool:
        """Whether somebody may control."""
        return self._granted is not None

    # --- the page ---

    def connect(self, page: Admitted) -> list[Effect]:
        """Begin to serve a page; the one before is gone."""
        self._page, self._early = page, None
        self._is_found = self._has_focus = False
        self._surfaces += 1
        self._untold.clear()
        told = Tell(messages.Paired(page.token, self._system, self._scope))
        return [told, Note("paired with a page" if page.is_new else "the page came back")]

    def disconnect(self, *, now: float) -> list[Effect]:
        """Note that the page is gone: nothing that it asked for stands."""
        effects = self._withdraw(now) + self._end("revoked", now)
        self._page = None
        return [each for each in effects if not isinstance(each, Tell)]

    def receive(self, message: LaterMessage, *, now: float) -> list[Effect]:
        """Obey one message of the page."""
        match message:
            case Ask():
                return self._ask(message, now)
            case Withdraw():
                return self._withdraw(now)
            case Revoke():
                return self._withdraw(now) + self._end("revoked", now)
            case Focus(focused=focused):
                self._has_focus = focused
                return self._release() if focused else []
            case Surface():
                return self._share(message, now)
            case _:
                assert_never(message)

    def located(self, number: int, *, is_found: bool, now: float) -> list[Effect]:
        """Note whether the surface with this number is on this computer's screen."""
        if number != self._surfaces:
            return []
        self._is_found = is_found
        early, self._early = self._early, None
        effects = self._ask(early, now) if early else []
        if is_found:
            return effects
        effects += self._end("surface", now)
        if self._open is not None:
            effects += self._close("surface", now)
        return effects

    def receive_input(self, data: bytes, *, now: float) -> list[Effect]:
        """Obey an input, or count why not."""
        effects: list[Effect] = []
        try:
            if self._granted is None:
                raise InputError(Reason.GRANT)
            taken = self._granted.take(data, now=now)
            if taken.is_after_gap:
                effects = self._release()
            weight = self._check_way(taken.events, now)
        except InputError as refused:
            return effects + self._count(refused.reason, now)
        self._granted.press(taken.events)
        self._waiting += weight
        return [*effects, Inject(taken.events)] if taken.events else effects

    # --- the person and the computer ---

    def answer(self, scope: tuple[Scope, ...] | None, *, now: float) -> list[Effect]:
        """Take the person's answer: what is allowed of what was asked for, or None."""
        opened = self._open
        if opened is None:
            return []
        if scope is None:
            self._ask_again_at = now + ASK_AGAIN_S
            return self._close("person", now)
        if now < opened.opened_at + THINK_S:
            return []
        return self._allow(opened, scope, now)

    def stop(self, why: messages.Ending, *, now: float) -> list[Effect]:
        """End control because the person says so."""
        return self._end(why, now)

    def moved_by_hand(self, *, now: float) -> list[Effect]:
        """Hold inputs back: somebody uses the mouse."""
        if self._granted is None:
            return []
        was = self._held(now)
        self._hand_until = now + HAND_REST_S
        return self._tell_held(was, now)

    def copied(self, text: str) -> list[Effect]:
        """Pass on what was copied here, if that was allowed."""
        if self._granted is None or Scope.COPY not in self._granted.grant.scope:
            return []
        return [Tell(messages.Copied(text))]

    def injected(self, weight: int) -> None:
        """Note that so much of what waited is done, or discarded."""
        self._waiting -= weight

    def failed(self, reason: Reason, *, now: float) -> list[Effect]:
        """Count an event that the system did not do."""
        return self._count(reason, now)

    # --- time ---

    def next_timer(self) -> float | None:
        """When `handle_timer` has something to do."""
        times = [
            self._open.opened_at + QUESTION_TIMEOUT_S if self._open else None,
            self._granted.until if self._granted else None,
            self._granted.dead_man_at() if self._granted else None,
            self._hand_until if self._granted and self._hand_until else None,
            self._tell_at if self._untold else None,
        ]
        return min((each for each in times if each is not None), default=None)

    def handle_timer(self, *, now: float) -> list[Effect]:
        """Do what is due."""
        effects: list[Effect] = []
        if self._open and now >= self._open.opened_at + QUESTION_TIMEOUT_S:
            effects += self._close("unanswered", now)
        if self._granted:
            effects += self._handle_grant(self._granted, now)
        if self._untold and now >= self._tell_at:
            effects += self._tell_dropped(now)
        return effects

    def _handle_grant(self, granted: Granted, now: float) -> list[Effect]:
        if now >= granted.until:
            return self._end("expired", now)
        effects: list[Effect] = []
        if self._hand_until and now >= self._hand_until:
            self._hand_until = 0.0
            effects += self._tell_held("asking" if self._open else "mouse", now)
        dead_man_at = granted.dead_man_at()
        if dead_man_at is not None and now >= dead_man_at:
            effects += self._release()
        return effects

    # --- what is shared ---

    def _share(self, surface: Surface, now: float) -> list[Effect]:
        self._surfaces += 1
        if surface.kind is None:
            return self.located(self._surfaces, is_found=False, now=now)
        self._is_found = None
        return [Locate(surface, self._surfaces)]

    # --- asking ---

    def _ask(self, ask: Ask, now: float) -> list[Effect]:
        if self._open is not None or now < self._ask_again_at:
            return [Tell(messages.Refused("busy"))]
        if self._is_found is None and self._early is None:
            self._early = ask
            return []
        if not self._is_found:
            return [Tell(messages.Refused("surface" if self._early is None else "busy"))]
        was = self._held(now)
        scope = tuple(each for each in ask.scope if each in self._scope)
        origin = self._page.origin if self._page else ""
        words = controller_words(bytes.fromhex(ask.key), self._list)
        self._open = _Open(ask, Question(ask.name, words, origin, scope, ask.seconds), now)
        told: list[Effect] = [Tell(messages.Asking()), OpenQuestion(self._open.question), Note("was asked for control")]
        return self._tell_held(was, now) + told

    def _allow(self, opened: _Open, scope: tuple[Scope, ...], now: float) -> list[Effect]:
        allowed = tuple(each for each in opened.question.scope if each in scope)
        if Scope.MOUSE not in allowed:
            return self._close("person", now)
        ask = opened.ask
        grant = Grant(
            id=self._draw_bytes(GRANT_ID_BYTES),
            epoch=ask.epoch,
            seconds=ask.seconds,
            scope=allowed,
            presenter=ask.presenter.participant + ask.presenter.device,
            controller=ask.controller.participant + ask.controller.device,
            key=bytes.fromhex(ask.key),
            group=bytes.fromhex(ask.group),
        )
        self._open = None
        effects = [CloseQuestion(), *self._end("replaced", now)]
        self._granted = Granted(grant, name=ask.name, words=opened.question.words, now=now)
        self._refused.clear()
        told = Tell(messages.Granted(grant.id.hex(), grant.epoch, allowed, grant.seconds))
        note = Note(f"control began: {', '.join(allowed)}; for {grant.seconds // 60} min at most")
        return [*effects, told, self._show(now), note]

    def _withdraw(self, now: float) -> list[Effect]:
        if self._early is not None:
            self._early = None
            return [Tell(messages.Refused("withdrawn"))]
        return self._close("withdrawn", now) if self._open else []

    def _close(self, why: messages.Refusal, now: float) -> list[Effect]:
        """Close the question without a grant; whoever controlled before goes on."""
        was = self._held(now)
        self._open = None
        told: list[Effect] = [CloseQuestion(), Tell(messages.Refused(why)), Note(f"control was refused: {why}")]
        return told + self._tell_held(was, now)

    # --- the grant ---

    def _end(self, why: messages.Ending, now: float) -> list[Effect]:
        granted = self._granted
        if granted is None:
            return []
        refused = "".join(f", {number} {reason}" for reason, number in sorted(self._refused.items()))
        note = Note(f"control ended: {why}; inputs: {granted.inputs} obeyed{refused}")
        told = self._tell_dropped(now) if self._untold else []
        self._granted, self._hand_until = None, 0.0
        return [Release(), *told, Tell(messages.Ended(why)), Show(None), note]

    def _check_way(self, events: tuple[Event, ...], now: float) -> int:
        """Return the weight of events that nothing is in the way of; raises `InputError`."""
        if self._held(now):
            raise InputError(Reason.HELD)
        if self._has_focus and any(isinstance(event, Key | Text) for event in events):
            raise InputError(Reason.FOCUS)
        weight = sum(weigh(event) for event in events)
        if self._waiting + weight > MAX_WAITING:
            raise InputError(Reason.BUSY)
        return weight

    def _held(self, now: float) -> messages.Why | None:
        if self._granted is None:
            return None
        if self._open is not None:
            return "asking"
        return "mouse" if now < self._hand_until else None

    def _tell_held(self, was: messages.Why | None, now: float) -> list[Effect]:
        """Tell the page when it has changed whether inputs are held back, and let go of what is down."""
        why = self._held(now)
        if why == was or self._granted is None:
            return []
        return [*(self._release() if why else []), Tell(messages.Held(why)), self._show(now)]

    def _release(self) -> list[Effect]:
        if self._granted is None:
            return []
        self._granted.release()
        return [Release()]

    def _show(self, now: float) -> Show:
        granted = self._granted
        if granted is None:
            return Show(None)
        return Show(Controlling(granted.name, granted.words, granted.grant.scope, granted.until, self._held(now)))

    def _count(self, reason: Reason, now: float) -> list[Effect]:
        self._untold[reason.value] += 1
        self._refused[reason.value] += 1
        return self._tell_dropped(now) if now >= self._tell_at else []

    def _tell_dropped(self, now: float) -> list[Effect]:
        counts = dict(self._untold)
        self._untold.clear()
        self._tell_at = now + TELL_EVERY_S
        return [Tell(messages.Dropped(counts))]


def weigh(event: Event) -> int:
    """Return how much of `MAX_WAITING` an event takes."""
    return len(event.text) if isinstance(event, Text) else 1
