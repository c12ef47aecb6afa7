"""What a viewer sees of a still screen, pixel by pixel, against the presenter's own screen."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageGrab
from playwright.sync_api import expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.screens import Screen, Window
from tests.browser.server import WaitFor

Pixels = NDArray[np.float64]
LUMA = np.array([0.299, 0.587, 0.114])
"""BT.601, as captures are."""
AS_CAPTURED_DB = 38.0
"""Of 42 dB that rounding to 4:2:0 leaves of this text; H.264 alone has 35."""
COLOURS_LOST_DB = 1.0
"""What codec and display may take of the colours, beyond what 4:2:0 has."""
LINE = "const picture = await unseal(frame); // red on blue, the hardest for a codec"
TEXT = ("\\033[31;44m" + LINE + "\\n") * 12 + ("\\033[30;47m" + LINE + "\\n") * 7


@pytest.fixture
def show_text(presenter_screen: Screen) -> Iterator[Callable[[], None]]:
    windows: list[Window] = []
    yield lambda: windows.append(Window.show(presenter_screen, title="text", text=TEXT))
    for window in windows:
        window.close()


def psnr_db(one: Pixels, other: Pixels) -> float:
    error = float(((one - other) ** 2).mean())
    return 10 * math.log10(255**2 / error) if error else math.inf


def in_420(rgb: Pixels) -> Pixels:
    """Return what is left of a picture whose colours have half its resolution."""
    luma = rgb @ LUMA
    colours = rgb - luma[..., None]
    height, width = luma.shape
    halves = colours.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
    return np.clip(luma[..., None] + halves.repeat(2, 0).repeat(2, 1), 0, 255)


def test_a_still_screen_is_as_sharp_as_it_was_captured(
    alice: Person,
    invite: Invite,
    presenter_screen: Screen,
    show_text: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    alice.page.set_viewport_size({"width": 1600, "height": 1100})
    bob = invite("Bob", presents=True)
    bob.page.set_viewport_size({"width": 400, "height": 300})  # beside the text
    bob.open(link)
    bob.join()
    bob.share_screen()
    picture = alice.picture_of("Bob")
    expect(picture).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    alice.button("100 %").click()
    show_text()

    def of_the_text(screen: Image.Image) -> Pixels:
        """The lower right corner, where the text is and the presenter's own window is not."""
        return np.asarray(screen.convert("RGB"), dtype=float)[400:740, 440:1220]

    def seen() -> tuple[Pixels, Pixels]:
        shown = Image.open(io.BytesIO(picture.screenshot()))
        return of_the_text(shown), of_the_text(ImageGrab.grab(xdisplay=presenter_screen.name))

    def luma_db() -> float:
        shown, real = seen()
        return psnr_db(shown @ LUMA, real @ LUMA)

    WaitFor(lambda: luma_db() > AS_CAPTURED_DB)()
    shown, real = seen()
    left_db, seen_db = psnr_db(in_420(real), real), psnr_db(shown, real)
    with capsys.disabled():
        sys.stdout.write(f"\nstill text: luma {luma_db():.1f} dB; colours {seen_db:.1f} of {left_db:.1f} dB\n")
    assert seen_db > left_db - COLOURS_LOST_DB
