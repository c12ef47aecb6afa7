"""New words from inside: who is there stays, and who holds the old ones stays outside."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite
from tests.browser.test_lobby import is_inside, row

TOLD = "The meeting has new words"


def words_in(person: Person) -> str:
    return str(person.page.evaluate("location.hash")).removeprefix("#")


def test_after_a_removal_one_click_keeps_the_old_link_out(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob, mallory = invite("Bob"), invite("Mallory")
    for person in (bob, mallory):
        person.open(link)
        person.join()
    expect(row(alice, "Bob")).to_contain_text("Verified")
    bob.say("before the new words")

    row(alice, "Mallory").get_by_role("button", name="Remove").click()
    alice.page.get_by_role("button", name="Remove from meeting").click()
    note = alice.page.get_by_role("status").filter(has_text="Mallory still has the link")
    note.get_by_role("button", name="Replace the words").click()
    alice.page.get_by_role("dialog").get_by_role("button", name="Replace the words").click()

    old = link.split("#")[1]
    for person in (alice, bob):
        expect(person.page.get_by_text(TOLD).first).to_be_visible()
        is_inside(person)
        assert words_in(person) != old
    assert words_in(alice) == words_in(bob)
    expect(row(alice, "Bob")).to_contain_text("Verified")
    expect(row(bob, "Alice")).to_contain_text("Verified")
    assert alice.safety_words() == bob.safety_words()
    bob.say("after the new words")
    alice.show("Chat")
    for said in ("before the new words", "after the new words"):
        expect(alice.page.get_by_text(said, exact=True)).to_be_visible()

    # Mallory comes again as somebody else, with the link that she has.
    again = invite("Eve")
    again.open(link)
    expect(again.page.get_by_text("The words in your link do not fit this meeting")).to_be_visible()
    new = f"{link.split('#')[0]}#{words_in(alice)}"
    carol = invite("Carol")
    carol.open(new)
    carol.join()
    is_inside(carol)
    expect(row(carol, "Bob")).to_contain_text("Verified")
    for person in (alice, bob, carol):
        everything = "".join(request.url + (request.post_data or "") for request in person.requests)
        for words in (old, words_in(alice)):
            assert words not in everything
            assert not re.search(words.replace("-", "[^a-z]+"), everything)


def test_the_security_panel_replaces_them_and_the_meetings_page_knows(alice: Person) -> None:
    link = alice.meet_now()
    page = alice.page.url
    alice.start_meeting()
    alice.show("Security")
    panel = alice.page.get_by_role("region", name="Security")
    panel.get_by_role("button", name="Replace the words").click()
    alice.page.get_by_role("dialog").get_by_role("button", name="Replace the words").click()
    expect(alice.page.get_by_text(TOLD).first).to_be_visible()
    expect(alice.page.get_by_text("You are the only one here")).to_be_visible()
    words = words_in(alice)
    assert words != link.split("#")[1]
    alice.page.goto(page)
    expect(alice.page.get_by_label("Invitation link")).to_have_value(f"{link.split('#')[0]}#{words}")
