"""X11 for real: what is injected arrives, exactly, and nothing stays down."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from Xlib import XK, X
from Xlib.display import Display
from Xlib.protocol import rq

from conclave.control import Button, Clipboard, Key, Move, Reason, Text, Wheel
from conclave.helper.injection import InjectionError, Unavailable
from conclave.helper.injection.x11 import X11Injector
from conclave.helper.messages import Surface
from tests.browser.screens import Screen
from tests.helper.conftest import WHOLE, Witness, eventually

TYPED = "Hello, World! é 你 € ß 😀 ÄÖÜ {[|\\~`^@#]} 私はカタカナを書きます ЖЩЙ שלום"


class Terminal:
    """A real program: xterm, and what was typed into it."""

    def __init__(self, screen: Screen, path: Path) -> None:
        self.path = path
        path.touch()
        command = ["xterm", "-display", screen.name, "-geometry", "100x20+0+0", "-u8", "-e", "sh", "-c"]
        script = f"stty -echo -icanon -isig; exec cat > {path}"
        self.process = subprocess.Popen(
            [*command, script], env={**os.environ, "LC_ALL": "C.UTF-8"}, stderr=subprocess.DEVNULL
        )

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8", errors="replace")

    def wait_until_it_listens(self, injector: X11Injector) -> None:
        injector.inject(Move(0.1, 0.1))

        def types() -> bool:
            injector.inject(Text("."))
            return self.text != ""

        eventually(types)  # some dots, then; tests look past them

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def terminal(screen: Screen, injector: X11Injector, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(screen, tmp_path / "typed")
    opened.wait_until_it_listens(injector)
    yield opened
    opened.close()


# --- text ---


@pytest.mark.requirement(11)
def test_text_arrives_as_it_was_typed(injector: X11Injector, terminal: Terminal) -> None:
    for at in range(0, len(TYPED), 8):
        injector.inject(Text(TYPED[at : at + 8]))
    eventually(lambda: terminal.text.endswith(TYPED[-1]))
    assert terminal.text.lstrip(".") == TYPED


def test_many_strange_characters_come_with_few_keys(injector: X11Injector, terminal: Terminal) -> None:
    strange = "".join(chr(0x4E00 + 7 * number) for number in range(120))
    for at in range(0, len(strange), 8):
        injector.inject(Text(strange[at : at + 8]))
    eventually(lambda: terminal.text.endswith(strange[-1]))
    assert terminal.text.lstrip(".") == strange


@pytest.mark.parametrize("code", ["ShiftLeft", "ControlLeft", "AltRight", "MetaLeft"])
def test_text_stays_the_same_whatever_is_held(injector: X11Injector, terminal: Terminal, code: str) -> None:
    injector.inject(Key(code, down=True))
    injector.inject(Text("aB1!é."))
    injector.inject(Key(code, down=False))
    eventually(lambda: terminal.text.endswith("é."))
    assert terminal.text.lstrip(".") == "aB1!é."


def test_caps_lock_is_no_matter(injector: X11Injector, terminal: Terminal) -> None:
    injector.inject(Key("CapsLock", down=True))
    injector.inject(Key("CapsLock", down=False))
    try:
        injector.inject(Text("aBéÉ."))
        eventually(lambda: terminal.text.endswith("É."))
        assert terminal.text.lstrip(".") == "aBéÉ."
    finally:
        injector.inject(Key("CapsLock", down=True))
        injector.inject(Key("CapsLock", down=False))


def test_a_change_of_layout_is_followed(screen: Screen, injector: X11Injector, terminal: Terminal) -> None:
    display = Display(screen.name)
    keycode = display.keysym_to_keycode(XK.XK_q)
    before = display.get_keyboard_mapping(keycode, 1)
    display.change_keyboard_mapping(keycode, [(XK.XK_a, XK.XK_A)])
    display.sync()
    try:
        injector.inject(Text("quay."))
        eventually(lambda: terminal.text.endswith("y."))
        assert terminal.text.lstrip(".") == "quay."
    finally:
        display.change_keyboard_mapping(keycode, [tuple(row) for row in before])
        display.sync()
        display.close()


def test_borrowed_keys_are_given_back(screen: Screen, injector: X11Injector, witness: Witness) -> None:
    injector.inject(Text("你"))
    witness.drain()
    assert witness.display.keysym_to_keycode(0x01004F60)
    witness.drain()
    injector.close()
    injector.__init__(screen.name)  # type: ignore[misc]  # the fixture closes it once more
    witness.drain()
    assert not witness.display.keysym_to_keycode(0x01004F60)


def test_what_a_killed_helper_borrowed_is_given_back_by_the_next(screen: Screen, witness: Witness) -> None:
    script = (
        "import os\n"
        "from conclave.control import Key, Button, Text\n"
        "from conclave.helper.injection.x11 import X11Injector\n"
        "from conclave.helper.messages import Surface\n"
        f"i = X11Injector({screen.name!r})\n"
        "i.locate(Surface('monitor', '', 1280, 800))\n"
        "i.inject(Text('龍'))\n"
        "i.inject(Key('ShiftLeft', down=True))\n"
        "i.inject(Button(0.5, 0.5, 'left', down=True))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run(["python", "-c", script], check=False).returncode == -9
    witness.drain()
    assert witness.display.keysym_to_keycode(0x01009F8D)
    assert pressed(witness) == (True, True)
    after = X11Injector(screen.name)
    after.sweep()
    witness.drain()
    assert not witness.display.keysym_to_keycode(0x01009F8D)
    assert pressed(witness) == (False, False)
    after.close()


def pressed(witness: Witness) -> tuple[bool, bool]:
    """Whether any key and whether any button is down."""
    mask = witness.display.screen().root.query_pointer().mask
    return any(witness.display.query_keymap()), bool(mask & X.Button1Mask)


# --- keys ---


@pytest.mark.parametrize(
    ("code", "keysym"),
    [
        ("Enter", XK.XK_Return),
        ("Backspace", XK.XK_BackSpace),
        ("Tab", XK.XK_Tab),
        ("Delete", XK.XK_Delete),
        ("Home", XK.XK_Home),
        ("End", XK.XK_End),
        ("PageUp", XK.XK_Page_Up),
        ("PageDown", XK.XK_Page_Down),
        ("ArrowLeft", XK.XK_Left),
        ("ArrowUp", XK.XK_Up),
        ("Escape", XK.XK_Escape),
        ("F1", XK.XK_F1),
        ("F12", XK.XK_F12),
        ("Insert", XK.XK_Insert),
        ("ContextMenu", XK.XK_Menu),
        ("MetaLeft", XK.XK_Super_L),
        ("NumpadEnter", XK.XK_KP_Enter),
    ],
)
def test_a_key_goes_down_and_up(injector: X11Injector, witness: Witness, code: str, keysym: int) -> None:
    injector.inject(Key(code, down=True))
    assert witness.keys() == [f"+{keysym:x}"]
    injector.inject(Key(code, down=True))
    assert witness.keys() == [], "repeating is the server's"
    injector.inject(Key(code, down=False))
    injector.inject(Key(code, down=False))
    assert witness.keys() == [f"-{keysym:x}"]


def test_a_shortcut_goes_by_what_the_key_means(injector: X11Injector, witness: Witness) -> None:
    """Carol's keyboard is French: where she presses Z, bob has W."""
    injector.inject(Key("ControlLeft", down=True))
    injector.inject(Key("KeyW", down=True, key="z"))
    injector.inject(Key("KeyW", down=False, key="z"))
    injector.inject(Key("ControlLeft", down=False))
    control, z = f"{XK.XK_Control_L:x}", f"{XK.XK_z:x}"
    assert witness.keys() == [f"+{control}", f"+{z}", f"-{z}", f"-{control}"]


def test_a_key_without_its_like_here_goes_by_its_place(injector: X11Injector, witness: Witness) -> None:
    injector.inject(Key("KeyZ", down=True, key="я"))
    injector.inject(Key("KeyZ", down=False, key="я"))
    assert witness.keys() == [f"+{XK.XK_z:x}", f"-{XK.XK_z:x}"]


def test_everything_is_let_go_of(injector: X11Injector, witness: Witness) -> None:
    injector.inject(Key("ShiftLeft", down=True))
    injector.inject(Key("KeyA", down=True, key="A"))
    injector.inject(Button(0.5, 0.5, "left", down=True))
    assert pressed(witness) == (True, True)
    injector.release()
    witness.drain()
    assert pressed(witness) == (False, False)


# --- the mouse ---


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [
        (0, 0, (0, 0)),
        (1, 1, (1279, 799)),
        (0.5, 0.5, (640, 400)),
        (0.3333, 0.6667, (426, 533)),
        (0.99999, 0, (1279, 0)),
    ],
)
def test_fractions_are_places_of_the_screen(
    injector: X11Injector, witness: Witness, x: float, y: float, place: tuple[int, int]
) -> None:
    injector.inject(Move(x, y))
    found = witness.display.screen().root.query_pointer()
    assert (found.root_x, found.root_y) == place


def test_a_drag_is_down_motion_up(injector: X11Injector, witness: Witness) -> None:
    injector.inject(Move(0.05, 0.05))
    witness.drain()
    injector.inject(Button(0.1, 0.1, "left", down=True))
    for step in range(2, 6):
        injector.inject(Move(step / 10, 0.1))
    injector.inject(Button(0.5, 0.2, "left", down=False))
    events = [event for event in witness.drain() if event.type != X.MotionNotify or event.state & X.Button1Mask]
    kinds = [event.type for event in events]
    assert kinds[0] == X.ButtonPress
    assert kinds[-1] == X.ButtonRelease
    assert len(kinds) == 7
    assert (events[0].root_x, events[-1].root_x, events[-1].root_y) == (128, 640, 160)


@pytest.mark.parametrize(("name", "number"), [("left", 1), ("middle", 2), ("right", 3), ("back", 8), ("forward", 9)])
def test_every_button_is_itself(injector: X11Injector, witness: Witness, name: str, number: int) -> None:
    for down in (True, False):
        injector.inject(Button(0.5, 0.5, name, down=down))  # type: ignore[arg-type]
    details = [event.detail for event in witness.drain() if event.type in (X.ButtonPress, X.ButtonRelease)]
    assert details == [number, number]


def test_a_button_that_is_not_down_does_not_go_up(injector: X11Injector, witness: Witness) -> None:
    injector.inject(Button(0.5, 0.5, "left", down=False))
    assert [event for event in witness.drain() if event.type == X.ButtonRelease] == []


def test_the_wheel_turns_in_whole_notches(injector: X11Injector, witness: Witness) -> None:
    turned = []
    for dx, dy in [(0, 60), (0, 60), (0, -30), (0, -90), (240, 0), (-120, 0)]:
        injector.inject(Wheel(0.5, 0.5, dx, dy))
        injector.was_moved_by_hand()  # waits for the server
        turned.append([event.detail for event in witness.drain() if event.type == X.ButtonPress])
    assert turned == [[], [5], [], [4], [7, 7], [6]]


# --- surfaces ---


class SetMonitor(rq.Request):
    """RandR 1.5, which python-xlib writes wrongly."""

    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(43),
        rq.RequestLength(),
        rq.Window("window"),
        rq.Card32("name"),
        rq.Card8("primary"),
        rq.Card8("automatic"),
        rq.LengthOf("crtcs", 2),
        rq.Int16("x"),
        rq.Int16("y"),
        rq.Card16("width"),
        rq.Card16("height"),
        rq.Card32("width_mm"),
        rq.Card32("height_mm"),
        rq.List("crtcs", rq.Card32Obj),
    )

    def __init__(self, display: Display, window: Any, **says: Any) -> None:
        rest = {"primary": 0, "automatic": 0, "y": 0, "height": 800, "width_mm": 100, "height_mm": 100}
        opcode = display.display.get_extension_major("RANDR")
        super().__init__(display=display.display, opcode=opcode, window=window, **rest, **says)


def test_of_several_monitors_the_shared_one_is_found(screen: Screen, injector: X11Injector, witness: Witness) -> None:
    root = witness.display.screen().root
    [whole] = root.xrandr_get_monitors().monitors
    names = [witness.display.intern_atom(name) for name in ("LEFT", "RIGHT")]
    for name, x, width in ((names[0], 0, 500), (names[1], 500, 780)):
        SetMonitor(witness.display, root, name=name, x=x, width=width, crtcs=whole.crtcs if x == 0 else [])
    witness.display.sync()
    try:
        assert injector.locate(Surface("monitor", f"screen:{names[1]}:0", 0, 0)), "by its id"
        injector.inject(Move(0, 0))
        assert witness.display.screen().root.query_pointer().root_x == 500
        assert injector.locate(Surface("monitor", "", 500, 800)), "by its size"
        injector.inject(Move(1, 0))
        assert witness.display.screen().root.query_pointer().root_x == 499
        assert not injector.locate(Surface("monitor", "", 1920, 1080)), "none is like that"
    finally:
        for name in names:
            root.xrandr_delete_monitor(name)
        witness.display.sync()


def test_a_window_is_followed_and_what_covers_it_is_left_alone(screen: Screen, injector: X11Injector) -> None:
    display = Display(screen.name)
    root = display.screen().root
    shared = root.create_window(100, 50, 400, 200, 0, X.CopyFromParent, override_redirect=True)
    shared.map()
    display.sync()
    try:
        assert injector.locate(Surface("window", f"window:{shared.id}:0", 400, 200))
        injector.inject(Move(0.5, 0.5))
        assert (root.query_pointer().root_x, root.query_pointer().root_y) == (300, 150)
        shared.configure(x=600)
        display.sync()
        injector.inject(Move(0, 0))
        assert (root.query_pointer().root_x, root.query_pointer().root_y) == (600, 50)
        cover = root.create_window(700, 0, 600, 400, 0, X.CopyFromParent, override_redirect=True)
        cover.map()
        display.sync()
        with pytest.raises(InjectionError) as refused:
            injector.inject(Button(0.9, 0.9, "left", down=True))
        assert refused.value.reason == Reason.SURFACE
        shared.destroy()
        display.sync()
        with pytest.raises(InjectionError):
            injector.inject(Move(0, 0))
        cover.destroy()
    finally:
        display.close()


@pytest.mark.parametrize("label", ["window:99999999:0", "no such title", ""])
def test_a_window_that_is_not_there_is_not_found(injector: X11Injector, label: str) -> None:
    assert not injector.locate(Surface("window", label, 100, 100))
    with pytest.raises(InjectionError):
        injector.inject(Move(0, 0))


def test_a_hand_on_the_mouse_is_told_from_ours(screen: Screen, injector: X11Injector) -> None:
    injector.was_moved_by_hand()
    injector.inject(Move(0.2, 0.2))
    assert not injector.was_moved_by_hand()
    display = Display(screen.name)
    display.screen().root.warp_pointer(900, 300)
    display.sync()
    display.close()
    assert injector.was_moved_by_hand()
    assert not injector.was_moved_by_hand()


# --- clipboard, hotkey ---


def test_text_goes_into_the_clipboard_and_comes_out(screen: Screen, injector: X11Injector) -> None:
    other = X11Injector(screen.name)
    try:
        injector.inject(Clipboard("zwei\nZeilen 你 😀"))
        eventually(lambda: (text := other.read_copied()) is not None and text == "zwei\nZeilen 你 😀")
        assert injector.read_copied() is None, "what we put there ourselves was not copied"
        other.inject(Clipboard("back"))
        eventually(lambda: injector.read_copied() == "back")
    finally:
        other.close()


def test_the_hotkey_is_heard_with_num_lock_too(injector: X11Injector) -> None:
    pressed_times: list[int] = []
    assert injector.watch_hotkey(lambda: pressed_times.append(1))
    for code in ("ControlLeft", "AltLeft", "End"):
        injector.inject(Key(code, down=True))
    injector.release()
    eventually(lambda: pressed_times == [1])


def test_a_hotkey_that_another_helper_has_is_not_ours(screen: Screen, injector: X11Injector) -> None:
    assert injector.watch_hotkey(lambda: None)
    other = X11Injector(screen.name)
    assert not other.watch_hotkey(lambda: None)
    other.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # python-xlib forgets its socket
def test_without_a_display_it_says_so() -> None:
    with pytest.raises(Unavailable):
        X11Injector(":99")


def test_a_lost_surface_is_no_place(injector: X11Injector) -> None:
    assert not injector.locate(Surface(None, "", 0, 0))
    with pytest.raises(InjectionError):
        injector.inject(Button(0.5, 0.5, "left", down=True))
    assert injector.locate(WHOLE)
