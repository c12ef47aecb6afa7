"""Windows, macOS and Wayland: what would be handed to the system, by their documentation. X11 is tested for real."""

from __future__ import annotations

import ctypes
import io
import struct
from types import SimpleNamespace
from typing import Any

import pytest

from conclave.control import CODES, Button, Clipboard, Event, Key, Move, Reason, Text, Wheel
from conclave.helper.injection import InjectionError, Unavailable, macos, uinput, windows
from conclave.helper.injection.area import Area, find_area
from conclave.helper.injection.keys import KEYS
from conclave.helper.injection.notches import Notches
from conclave.helper.messages import Surface

WHOLE = Surface("monitor", "screen:7:0", 1000, 500)


def test_every_key_of_the_protocol_has_a_place() -> None:
    assert KEYS.keys() == CODES
    for what in ("evdev", "scan", "mac"):
        places = [getattr(each, what) for each in KEYS.values() if getattr(each, what) is not None]
        assert len(places) == len(set(places)), what


def test_a_monitor_is_found_by_id_then_alone_then_by_size() -> None:
    two = {3: Area(0, 0, 1000, 500), 4: Area(1000, 0, 800, 600)}
    assert find_area(two, named=4, width=1000, height=500) == two[4]
    assert find_area(two, named=None, width=1000, height=500) == two[3]
    assert find_area(two, named=9, width=1, height=1) is None
    assert find_area({3: two[3]}, named=9, width=1, height=1) == two[3]
    assert find_area({}, named=None, width=1, height=1) is None
    alike = {1: two[3], 2: Area(1000, 0, 1000, 500)}
    assert find_area(alike, named=None, width=1000, height=500) is None


@pytest.mark.parametrize(("x", "place"), [(0.0, 100), (0.5, 600), (0.9999, 1099), (1.0, 1099)])
def test_fractions_stay_within_the_surface(x: float, place: int) -> None:
    assert Area(100, 0, 1000, 500).place(x, 0)[0] == place


def test_notches_add_up_and_a_change_of_direction_begins_anew() -> None:
    notches = Notches()
    turned = [notches.turn(0, each)[1] for each in (60, 60, 100, -30, -90, -240, 119, 1)]
    assert turned == [0, 1, 0, 0, -1, -2, 0, 1]


# --- Windows ---


class User32:
    """Notes what it is sent. A screen of 1000 x 500."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.accepts = True
        self.stuck: set[int] = set()

    def SetProcessDpiAwarenessContext(self, _context: object) -> int:  # noqa: N802
        return 1

    def GetSystemMetrics(self, which: int) -> int:  # noqa: N802
        return {76: 0, 77: 0, 78: 1000, 79: 500}[which]

    def EnumDisplayMonitors(self, _dc: object, _clip: object, take: Any, _data: int) -> int:  # noqa: N802
        from ctypes import wintypes

        return int(take(1, 1, ctypes.pointer(wintypes.RECT(0, 0, 1000, 500)), 0))

    def GetCursorPos(self, _point: object) -> int:  # noqa: N802
        return 1

    def GetAsyncKeyState(self, virtual: int) -> int:  # noqa: N802
        return 0x8000 if virtual in self.stuck else 0

    def VkKeyScanW(self, unit: int) -> int:  # noqa: N802
        return {ord("z"): 0x5A, ord("?"): 0x1BF}.get(unit, 0xFFFF)

    def SendInput(self, count: int, array: Any, size: int) -> int:  # noqa: N802
        assert size == (40 if ctypes.sizeof(ctypes.c_void_p) == 8 else 28)
        for each in array:
            mouse, key = each.u.mi, each.u.ki
            if each.type == 0:
                self.sent.append((mouse.dwFlags, mouse.dx, mouse.dy, ctypes.c_int32(mouse.mouseData).value))
            else:
                self.sent.append((key.wVk, key.wScan, key.dwFlags))
        return count if self.accepts else 0


@pytest.fixture
def user32() -> User32:
    return User32()


@pytest.fixture
def on_windows(user32: User32) -> windows.WindowsInjector:
    made = windows.WindowsInjector(user32)
    assert made.locate(WHOLE)
    return made


MOVED_TO_MIDDLE = (0xC001, 32_800, 32_833, 0)


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        (Move(0.5, 0.5), [MOVED_TO_MIDDLE]),
        (Button(0.5, 0.5, "left", down=True), [MOVED_TO_MIDDLE, (2, 0, 0, 0)]),
        (Button(0.5, 0.5, "forward", down=True), [MOVED_TO_MIDDLE, (128, 0, 0, 2)]),
        (Button(0.5, 0.5, "left", down=False), []),
        (Wheel(0.5, 0.5, 0, 120), [MOVED_TO_MIDDLE, (0x800, 0, 0, -120)]),
        (Wheel(0.5, 0.5, -30, 0), [MOVED_TO_MIDDLE, (0x1000, 0, 0, -30)]),
        (Key("Enter", down=True), [(0, 0x1C, 8)]),
        (Key("ArrowLeft", down=True), [(0, 0x4B, 9)]),
        (Key("KeyW", down=True, key="z"), [(0x5A, 0, 0)]),
        (Key("KeyZ", down=True, key="я"), [(0, 0x2C, 8)]),
        (Text("é😀"), [(0, unit, 4 | up) for unit in (0xE9, 0xD83D, 0xDE00) for up in (0, 2)]),
    ],
)
def test_windows_is_sent(
    on_windows: windows.WindowsInjector, user32: User32, event: Event, sent: list[tuple[int, ...]]
) -> None:
    on_windows.inject(event)
    assert user32.sent == sent


def test_windows_lets_go_of_what_is_down(on_windows: windows.WindowsInjector, user32: User32) -> None:
    on_windows.inject(Key("ShiftLeft", down=True))
    on_windows.inject(Button(0.5, 0.5, "right", down=True))
    user32.sent.clear()
    on_windows.release()
    assert user32.sent == [(0, 0x2A, 10), (16, 0, 0, 0)]
    user32.sent.clear()
    on_windows.release()
    assert user32.sent == []


def test_windows_types_without_the_modifiers_that_are_held(on_windows: windows.WindowsInjector, user32: User32) -> None:
    on_windows.inject(Key("ControlLeft", down=True))
    user32.sent.clear()
    on_windows.inject(Text("a"))
    assert user32.sent == [(0, 0x1D, 10), (0, 0x61, 4), (0, 0x61, 6), (0, 0x1D, 8)]


def test_windows_sweeps_modifiers(on_windows: windows.WindowsInjector, user32: User32) -> None:
    user32.stuck = {0xA0}
    on_windows.sweep()
    assert user32.sent == [(0, 0x2A, 10)]


def test_what_windows_does_not_take_is_told(on_windows: windows.WindowsInjector, user32: User32) -> None:
    user32.accepts = False
    with pytest.raises(InjectionError) as refused:
        on_windows.inject(Text("a"))
    assert refused.value.reason == Reason.BUSY


# --- macOS ---


class Graphics:
    """Notes what is posted. One display, 7, of 1000 x 500."""

    def __init__(self, *, trusted: bool = True) -> None:
        self.trusted = trusted
        self.posted: list[dict[str, Any]] = []
        self.down: set[int] = set()

    def AXIsProcessTrusted(self) -> bool:  # noqa: N802
        return self.trusted

    def CGGetActiveDisplayList(self, _most: int, ids: Any, count: Any) -> int:  # noqa: N802
        ids[0], count._obj.value = 7, 1
        return 0

    def CGDisplayBounds(self, _display: int) -> macos.Rectangle:  # noqa: N802
        return macos.Rectangle(0, 0, 1000, 500)

    def CGEventCreateMouseEvent(self, _s: None, kind: int, at: macos.Point, button: int) -> dict[str, Any]:  # noqa: N802
        return {"mouse": kind, "at": (at.x, at.y), "button": button}

    def CGEventCreateKeyboardEvent(self, _s: None, key: int, down: bool) -> dict[str, Any]:  # noqa: N802, FBT001
        return {"key": key, "down": down}

    def CGEventCreateScrollWheelEvent2(self, _s: None, unit: int, _n: int, y: int, x: int, _z: int) -> dict[str, Any]:  # noqa: N802
        return {"unit": unit, "y": y, "x": x}

    def CGEventSetFlags(self, made: dict[str, Any], flags: int) -> None:  # noqa: N802
        made["flags"] = flags

    def CGEventSetIntegerValueField(self, made: dict[str, Any], _field: int, value: int) -> None:  # noqa: N802
        made["clicks"] = value

    def CGEventKeyboardSetUnicodeString(self, made: dict[str, Any], length: int, units: Any) -> None:  # noqa: N802
        made["text"] = struct.pack(f"<{length}H", *units).decode("utf-16-le")

    def CGEventSourceKeyState(self, _state: int, key: int) -> bool:  # noqa: N802
        return key in self.down

    def CGEventPost(self, _tap: int, made: dict[str, Any]) -> None:  # noqa: N802
        self.posted.append(made)

    def CGEventCreate(self, _source: None) -> dict[str, Any]:  # noqa: N802
        return {}

    def CGEventGetLocation(self, _made: object) -> macos.Point:  # noqa: N802
        return macos.Point(0, 0)

    def CFRelease(self, _made: object) -> None:  # noqa: N802
        pass


@pytest.fixture
def graphics() -> Graphics:
    return Graphics()


@pytest.fixture
def on_mac(graphics: Graphics) -> macos.MacInjector:
    made = macos.MacInjector(graphics)
    assert made.locate(WHOLE)
    return made


MIDDLE = (500.0, 250.0)


@pytest.mark.parametrize(
    ("event", "posted"),
    [
        (Move(0.5, 0.5), [{"mouse": 5, "at": MIDDLE, "button": 0}]),
        (Button(0.5, 0.5, "left", down=True), [{"mouse": 1, "at": MIDDLE, "button": 0, "clicks": 1}]),
        (Button(0.5, 0.5, "back", down=True), [{"mouse": 25, "at": MIDDLE, "button": 3, "clicks": 1}]),
        (Button(0.5, 0.5, "left", down=False), []),
        (Wheel(0.5, 0.5, 0, 60), [{"mouse": 5, "at": MIDDLE, "button": 0}, {"unit": 0, "y": -20, "x": 0}]),
        (Key("Enter", down=True), [{"key": 0x24, "down": True, "flags": 0}]),
        (Key("ShiftLeft", down=True), [{"key": 0x38, "down": True, "flags": 0x20000}]),
        (Key("Enter", down=False), []),
        (Text("é😀"), [{"key": 0, "down": down, "flags": 0, "text": "é😀"} for down in (True, False)]),
    ],
)
def test_macos_is_sent(
    on_mac: macos.MacInjector, graphics: Graphics, event: Event, posted: list[dict[str, Any]]
) -> None:
    on_mac.inject(event)
    assert graphics.posted == posted


def test_a_drag_on_macos_is_dragged(on_mac: macos.MacInjector, graphics: Graphics) -> None:
    on_mac.inject(Button(0, 0, "left", down=True))
    on_mac.inject(Move(0.5, 0.5))
    on_mac.inject(Button(0.5, 0.5, "left", down=False))
    assert [each["mouse"] for each in graphics.posted] == [1, 6, 2]


def test_macos_lets_go_of_what_is_down(on_mac: macos.MacInjector, graphics: Graphics) -> None:
    on_mac.inject(Key("ControlLeft", down=True))
    on_mac.inject(Button(0.5, 0.5, "right", down=True))
    graphics.posted.clear()
    on_mac.release()
    assert graphics.posted == [
        {"key": 0x3B, "down": False, "flags": 0},
        {"mouse": 4, "at": MIDDLE, "button": 1},
    ]


def test_macos_sweeps_modifiers(on_mac: macos.MacInjector, graphics: Graphics) -> None:
    graphics.down = {0x38}
    on_mac.sweep()
    assert graphics.posted == [{"key": 0x38, "down": False, "flags": 0}]


def test_macos_asks_for_leave() -> None:
    with pytest.raises(Unavailable, match="Accessibility"):
        macos.MacInjector(Graphics(trusted=False))


# --- Wayland ---


class Device(io.BytesIO):
    """Notes what is written."""

    def fileno(self) -> int:
        return 3

    def take(self) -> list[tuple[int, int, int]]:
        events = [struct.unpack_from("llHHi", self.getvalue(), at)[2:] for at in range(0, self.tell(), 24)]
        self.seek(0)
        self.truncate()
        return [each for each in events if each != (0, 0, 0)]


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def on_wayland(device: Device, monkeypatch: pytest.MonkeyPatch) -> uinput.UinputInjector:
    monkeypatch.setattr(uinput, "SETTLE_S", 0)
    monkeypatch.setattr(uinput, "_connected_monitors", lambda: 1)
    calls: list[tuple[int, int]] = []
    made = uinput.UinputInjector(device, setup=lambda _device, request, value: calls.append((request, len(str(value)))))
    assert calls[-1][0] == 0x5501, "created at the end"
    assert made.locate(WHOLE)
    return made


AT_MIDDLE = [(3, 0, 32768), (3, 1, 32768)]


@pytest.mark.parametrize(
    ("event", "written"),
    [
        (Move(0.5, 0.5), AT_MIDDLE),
        (Button(0.5, 0.5, "left", down=True), [*AT_MIDDLE, (1, 0x110, 1)]),
        (Wheel(0.5, 0.5, 0, 120), [*AT_MIDDLE, (2, 11, -120), (2, 8, -1)]),
        (Key("Enter", down=True), [(1, 28, 1)]),
        (Key("KeyW", down=True, key="z"), [(1, 44, 1)]),
        (Key("Enter", down=False), []),
        (Text("aA"), [(1, 30, 1), (1, 30, 0), (1, 42, 1), (1, 30, 1), (1, 30, 0), (1, 42, 0)]),
    ],
)
def test_uinput_is_written(
    on_wayland: uinput.UinputInjector, device: Device, event: Event, written: list[tuple[int, int, int]]
) -> None:
    on_wayland.inject(event)
    assert device.take() == written


def test_uinput_refuses_what_no_us_keyboard_types(on_wayland: uinput.UinputInjector, device: Device) -> None:
    with pytest.raises(InjectionError):
        on_wayland.inject(Text("a你"))
    assert device.take() == []


def test_uinput_lets_go_of_what_is_down(on_wayland: uinput.UinputInjector, device: Device) -> None:
    on_wayland.inject(Key("ShiftLeft", down=True))
    device.take()
    on_wayland.release()
    assert device.take() == [(1, 42, 0)]


def test_with_several_monitors_uinput_finds_none(
    on_wayland: uinput.UinputInjector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uinput, "_connected_monitors", lambda: 2)
    assert not on_wayland.locate(WHOLE)
    with pytest.raises(InjectionError):
        on_wayland.inject(Move(0, 0))


@pytest.mark.parametrize("system", ["on_windows", "on_mac", "on_wayland"])
def test_what_is_not_offered_is_refused(system: str, request: pytest.FixtureRequest) -> None:
    injector = request.getfixturevalue(system)
    assert "paste" not in injector.scope
    with pytest.raises(InjectionError):
        injector.inject(Clipboard("x"))
    assert injector.read_copied() is None
    assert not injector.locate(SimpleNamespace(kind="window", label="window:1:0", width=1, height=1))
