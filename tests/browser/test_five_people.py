"""Five people on mixed browsers and networks come, reload, leave and return: who is there hears and sees the rest.

Four have Chromium, one of them behind a link that loses packets; one has Firefox, and so comes over a WebSocket.
"""

from __future__ import annotations

from playwright.sync_api import expect

from bench.shaper import CLEAR, Conditions, Shaper
from tests.browser.cast import Person
from tests.browser.conftest import Invite
from tests.browser.firefox import Firefox
from tests.browser.server import Server, WaitFor
from tests.browser.test_firefox import firefox  # noqa: F401  (a fixture)
from tests.browser.test_meeting import CARD_COLOURS, colours_in, sees_the_card, test_card  # noqa: F401  (a fixture)
from tests.browser.test_network import far_server, shaper  # noqa: F401  (fixtures)

LOSSY = Conditions(loss=0.03, delay_ms=40)
CONNECTED = "Connected, end-to-end encrypted"


class FirefoxPerson:
    """Carol, in the words of the others."""

    name = "Carol"

    def __init__(self, window: Firefox) -> None:
        self.window = window

    def come(self, link: str) -> None:
        self.window.open(link)
        self.window.fill("Your name", self.name)
        self.window.press("Join")
        self.window.see(CONNECTED)
        self.window.press("Chat")

    def sees_the_card(self, presenter: str) -> None:
        picture = self.window.picture_of(presenter)
        WaitFor(lambda: colours_in(self.window.picture(picture)) == set(CARD_COLOURS))()


Somebody = Person | FirefoxPerson


def come(person: Person, link: str) -> None:
    person.open(link)
    person.join()
    person.show("Chat")


def all_hear(author: Person, text: str, others: list[Somebody]) -> None:
    """What one writes now, everybody reads: nobody is stuck in another epoch."""
    author.say(text)
    for other in others:
        if isinstance(other, Person):
            other.show("Chat")
            expect(other.page.get_by_text(text)).to_be_visible()
        else:
            other.window.see(text)


def leave(person: Person) -> None:
    person.button("Leave").click()
    expect(person.button("Leave")).to_be_hidden()


def test_five_people_come_and_go_and_nobody_is_stuck(
    far_server: Server,  # noqa: F811
    shaper: Shaper,  # noqa: F811
    invite: Invite,
    firefox: Firefox,  # noqa: F811
    test_card: None,  # noqa: F811
) -> None:
    carol = FirefoxPerson(firefox)
    alice, dave, erin = (invite(name, on=far_server) for name in ("Alice", "Dave", "Erin"))
    bob = invite("Bob", presents=True, on=far_server)
    alice.sign_up()
    link = alice.meet_now()
    alice.start_meeting()
    come(bob, link)
    bob.share_screen()
    carol.come(link)
    shaper.next_flows = LOSSY
    come(dave, link)
    WaitFor(lambda: len(shaper.flows) == 3)()
    shaper.next_flows = CLEAR
    come(erin, link)

    for viewer in (alice, dave, erin):
        sees_the_card(viewer, "Bob")
    carol.sees_the_card("Bob")
    all_hear(dave, "five of us are here", [alice, bob, carol, erin])

    erin.page.reload()
    erin.join()
    sees_the_card(erin, "Bob")
    all_hear(erin, "back after a reload", [alice, bob, carol, dave])

    leave(erin)
    all_hear(bob, "four of us are left", [alice, carol, dave])

    leave(alice)
    all_hear(dave, "without the organizer", [bob, carol])
    come(alice, link)
    sees_the_card(alice, "Bob")
    all_hear(alice, "the organizer is back", [bob, carol, dave])

    carol.window.press("Leave")
    for person in (bob, alice, dave):
        leave(person)
    come(erin, link)
    come(dave, link)
    all_hear(erin, "somebody came back", [dave])
