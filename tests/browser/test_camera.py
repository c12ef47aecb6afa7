"""Bob turns his camera on and Alice sees him: Chromium's fake camera films a picture whose colours are known."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Playwright, ViewportSize, expect

from tests.browser.capture import Wire, files_with, is_in_memory
from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import FLAGS, WIDE, Invite, find_chromium
from tests.browser.screens import Screen, Window
from tests.browser.server import Server, WaitFor
from tests.browser.test_canary import H264_START, is_in_a_page
from tests.browser.test_mallory import MalloryServer

WIDTH, HEIGHT = 640, 360
RED, BLUE = (81, 90, 240), (41, 240, 110)  # Y, Cb, Cr
"""What the camera films: red on its left, blue on its right."""
SEEN_BYTES = 20_000  # on the wire, of a camera that films a still picture
LARGE: ViewportSize = {"width": 1280, "height": 960}
NARROW: ViewportSize = {"width": 400, "height": 420}

# Counts, in the worker, what is encoded.
COUNT = """
(() => {
  const encode = VideoEncoder.prototype.encode;
  self.encoded = 0;
  VideoEncoder.prototype.encode = function (...args) {
    self.encoded += 1;
    return encode.apply(this, args);
  };
})()
"""


def write_film(path: Path) -> Path:
    """One picture, which Chromium films again and again (YUV4MPEG2)."""
    halves = [np.full((HEIGHT, WIDTH // 2), 0, dtype=np.uint8) for _ in range(2)]
    planes = []
    for index, scale in enumerate((1, 2, 2)):
        left, right = (half[::scale, ::scale] + colour[index] for half, colour in zip(halves, (RED, BLUE), strict=True))
        planes.append(np.hstack([left, right]).astype(np.uint8).tobytes())
    frame = b"FRAME\n" + b"".join(planes)
    path.write_bytes(b"YUV4MPEG2 W%d H%d F20:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT) + frame * 20)
    return path


@pytest.fixture(scope="module")
def filming_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera films the picture."""
    film = write_film(tmp_path_factory.mktemp("film") / "film.y4m")
    flags = [*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
    yield browser
    browser.close()


class Filmed:
    """People with a camera."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser, self.server = browser, server
        self.people: list[Person] = []
        self.contexts: list[BrowserContext] = []

    def invite(
        self, name: str, *, may_film: bool = True, on: Server | MalloryServer | None = None, **options: object
    ) -> Person:
        context = self.browser.new_context(viewport=WIDE, **options)  # type: ignore[arg-type]
        if may_film:
            context.grant_permissions(["camera"])
        self.contexts.append(context)
        self.people.append(Person(name, context.new_page(), on or self.server))
        return self.people[-1]


@pytest.fixture
def filmed(filming_browser: Browser, server: Server) -> Iterator[Filmed]:
    group = Filmed(filming_browser, server)
    yield group
    faults = [fault for person in group.people for fault in person.faults]
    for context in group.contexts:
        context.close()
    assert faults == []


def enter(person: Person, link: str) -> None:
    person.open(link)
    person.join()
    expect(person.page.get_by_role("status").first).to_contain_text("encrypted", timeout=PICTURE_TIMEOUT_MS)


@pytest.fixture
def alice_and_bob(filmed: Filmed, organizer_state: dict[str, object]) -> tuple[Person, Person]:
    """Both in the room, both cameras off."""
    alice, bob = filmed.invite("Alice", storage_state=organizer_state), filmed.invite("Bob")
    link = alice.meet_now()
    alice.start_meeting()
    enter(bob, link)
    return alice, bob


def camera_of(viewer: Person, name: str) -> Locator:
    return viewer.page.get_by_role("img", name=f"Camera of {name}")


def colours(picture: Locator) -> list[str]:
    """What is to be seen of the picture on the left and on the right."""
    pixels = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("RGB"), dtype=int)
    height, width, _ = pixels.shape
    return [colour_of(pixels[height // 3, int(width * at)]) for at in (0.25, 0.75)]


def colour_of(pixel: np.ndarray) -> str:
    red, green, blue = pixel
    if red > 180 and green < 80 and blue < 80:
        return "red"
    return "blue" if blue > 180 and red < 80 and green < 80 else str(tuple(pixel))


def sees(viewer: Person, name: str) -> None:
    picture = camera_of(viewer, name)
    expect(picture).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    WaitFor(lambda: colours(picture) == ["red", "blue"])()


def encoded(person: Person) -> int:
    return int(person.page.workers[0].evaluate("self.encoded"))


def test_people_see_each_other_and_themselves_as_in_a_mirror(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    bob.button("Turn camera on").click()
    sees(alice, "Bob")
    own = bob.page.get_by_label("Your own camera")
    WaitFor(lambda: colours(own) == ["blue", "red"])()
    alice.page.keyboard.press("v")
    sees(bob, "Alice")
    expect(alice.button("Turn camera off")).to_be_visible()


def test_a_camera_that_is_turned_off_sends_nothing_more(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    bob.page.workers[0].evaluate(COUNT)
    bob.button("Turn camera on").click()
    sees(alice, "Bob")
    bob.button("Turn camera off").click()
    expect(camera_of(alice, "Bob")).to_have_count(0)
    expect(bob.page.get_by_label("Your own camera")).to_have_count(0)
    before = encoded(bob)
    assert before > 0
    alice.say("I do not see you any more.")
    bob.show("Chat")
    expect(bob.page.get_by_text("I do not see you any more.")).to_be_visible()
    assert encoded(bob) == before
    bob.button("Turn camera on").click()
    sees(alice, "Bob")


def test_nothing_is_encoded_for_nobody(filmed: Filmed, organizer_state: dict[str, object]) -> None:
    alice = filmed.invite("Alice", storage_state=organizer_state)
    link = alice.meet_now()
    alice.start_meeting()
    alice.page.workers[0].evaluate(COUNT)
    alice.button("Turn camera on").click()
    expect(alice.page.get_by_label("Your own camera")).to_be_visible()
    assert encoded(alice) == 0
    bob = filmed.invite("Bob")
    enter(bob, link)
    sees(bob, "Alice")
    assert encoded(alice) > 0
    bob.button("Leave").click()
    expect(alice.page.get_by_text("You are the only one here")).to_be_visible()

    def has_stopped() -> bool:
        before = encoded(alice)
        alice.page.evaluate("new Promise((next) => document.querySelector('video').requestVideoFrameCallback(next))")
        return encoded(alice) == before

    WaitFor(has_stopped)()


def test_a_small_tile_is_sent_a_small_picture(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    bob.button("Turn camera on").click()
    sees(alice, "Bob")
    video = camera_of(alice, "Bob").locator("video")
    expect(video).to_have_js_property("videoWidth", 640)
    alice.page.set_viewport_size(NARROW)
    expect(video).to_have_js_property("videoWidth", 320, timeout=PICTURE_TIMEOUT_MS)
    sees(alice, "Bob")
    alice.page.set_viewport_size(WIDE)
    expect(video).to_have_js_property("videoWidth", 640, timeout=PICTURE_TIMEOUT_MS)


def test_who_is_removed_is_seen_no_more(filmed: Filmed, alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    carol = filmed.invite("Carol")
    enter(carol, alice.page.url)
    bob.button("Turn camera on").click()
    sees(alice, "Bob")
    sees(carol, "Bob")
    alice.show("Participants")
    row = alice.page.get_by_role("listitem").filter(has_text="Bob")
    row.get_by_role("button", name=re.compile("^Remove")).click()
    alice.page.get_by_role("dialog").get_by_role("button", name="Remove from meeting").click()
    for viewer in (alice, carol):
        expect(camera_of(viewer, "Bob")).to_have_count(0)
        expect(viewer.page.get_by_role("region", name="People").get_by_text("Bob")).to_have_count(0)
    expect(bob.page.get_by_text(re.compile("removed you"))).to_be_visible()


def test_the_servers_see_no_picture(
    tmp_path: Path, filmed: Filmed, organizer_state: dict[str, object], alice_and_bob: tuple[Person, Person]
) -> None:
    alice, bob = alice_and_bob
    server = alice.server
    wire = Wire.listen(tmp_path / "wire.pcap", ports=[server.instance.port, server.instance.live_port])
    try:
        bob.button("Turn camera on").click()
        sees(alice, "Bob")
        for process in server.processes():
            assert not is_in_memory(H264_START, process), process.cmdline()
        assert is_in_a_page(H264_START), "the search itself would have found no picture"
        WaitFor(lambda: wire.file.stat().st_size > SEEN_BYTES)()
    finally:
        packets = wire.stop()
    assert not [mark for mark in H264_START if mark in packets]
    assert files_with(H264_START, server.data) == []


def test_mallory_at_the_relay_shows_nobody_anything_else(tmp_path: Path, filmed: Filmed) -> None:
    mallory = MalloryServer(tmp_path)
    try:
        alice, bob, carol = (filmed.invite(name, on=mallory) for name in ("Alice", "Bob", "Carol"))
        alice.sign_up()
        link = alice.meet_now()
        alice.start_meeting()
        enter(bob, link)
        enter(carol, link)
        alice.page.set_viewport_size(LARGE)
        carol.page.set_viewport_size(NARROW)
        bob.button("Turn camera on").click()
        for viewer in (alice, carol):
            sees(viewer, "Bob")
        width = "(video) => video.videoWidth"
        assert camera_of(alice, "Bob").locator("video").evaluate(width) == WIDTH
        assert camera_of(carol, "Bob").locator("video").evaluate(width) == WIDTH // 2
    finally:
        counts = mallory.what_she_did()
    assert {"objects of camera", "objects of camera-low"} <= counts.keys(), counts


def test_a_screen_fills_the_display_and_stays_above_other_windows(
    alice: Person, invite: Invite, presenter_screen: Screen
) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob", presents=True)
    bob.open(link)
    bob.join()
    window = Window.show(presenter_screen, title="something", text="something")
    try:
        bob.share_screen()
        expect(alice.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
        full = alice.button("Full screen")
        full.click()
        expect(full).to_have_attribute("aria-pressed", "true")
        assert alice.page.evaluate("document.fullscreenElement.contains(document.querySelector('.picture-surface'))")
        full.click()
        expect(full).to_have_attribute("aria-pressed", "false")
        video = alice.picture_of("Bob").locator("video")
        WaitFor(lambda: video.evaluate("(video) => video.readyState > 0"))()
        alice.button("Picture in picture").click()
        WaitFor(lambda: video.evaluate("(video) => document.pictureInPictureElement === video"))()
        bob.button("Stop sharing").first.click()
        expect(alice.picture_of("Bob")).to_have_count(0)
        WaitFor(lambda: alice.page.evaluate("document.pictureInPictureElement === null"))()
    finally:
        window.close()


def test_without_permission_it_says_so_and_leads_on(filmed: Filmed, organizer_state: dict[str, object]) -> None:
    alice = filmed.invite("Alice", may_film=False, storage_state=organizer_state)
    alice.meet_now()
    alice.start_meeting()
    alice.button("Turn camera on").click()
    problem = alice.page.get_by_role("alert").filter(has_text="Allow it")
    expect(problem).to_be_visible()
    alice.page.context.grant_permissions(["camera"])
    alice.button("Turn camera on").click()
    expect(alice.page.get_by_label("Your own camera")).to_be_visible()
    expect(problem).to_have_count(0)


def test_without_a_camera_it_says_so(alice: Person) -> None:
    alice.page.context.grant_permissions(["camera"])
    alice.meet_now()
    alice.start_meeting()
    alice.button("Turn camera on").click()
    problem = alice.page.get_by_role("alert").filter(has_text="There is no camera")
    expect(problem).to_be_visible()
    problem.get_by_role("button", name="Dismiss").click()
    expect(problem).to_have_count(0)


def test_a_camera_that_is_unplugged_is_off(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    bob.button("Turn camera on").click()
    sees(alice, "Bob")
    bob.page.get_by_label("Your own camera").evaluate(
        "(video) => video.srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"
    )
    expect(bob.page.get_by_role("alert").filter(has_text="unplugged")).to_be_visible()
    expect(camera_of(alice, "Bob")).to_have_count(0)
    expect(bob.button("Turn camera on")).to_be_visible()
