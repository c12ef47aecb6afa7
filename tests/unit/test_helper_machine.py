"""The helper's machine: nothing is injected but what a person has allowed and a controller has signed."""

from __future__ import annotations

import pytest

from conclave.control import Clipboard, Key, Move, Reason, Scope, Text
from conclave.helper.effects import CloseQuestion, Effect, Inject, Locate, Note, OpenQuestion, Release, Show, Tell
from conclave.helper.granted import AHEAD_S, BURST_INPUTS, DEAD_MAN_S, LATE_S, MAX_INPUTS_PER_S
from conclave.helper.machine import (
    ASK_AGAIN_S,
    HAND_REST_S,
    MAX_WAITING,
    QUESTION_TIMEOUT_S,
    TELL_EVERY_S,
    THINK_S,
    Machine,
)
from conclave.helper.messages import (
    Asking,
    Copied,
    Dropped,
    Ended,
    Focus,
    Granted,
    Held,
    HelperMessage,
    LaterMessage,
    Paired,
    Refused,
    Revoke,
    Surface,
    Withdraw,
)
from conclave.helper.pairing import Admitted
from tests.helper_cast import ORIGIN, ROOM, WORDS, Controller, button, clipboard, key, move, text

SCREEN = Surface("monitor", "screen:1:0", 1280, 800)
NOTHING = Surface(None, "", 0, 0)
EVERYTHING = tuple(Scope)
CLOCK_AHEAD_S = 1e9
"""Carol's clock has nothing to do with the helper's."""


class Story:
    """A helper, and what has come of it so far."""

    def __init__(self, *, can: tuple[Scope, ...] = EVERYTHING) -> None:
        self.now = 100.0
        self.drawn = 0
        self.machine = Machine(words=WORDS, system="x11", scope=can, draw_bytes=self._draw)
        self.effects: list[Effect] = []
        self.did(self.machine.connect(Admitted("ab" * 32, ORIGIN, ROOM, is_new=True)))
        self.found(self.share())

    def _draw(self, count: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(count)

    def did(self, effects: list[Effect]) -> list[Effect]:
        self.effects += effects
        return effects

    def share(self, surface: Surface = SCREEN) -> int:
        """Share it; return the number under which it is looked for."""
        [number] = [each.number for each in self.receive(surface) if isinstance(each, Locate)]
        return number

    def found(self, number: int, *, is_found: bool = True) -> list[Effect]:
        return self.did(self.machine.located(number, is_found=is_found, now=self.now))

    def receive(self, message: LaterMessage) -> list[Effect]:
        return self.did(self.machine.receive(message, now=self.now))

    def ask(self, carol: Controller, **says: object) -> list[Effect]:
        return self.did(self.machine.receive(carol.ask(**says), now=self.now))  # type: ignore[arg-type]

    def allow(self, carol: Controller, allowed: tuple[Scope, ...] = EVERYTHING) -> list[Effect]:
        self.now += THINK_S
        effects = self.did(self.machine.answer(allowed, now=self.now))
        for message in told(effects):
            if isinstance(message, Granted):
                carol.clock = lambda: self.now + CLOCK_AHEAD_S
                carol.take(message)
        return effects

    def grant(self, carol: Controller, allowed: tuple[Scope, ...] = EVERYTHING, **says: object) -> list[Effect]:
        return self.ask(carol, **says) + self.allow(carol, allowed)

    def input(self, data: bytes) -> list[Effect]:
        return self.did(self.machine.receive_input(data, now=self.now))

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, with every timer on the way."""
        until, effects = self.now + seconds, []
        while (when := self.machine.next_timer()) is not None and when <= until:
            assert when >= self.now - 1e-9 or not effects, "timers never go backwards"
            self.now = max(self.now, when)
            effects += self.did(self.machine.handle_timer(now=self.now))
        self.now = until
        return effects


def told(effects: list[Effect]) -> list[HelperMessage]:
    return [each.message for each in effects if isinstance(each, Tell)]


def injected(effects: list[Effect]) -> list[object]:
    return [event for each in effects if isinstance(each, Inject) for event in each.events]


def refused(story: Story, data: bytes) -> str:
    """Hand an input in that must not reach the system; return the reason that the page is told."""
    story.wait(TELL_EVERY_S)
    effects = story.input(data)
    assert injected(effects) == []
    [counts] = [message.counts for message in told(effects) if isinstance(message, Dropped)]
    [(reason, number)] = counts.items()
    assert number == 1
    return reason


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def carol() -> Controller:
    return Controller()


# --- consent ---


def test_a_page_is_told_what_can_be_granted_here(story: Story) -> None:
    assert told(story.effects) == [Paired("ab" * 32, "x11", EVERYTHING)]
    assert any(isinstance(each, Locate) and each.surface == SCREEN for each in story.effects)


def test_the_person_is_asked_with_name_words_and_origin(story: Story, carol: Controller) -> None:
    effects = story.ask(carol)
    [question] = [each.question for each in effects if isinstance(each, OpenQuestion)]
    assert (question.name, question.origin, question.seconds) == ("Carol", ORIGIN, 600)
    assert question.scope == (Scope.MOUSE, Scope.KEYBOARD)
    assert len(question.words) == 4
    assert told(effects) == [Asking()]


@pytest.mark.requirement(2)
def test_what_is_allowed_and_signed_is_injected(story: Story, carol: Controller) -> None:
    effects = story.grant(carol)
    assert told(effects)[-1] == Granted(f"{1:032x}", 7, (Scope.MOUSE, Scope.KEYBOARD), 600)
    assert CloseQuestion() in effects
    assert injected(story.input(carol.input(move(0.25, 1), text("é")))) == [Move(0.25, 1), Text("é")]


def test_nothing_is_injected_before_the_answer(story: Story, carol: Controller) -> None:
    story.grant(carol)
    early = carol.input(move())
    story = Story()
    assert refused(story, early) == Reason.GRANT
    story.ask(carol)
    assert refused(story, early) == Reason.GRANT


def test_the_answer_may_be_less_than_the_question(story: Story, carol: Controller) -> None:
    story.grant(carol, (Scope.MOUSE,), scope=EVERYTHING)
    assert carol.grant is not None
    assert carol.grant.scope == (Scope.MOUSE,)
    assert refused(story, carol.input(text("a"))) == Reason.SCOPE
    assert refused(story, carol.input(key("KeyA", down=True))) == Reason.SCOPE
    assert refused(story, carol.input(clipboard("a"))) == Reason.SCOPE
    assert refused(story, carol.input(move(), key("Enter", down=True))) == Reason.SCOPE
    assert injected(story.input(carol.input(move()))) == [Move(0.5, 0.5)]


def test_the_answer_is_never_more_than_the_question(story: Story, carol: Controller) -> None:
    story.grant(carol, EVERYTHING, scope=(Scope.MOUSE,))
    assert carol.grant is not None
    assert carol.grant.scope == (Scope.MOUSE,)


def test_nothing_is_granted_that_this_computer_cannot_do(carol: Controller) -> None:
    story = Story(can=(Scope.MOUSE, Scope.KEYBOARD))
    story.grant(carol, scope=EVERYTHING)
    assert carol.grant is not None
    assert carol.grant.scope == (Scope.MOUSE, Scope.KEYBOARD)


def test_allowing_without_the_mouse_is_refusing(story: Story, carol: Controller) -> None:
    assert told(story.grant(carol, (Scope.KEYBOARD,)))[-1] == Refused("person")


def test_a_click_that_was_on_its_way_allows_nothing(story: Story, carol: Controller) -> None:
    story.ask(carol)
    story.now += THINK_S - 0.01
    assert story.machine.answer(EVERYTHING, now=story.now) == []
    assert not story.machine.has_grant


def test_who_refuses_is_left_alone_for_a_while(story: Story, carol: Controller) -> None:
    story.ask(carol)
    assert told(story.did(story.machine.answer(None, now=story.now))) == [Refused("person")]
    story.wait(ASK_AGAIN_S - 0.01)
    assert told(story.ask(carol)) == [Refused("busy")]
    story.wait(0.01)
    assert told(story.ask(carol)) == [Asking()]


def test_a_question_without_an_answer_is_refused(story: Story, carol: Controller) -> None:
    story.ask(carol)
    assert told(story.wait(QUESTION_TIMEOUT_S)) == [Refused("unanswered")]
    assert story.machine.answer(EVERYTHING, now=story.now) == []


def test_only_one_question_is_open(story: Story, carol: Controller) -> None:
    story.ask(carol)
    assert told(story.ask(Controller("Dave"))) == [Refused("busy")]


def test_a_question_can_be_taken_back(story: Story, carol: Controller) -> None:
    story.ask(carol)
    effects = story.did(story.machine.receive(Withdraw(), now=story.now))
    assert told(effects) == [Refused("withdrawn")]
    assert CloseQuestion() in effects


@pytest.mark.parametrize("kind", ["nothing", "not here"])
def test_what_is_not_on_the_screen_is_not_controlled(story: Story, carol: Controller, kind: str) -> None:
    if kind == "nothing":
        story.receive(NOTHING)
    else:
        story.found(story.share(), is_found=False)
    assert told(story.ask(carol)) == [Refused("surface")]


def test_who_asks_while_the_screen_is_looked_for_is_answered_afterwards(story: Story, carol: Controller) -> None:
    number = story.share()
    assert story.ask(carol) == []
    assert told(story.ask(Controller("Dave"))) == [Refused("busy")]
    assert told(story.found(number)) == [Asking()]


def test_who_asks_for_a_screen_that_is_not_found_is_refused(story: Story, carol: Controller) -> None:
    number = story.share()
    story.ask(carol)
    assert told(story.found(number, is_found=False)) == [Refused("surface")]


@pytest.mark.parametrize("then", ["nothing is shared", "the page came back"])
def test_what_is_found_out_about_an_earlier_surface_says_nothing(story: Story, carol: Controller, then: str) -> None:
    number = story.share()
    if then == "nothing is shared":
        story.receive(NOTHING)
    else:
        story.did(story.machine.disconnect(now=story.now))
        story.did(story.machine.connect(Admitted("ab" * 32, ORIGIN, ROOM, is_new=False)))
    assert story.found(number) == []
    assert told(story.ask(carol)) == [Refused("surface")]


def test_of_two_surfaces_the_later_one_decides(story: Story, carol: Controller) -> None:
    first, second = story.share(), story.share(Surface("window", "window:2:0", 640, 480))
    story.ask(carol)
    assert story.found(first) == []
    assert told(story.found(second, is_found=False)) == [Refused("surface")]


def test_an_early_question_can_be_taken_back(story: Story, carol: Controller) -> None:
    number = story.share()
    story.ask(carol)
    assert told(story.receive(Withdraw())) == [Refused("withdrawn")]
    assert story.found(number) == []


# --- who is not obeyed ---


def test_mallory_with_another_key_is_not_obeyed(story: Story, carol: Controller) -> None:
    story.grant(carol)
    mallory = Controller("Mallory", counter=carol.counter, grant=carol.grant)
    assert refused(story, mallory.input(move())) == Reason.SIGNATURE


def test_no_bit_of_an_input_can_be_changed(story: Story, carol: Controller) -> None:
    story.grant(carol)
    data = bytearray(carol.input(move()))
    data[20] ^= 1
    assert refused(story, bytes(data)) == Reason.SIGNATURE


def test_an_input_is_obeyed_once(story: Story, carol: Controller) -> None:
    story.grant(carol)
    first, second = carol.input(move(0.1)), carol.input(move(0.2))
    assert injected(story.input(first))
    assert refused(story, first) == Reason.OLD
    assert injected(story.input(second))
    assert refused(story, first) == Reason.OLD


def test_a_former_controller_is_not_obeyed_again(story: Story, carol: Controller) -> None:
    story.grant(carol)
    old = [carol.input(move(each / 10)) for each in range(3)]
    story.did(story.machine.stop("person", now=story.now))
    assert refused(story, old[0]) == Reason.GRANT
    story.wait(ASK_AGAIN_S)
    story.grant(carol)
    assert refused(story, old[1]) == Reason.SIGNATURE, "the same key, but another grant"


@pytest.mark.parametrize("earlier", [0, 3], ids=["the first", "a later one"])
def test_an_input_that_was_kept_back_is_not_obeyed(story: Story, carol: Controller, earlier: int) -> None:
    story.grant(carol, seconds=3600)
    for _ in range(earlier):
        assert injected(story.input(carol.input(move())))
    story.wait(0.5)
    kept, kept_long = carol.input(key("Enter", down=True)), carol.input(key("Enter", down=True))
    story.wait(LATE_S + 0.1)
    assert refused(story, kept) == Reason.LATE
    story.wait(1800)
    assert refused(story, kept_long) == Reason.LATE
    assert injected(story.input(carol.input(move()))), "the next one is"


@pytest.mark.parametrize(("delay_s", "is_obeyed"), [(LATE_S - 0.1, True), (LATE_S + 0.1, False)])
def test_a_stream_that_is_delayed_evenly_is_late_too(
    story: Story, carol: Controller, *, delay_s: float, is_obeyed: bool
) -> None:
    story.grant(carol)
    story.wait(delay_s)
    carol.heard_at += delay_s  # what arrives now was made so long ago
    for _ in range(20):
        story.wait(1)
        assert bool(injected(story.input(carol.input(move())))) == is_obeyed


def test_a_grant_that_was_kept_back_takes_its_share_of_the_delay(story: Story, carol: Controller) -> None:
    effects = story.grant(carol)
    [granted] = [message for message in told(effects) if isinstance(message, Granted)]
    story.wait(LATE_S - 1)
    carol.take(granted)
    in_time, late = carol.input(move()), carol.input(move())
    story.wait(0.9)
    assert injected(story.input(in_time))
    story.wait(0.2)
    assert refused(story, late) == Reason.LATE


@pytest.mark.parametrize(("ahead_s", "is_obeyed"), [(AHEAD_S - 0.1, True), (AHEAD_S + 0.1, False), (3600, False)])
def test_a_clock_may_drift_and_no_more(story: Story, carol: Controller, *, ahead_s: float, is_obeyed: bool) -> None:
    story.grant(carol)
    story.wait(60)
    carol.heard_at -= ahead_s
    assert bool(injected(story.input(carol.input(move())))) == is_obeyed


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (move(1.01), Reason.PLACE),
        (move(1e300), Reason.PLACE),
        (key("KeyÄ", down=True), Reason.KEY),
        (text("\x1b"), Reason.MALFORMED),
        ({"type": "run"}, Reason.MALFORMED),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    story: Story, carol: Controller, event: dict[str, object], reason: Reason
) -> None:
    story.grant(carol)
    assert refused(story, carol.input(move(), event)) == reason


def test_a_flood_is_cut_off_and_counted(story: Story, carol: Controller) -> None:
    story.grant(carol)
    flood = [carol.input(move()) for _ in range(2000)]
    story.effects.clear()
    for data in flood * 5:
        story.now += 1e-4
        story.machine.injected(len(injected(story.input(data))))
    story.wait(TELL_EVERY_S)
    counts = [message.counts for message in told(story.effects) if isinstance(message, Dropped)]
    obeyed = len(injected(story.effects))
    assert obeyed <= BURST_INPUTS + MAX_INPUTS_PER_S * 1.01
    assert sum(sum(each.values()) for each in counts) == len(flood) * 5 - obeyed
    assert len(counts) <= 3, "told once a second"
    assert sum(each.get("rate", 0) for each in counts) > 9000


def test_as_many_inputs_as_a_controller_sends_are_obeyed_all_day(story: Story, carol: Controller) -> None:
    story.grant(carol)
    for _ in range(1000):
        story.now += 1 / 125
        assert injected(story.input(carol.input(move())))
        story.machine.injected(1)


def test_what_the_computer_cannot_keep_up_with_is_counted(story: Story, carol: Controller) -> None:
    story.grant(carol)
    for _ in range(MAX_WAITING // 64):
        assert injected(story.input(carol.input(text("x" * 64))))
    assert refused(story, carol.input(text("y"))) == Reason.BUSY
    story.machine.injected(64)
    assert injected(story.input(carol.input(text("y"))))


def test_what_the_system_refuses_is_told(story: Story, carol: Controller) -> None:
    story.grant(carol)
    assert told(story.machine.failed(Reason.SURFACE, now=story.now)) == [Dropped({"surface": 1})]


# --- the end ---


@pytest.mark.requirement(2)
@pytest.mark.parametrize("why", ["person", "hotkey", "closed"])
def test_after_stop_the_very_next_input_is_not_obeyed(story: Story, carol: Controller, why: str) -> None:
    story.grant(carol)
    story.input(carol.input(key("ShiftLeft", down=True)))
    effects = story.did(story.machine.stop(why, now=story.now))  # type: ignore[arg-type]
    assert isinstance(effects[0], Release), "before anything is told"
    assert told(effects) == [Ended(why)]  # type: ignore[arg-type]
    assert Show(None) in effects
    assert refused(story, carol.input(move())) == Reason.GRANT


def test_a_page_takes_control_back(story: Story, carol: Controller) -> None:
    story.grant(carol)
    assert told(story.did(story.machine.receive(Revoke(), now=story.now))) == [Ended("revoked")]
    assert refused(story, carol.input(move())) == Reason.GRANT


def test_who_asks_and_goes_ends_nobodys_control(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.ask(Controller("Dave"))
    effects = story.did(story.machine.receive(Withdraw(), now=story.now))
    assert told(effects) == [Refused("withdrawn"), Held(None)]
    assert injected(story.input(carol.input(move())))
    assert story.machine.receive(Withdraw(), now=story.now) == [], "there is nothing to take back any more"
    assert injected(story.input(carol.input(move())))


def test_a_page_takes_control_back_and_the_question_with_it(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.ask(Controller("Dave"))
    effects = story.did(story.machine.receive(Revoke(), now=story.now))
    assert told(effects) == [Refused("withdrawn"), Held(None), Ended("revoked")]
    assert CloseQuestion() in effects
    assert refused(story, carol.input(move())) == Reason.GRANT


def test_a_grant_ends_in_time(story: Story, carol: Controller) -> None:
    story.grant(carol, seconds=60)
    story.wait(59.9)
    assert injected(story.input(carol.input(move())))
    assert told(story.wait(0.2)) == [Ended("expired")]
    assert refused(story, carol.input(move())) == Reason.GRANT


def test_with_its_page_goes_everything_it_asked_for(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.ask(Controller("Dave"))
    effects = story.did(story.machine.disconnect(now=story.now))
    assert {Release(), CloseQuestion(), Show(None)} <= {each for each in effects if not isinstance(each, Note)}
    assert told(effects) == []
    assert story.machine.next_timer() is None
    assert not story.machine.has_grant


def test_who_stops_sharing_ends_control(story: Story, carol: Controller) -> None:
    story.grant(carol)
    assert told(story.machine.receive(NOTHING, now=story.now)) == [Ended("surface")]


def test_control_passes_to_somebody_else(story: Story, carol: Controller) -> None:
    dave = Controller("Dave")
    story.grant(carol)
    effects = story.grant(dave)
    assert told(effects) == [Held("asking"), Asking(), Ended("replaced"), Granted(f"{2:032x}", 7, *dave_has(dave))]
    assert refused(story, carol.input(move())) == Reason.SIGNATURE
    assert injected(story.input(dave.input(move())))


def dave_has(dave: Controller) -> tuple[tuple[Scope, ...], int]:
    assert dave.grant is not None
    return dave.grant.scope, dave.grant.seconds


def test_nobody_clicks_allow_for_a_friend(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.input(carol.input(button(down=True)))
    effects = story.ask(Controller("Dave"))
    assert Release() in effects
    assert refused(story, carol.input(button(down=True))) == Reason.HELD
    story.did(story.machine.answer(None, now=story.now))
    assert told(story.effects)[-1] == Held(None)
    assert injected(story.input(carol.input(move())))


# --- what is held down ---


@pytest.mark.parametrize("event", [key("ShiftLeft", down=True), button(down=True)])
def test_who_vanishes_lets_go(story: Story, carol: Controller, event: dict[str, object]) -> None:
    story.grant(carol)
    story.input(carol.input(event))
    assert Release() not in story.wait(DEAD_MAN_S - 0.01)
    assert Release() in story.wait(0.02)
    assert Release() not in story.wait(10), "once"


def test_who_says_that_they_are_there_may_hold_on(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.input(carol.input(button(down=True)))
    for _ in range(20):
        assert Release() not in story.wait(0.25)
        story.input(carol.input())
    story.input(carol.input(button(down=False)))
    assert story.wait(10) == [], "nothing is down"


def test_after_a_loss_nothing_stays_down(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.input(carol.input(key("ControlLeft", down=True)))
    lost = carol.input(key("ControlLeft", down=False))
    effects = story.input(carol.input(text("a")))
    assert [type(each) for each in effects] == [Release, Inject]
    assert refused(story, lost) == Reason.OLD


def test_the_hand_on_the_mouse_comes_first(story: Story, carol: Controller) -> None:
    story.grant(carol)
    effects = story.did(story.machine.moved_by_hand(now=story.now))
    assert told(effects) == [Held("mouse")]
    assert Release() in effects
    assert refused(story, carol.input(move())) == Reason.HELD
    story.wait(HAND_REST_S - TELL_EVERY_S - 0.5)
    assert told(story.did(story.machine.moved_by_hand(now=story.now))) == [], "told once"
    assert told(story.wait(HAND_REST_S - 0.01)) == []
    assert told(story.wait(0.02)) == [Held(None)]
    assert injected(story.input(carol.input(move())))


def test_a_hand_on_the_mouse_without_a_grant_is_nobodys_business(story: Story) -> None:
    assert story.machine.moved_by_hand(now=story.now) == []
    assert story.machine.next_timer() is None


def test_nothing_is_typed_into_the_meeting_itself(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.machine.receive(Focus(focused=True), now=story.now)
    assert refused(story, carol.input(text("a"))) == Reason.FOCUS
    assert refused(story, carol.input(key("Enter", down=True))) == Reason.FOCUS
    assert injected(story.input(carol.input(move()))), "that is how one gets out of it"
    story.machine.receive(Focus(focused=False), now=story.now)
    assert injected(story.input(carol.input(key("Enter", down=True)))) == [Key("Enter", down=True)]


# --- the clipboard, and the log ---


def test_text_is_put_into_the_clipboard_only_if_that_was_allowed(story: Story, carol: Controller) -> None:
    story.grant(carol, (Scope.MOUSE, Scope.PASTE), scope=EVERYTHING)
    assert injected(story.input(carol.input(clipboard("two\nlines")))) == [Clipboard("two\nlines")]
    assert story.machine.copied("secret") == []


def test_what_is_copied_is_told_only_if_that_was_allowed(story: Story, carol: Controller) -> None:
    assert story.machine.copied("before") == []
    story.grant(carol, scope=EVERYTHING)
    assert told(story.machine.copied("after")) == [Copied("after")]


def test_the_log_tells_times_and_counts_and_nothing_else(story: Story, carol: Controller) -> None:
    story.grant(carol)
    story.input(carol.input(text("hunter2")))
    story.input(carol.input(move(2)))
    story.did(story.machine.stop("person", now=story.now))
    notes = [each.text for each in story.effects if isinstance(each, Note)]
    assert notes == [
        "paired with a page",
        "was asked for control",
        "control began: mouse, keyboard; for 10 min at most",
        "control ended: person; inputs: 1 obeyed, 1 place",
    ]
