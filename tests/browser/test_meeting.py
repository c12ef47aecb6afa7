"""The main job: two and three people look at one real screen and chat, and the servers see only ciphertext."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.screens import TEST_CARD, Screen, Window
from tests.browser.server import WaitFor

CARD_COLOURS = {"red": (205, 0, 0), "green": (0, 205, 0), "blue": (0, 0, 238), "yellow": (205, 205, 0)}
COLOUR_TOLERANCE = 14  # what a viewer sees as the same; a wrong matrix is 20 and more away
VISIBLE_SHARE = 0.01


@pytest.fixture
def test_card(presenter_screen: Screen) -> Iterator[None]:
    """A window with four coloured stripes on the presenter's real screen."""
    window = Window.show(presenter_screen, title="test card", text=TEST_CARD, geometry="80x20-0-0")
    yield
    window.close()


def colours_in(png: bytes) -> set[str]:
    """Which colours of the test card cover a visible part (at least 1 %) of a picture."""
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("RGB").resize((160, 100)), dtype=int)
    near = {
        name: (abs(picture - np.array(colour)).max(axis=2) < COLOUR_TOLERANCE).mean()
        for name, colour in CARD_COLOURS.items()
    }
    return {name for name, share in near.items() if share > VISIBLE_SHARE}


def sees_the_card(viewer: Person, presenter: str) -> None:
    picture = viewer.picture_of(presenter)
    expect(picture).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    WaitFor(lambda: colours_in(picture.screenshot()) == set(CARD_COLOURS))()


@pytest.mark.requirement(12)
@pytest.mark.requirement(1)
@pytest.mark.requirement(3)
def test_two_people_look_at_one_screen_and_chat(alice: Person, invite: Invite, test_card: None) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob", presents=True)
    bob.open(link)
    bob.join()

    bob.share_screen()
    sees_the_card(alice, "Bob")

    alice.say("I can see it.")
    bob.show("Chat")
    expect(bob.page.get_by_text("I can see it.")).to_be_visible()
    bob.say("Good, then let us begin.")
    expect(alice.page.get_by_text("Good, then let us begin.")).to_be_visible()

    bob.button("Stop sharing").first.click()
    expect(alice.picture_of("Bob")).to_have_count(0)


@pytest.mark.requirement(10)
def test_three_people_see_each_other_and_the_same_safety_words(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob, carol = invite("Bob"), invite("Carol")
    for person in (bob, carol):
        person.open(link)
        person.join()
    for person in (alice, bob, carol):
        person.show("Participants")
        for name in ("Alice", "Bob", "Carol"):
            expect(person.page.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    WaitFor(lambda: len({person.safety_words() for person in (alice, bob, carol)}) == 1)()


def test_who_is_late_sees_the_screen_at_once(alice: Person, invite: Invite, test_card: None) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob", presents=True)
    bob.open(link)
    bob.join()
    bob.share_screen()
    sees_the_card(alice, "Bob")
    dave = invite("Dave")
    dave.open(link)
    dave.join()
    sees_the_card(dave, "Bob")


@pytest.mark.requirement(13)
def test_the_chat_says_who_can_read_it(alice: Person) -> None:
    alice.meet_now()
    alice.start_meeting()
    alice.show("Chat")
    expect(
        alice.page.get_by_text(re.compile(r"organizer.*participants.*(read|see)|read by.*organizer", re.I))
    ).to_be_visible()


def test_the_words_of_the_link_never_leave_the_browser(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    words = link.split("#")[1]
    alice.start_meeting()
    carol = invite("Carol")
    carol.open(link)
    carol.join()
    alice.say("hello")
    carol.show("Chat")
    expect(carol.page.get_by_text("hello")).to_be_visible()
    first, second = words.split("-")[:2]
    for request in [*alice.requests, *carol.requests]:
        for part in (request.url.split("#")[0], request.post_data or "", str(request.headers)):
            assert not (first in part and second in part), request.url


def test_no_page_asks_another_origin(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    carol = invite("Carol")
    carol.open(link)
    carol.join()
    allowed = (alice.server.origin, f"https://localhost:{alice.server.instance.live_port}", "blob:", "data:", "about:")
    foreign = [r.url for r in [*alice.requests, *carol.requests] if not r.url.startswith(allowed)]
    assert foreign == []


def test_leave_and_end_for_all(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob, carol = invite("Bob"), invite("Carol")
    for person in (bob, carol):
        person.open(link)
        person.join()
    carol.button("Leave").click()
    alice.show("Participants")
    expect(alice.page.get_by_role("listitem").filter(has_text="Carol")).to_have_count(0)
    expect(alice.page.get_by_role("listitem").filter(has_text="Bob")).to_be_visible()
    alice.button("End meeting for all").first.click()
    alice.page.get_by_role("dialog").get_by_role("button", name=re.compile("End meeting")).click()
    expect(bob.page.get_by_text(re.compile("meeting (has|was) ended|ended the meeting", re.I)).first).to_be_visible()


def test_everything_can_be_reached_by_keyboard(alice: Person) -> None:
    alice.meet_now()
    alice.start_meeting()
    reached: set[str] = set()
    for _ in range(30):
        alice.page.keyboard.press("Tab")
        name = alice.page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        )
        reached.add(str(name).strip().split("\n")[0])
    for button in ("Share screen", "Chat", "Participants", "Security", "Leave"):
        assert any(name.startswith(button) for name in reached), (button, reached)
