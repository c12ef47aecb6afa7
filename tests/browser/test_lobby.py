"""Who comes in, and who may do what: the lobby, the lock, roles and hands, as people see them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite


def meet(alice: Person, *, lobby: bool = True, share: bool = True) -> str:
    """Alice begins a meeting with options of her choice; return its link."""
    link = alice.meet_now()
    meeting = alice.page.url
    alice.page.get_by_role("link", name="Change").first.click()
    alice.page.get_by_label("Lobby").set_checked(lobby)
    alice.page.get_by_label("Attendees may share their screen").set_checked(share)
    alice.page.get_by_role("button", name="Save").click()
    alice.page.goto(meeting)
    alice.start_meeting()
    return link


def knock(person: Person, link: str) -> None:
    person.open(link)
    person.page.get_by_label("Your name").fill(person.name)
    person.page.get_by_role("button", name="Join", exact=True).click()
    expect(person.page.get_by_role("heading", name="Waiting to be let in")).to_be_visible()


def is_inside(person: Person) -> None:
    expect(person.page.get_by_text("Connected, end-to-end encrypted")).to_be_visible()


def row(of: Person, name: str) -> Locator:
    of.show("Participants")
    return of.page.get_by_role("region", name="Participants").get_by_role("listitem").filter(has_text=name)


def test_the_organizer_admits_one_and_denies_another(alice: Person, invite: Invite) -> None:
    link = meet(alice)
    bob, mallory = invite("Bob"), invite("Mallory")
    knock(bob, link)
    toast = alice.page.get_by_role("region", name="Somebody knocks")
    expect(toast).to_contain_text("Bob wants to come in")
    expect(toast).to_contain_text("not signed in")
    toast.get_by_role("button", name="Admit", exact=True).click()
    is_inside(bob)
    expect(toast).to_have_count(0)
    knock(mallory, link)
    alice.say("not for mallory")
    expect(mallory.page.get_by_text("not for mallory")).to_have_count(0)
    alice.page.get_by_role("button", name="Deny", exact=True).click()
    expect(mallory.page.get_by_role("heading", name="You were not let in")).to_be_visible()
    expect(row(bob, "Alice")).to_contain_text("Verified")
    expect(row(bob, "Mallory")).to_have_count(0)


def test_all_who_wait_come_in_together_and_a_reload_needs_no_knock(alice: Person, invite: Invite) -> None:
    link = meet(alice)
    bob, carol = invite("Bob"), invite("Carol")
    knock(bob, link)
    knock(carol, link)
    alice.show("Participants")
    waiting = alice.page.get_by_role("region", name="Waiting in the lobby")
    expect(waiting.get_by_role("listitem")).to_have_count(2)
    waiting.get_by_role("button", name="Admit all").click()
    for person in (bob, carol):
        is_inside(person)
    bob.page.reload()
    bob.join()
    is_inside(bob)


def test_who_waits_can_leave_and_is_not_waited_for(alice: Person, invite: Invite) -> None:
    link = meet(alice)
    bob = invite("Bob")
    knock(bob, link)
    toast = alice.page.get_by_role("region", name="Somebody knocks")
    expect(toast).to_be_visible()
    bob.page.get_by_role("button", name="Leave").click()
    expect(bob.page.get_by_role("heading", name="You left the meeting")).to_be_visible()
    expect(toast).to_have_count(0)


def test_a_locked_meeting_lets_nobody_new_in(alice: Person, invite: Invite) -> None:
    link = meet(alice, lobby=False)
    bob, dave = invite("Bob"), invite("Dave")
    bob.open(link)
    bob.join()
    is_inside(bob)
    alice.show("Participants")
    alice.page.get_by_role("button", name="Lock meeting").click()
    expect(bob.page.get_by_text("Locked", exact=True)).to_be_visible()
    dave.open(link)
    dave.page.get_by_label("Your name").fill("Dave")
    dave.page.get_by_role("button", name="Join", exact=True).click()
    expect(dave.page.get_by_role("heading", name="The meeting is locked")).to_be_visible()
    alice.page.get_by_role("button", name="Unlock meeting").click()
    expect(bob.page.get_by_text("Locked", exact=True)).to_have_count(0)
    dave.page.get_by_role("button", name="Try again").click()
    is_inside(dave)


def test_an_attendee_shares_a_screen_once_made_presenter(alice: Person, invite: Invite) -> None:
    link = meet(alice, lobby=False, share=False)
    bob = invite("Bob", presents=True)
    bob.open(link)
    bob.join()
    is_inside(bob)
    expect(bob.button("Share screen")).to_have_count(0)
    row(alice, "Bob").get_by_role("button", name="Make presenter").click()
    bob.share_screen()
    expect(alice.picture_of("Bob")).to_be_visible()
    row(alice, "Bob").get_by_role("button", name="Make attendee").click()
    expect(bob.button("Share screen")).to_have_count(0)
    expect(bob.button("Stop sharing")).to_have_count(0)
    expect(alice.picture_of("Bob")).to_have_count(0)


def test_hands_are_seen_in_order_and_lowered_by_the_organizer(alice: Person, invite: Invite) -> None:
    link = meet(alice, lobby=False)
    bob, carol = invite("Bob"), invite("Carol")
    for person in (bob, carol):
        person.open(link)
        person.join()
        is_inside(person)
    carol.button("Raise hand").click()
    expect(row(alice, "Carol")).to_contain_text("hand raised, number 1")
    bob.button("Raise hand").click()
    expect(row(alice, "Bob")).to_contain_text("hand raised, number 2")
    row(alice, "Carol").get_by_role("button", name="Lower hand").click()
    expect(carol.button("Raise hand")).to_be_visible()
    expect(row(bob, "Bob")).to_contain_text("hand raised, number 1")
    carol.button("React").click()
    carol.button("Clapping").click()
    expect(alice.page.get_by_text(re.compile("Carol: Clapping"))).to_have_count(1)
