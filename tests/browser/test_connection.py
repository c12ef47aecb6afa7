"""The test of the connection: before the meeting and in it, in the network and the browser that a person has."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.firefox import Firefox
from tests.browser.screens import Screen
from tests.browser.server import AlteredServer
from tests.browser.test_no_udp import no_udp_server  # noqa: F401  (a fixture)


def the_test(person: Person) -> Locator:
    """The dialog, once it has come to a result."""
    dialog = person.page.get_by_role("dialog", name="Connection")
    expect(dialog.get_by_role("listitem")).to_have_count(4, timeout=PICTURE_TIMEOUT_MS)
    return dialog


def test_bob_tests_his_connection_before_he_joins_and_in_the_room(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    bob = invite("Bob")
    bob.open(link)
    sockets: list[str] = []
    bob.page.on("websocket", lambda socket: sockets.append(socket.url))
    asked = len(bob.requests)
    bob.button("Test your connection").click()
    dialog = the_test(bob)
    expect(dialog.get_by_text("The direct way (UDP) is open")).to_be_visible()
    expect(dialog.get_by_text("This browser shows H.264, AV1, VP9 and VP8 and sends H.264")).to_be_visible()
    assert sockets == [bob.server.instance.live_url.replace("/room", "/test")]
    told = {(request.method, urlsplit(request.url).path.split("/")[1]) for request in bob.requests[asked:]}
    assert told <= {("GET", "static")}, "the site is told nothing"
    bob.page.keyboard.press("Escape")
    expect(bob.button("Test your connection")).to_be_focused()

    alice.start_meeting()
    alice.button("More").click()
    alice.button("Connection").click()
    expect(the_test(alice).get_by_text("The direct way (UDP) is open")).to_be_visible()


def test_where_udp_is_blocked_the_test_says_so_and_what_helps(
    no_udp_server: AlteredServer,  # noqa: F811
    invite: Invite,
) -> None:
    alice = invite("Alice", on=no_udp_server)
    alice.sign_up()
    alice.open(alice.meet_now())
    alice.button("Test your connection").click()
    dialog = the_test(alice)
    expect(dialog.get_by_text("Your network blocks UDP. The meeting uses a slower way")).to_be_visible()
    expect(dialog.get_by_role("status")).to_contain_text("Meetings work here.")


def test_where_the_server_cannot_be_reached_its_address_is_named(alice: Person) -> None:
    link = alice.meet_now()
    alice.open(link)
    live = alice.server.part("live")
    live.suspend()
    try:
        alice.button("Test your connection").click()
        address = f"localhost:{alice.server.instance.live_port}"
        expect(the_test(alice).get_by_text(f"does not answer at {address}.")).to_be_visible()
    finally:
        live.resume()


def test_carol_tests_her_connection_in_firefox(alice: Person, tmp_path: Path, presenter_screen: Screen) -> None:
    link = alice.meet_now()
    with Firefox.start(tmp_path / "profile", presenter_screen) as firefox:
        firefox.open(link)
        firefox.press("Test your connection")
        firefox.see("This browser has no direct way (UDP) to rely on.")
        firefox.see("This browser shows")
        assert firefox.faults == []
