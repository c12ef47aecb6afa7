"""Wrong numbers, words, tickets and browsers: a sentence, a way on, and nobody else notices."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite

OTHER_WORDS = "abacus-abdomen-abdominal-abide-abiding-ability"


@pytest.mark.parametrize("number", ["999-999-999", "12", "abc-def-ghi"])
def test_an_unknown_number_gets_a_sentence_and_a_field(invite: Invite, number: str) -> None:
    carol = invite("Carol")
    carol.page.goto(f"{carol.server.origin}/j/{number}")
    expect(carol.page.get_by_role("heading", level=1)).to_be_visible()
    expect(carol.page.get_by_label(re.compile("Meeting number"))).to_be_visible()


def test_wrong_words_are_told_before_anyone_notices(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    alice.show("Participants")
    carol = invite("Carol")
    carol.open(link.split("#")[0] + "#" + OTHER_WORDS)
    carol.page.get_by_label("Your name").fill("Carol")
    words = carol.page.get_by_label("Meeting words")
    expect(words).to_be_visible()
    words.fill(OTHER_WORDS.replace("-", " "))
    carol.button("Join").click()
    expect(carol.page.get_by_text(re.compile("words", re.I)).first).to_be_visible()
    expect(carol.button("Leave")).to_have_count(0)
    expect(alice.page.get_by_role("listitem").filter(has_text="Carol")).to_have_count(0)

    words.fill("  " + link.split("#")[1].replace("-", "  ").upper())
    carol.button("Join").click()
    expect(carol.button("Leave")).to_be_visible()
    expect(alice.page.get_by_role("listitem").filter(has_text="Carol")).to_be_visible()


def test_a_link_without_words_asks_for_them(alice: Person, invite: Invite) -> None:
    link, words = alice.meet_now().split("#")
    carol = invite("Carol")
    carol.open(link)
    carol.page.get_by_label("Your name").fill("Carol")
    carol.page.get_by_label("Meeting words").fill(words)
    carol.button("Join").click()
    expect(carol.button("Leave")).to_be_visible()


def test_a_second_tab_takes_over_from_the_first(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob")
    bob.open(link)
    bob.join()
    second = Person("Bob", bob.page.context.new_page(), bob.server)
    second.open(link)
    second.join()
    expect(bob.page.get_by_text(re.compile("another tab|other tab|another window", re.I)).first).to_be_visible()
    alice.show("Participants")
    expect(alice.page.get_by_role("listitem").filter(has_text="Bob")).to_have_count(1)
    assert second.faults == []


@pytest.mark.parametrize("missing", ["VideoEncoder", "OffscreenCanvas"])
def test_a_browser_that_cannot_is_told_so(alice: Person, invite: Invite, missing: str) -> None:
    link = alice.meet_now()
    carol = invite("Carol")
    carol.page.add_init_script(f"delete globalThis.{missing}")
    carol.open(link)
    expect(carol.page.get_by_text(re.compile("browser", re.I)).first).to_be_visible()
    expect(carol.button("Leave")).to_have_count(0)


def test_a_message_that_is_too_long_cannot_be_sent(alice: Person) -> None:
    alice.meet_now()
    alice.start_meeting()
    alice.show("Chat")
    field = alice.page.get_by_label("Message", exact=True)
    field.fill("x" * 4_200)
    send = alice.page.get_by_role("button", name="Send", exact=True)
    if send.is_enabled():
        send.click()
    assert len(field.input_value()) <= 4_200
    expect(alice.page.get_by_text("x" * 4_200)).to_have_count(0)


def test_the_organizer_removes_somebody_who_is_told_and_stays_out(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    dave = invite("Dave")
    dave.open(link)
    dave.join()
    alice.show("Participants")
    words = alice.page.get_by_role("listitem").filter(has_text="Dave")
    expect(words).to_be_visible()
    words.get_by_role("button", name="Remove", exact=True).click()
    alice.page.get_by_role("dialog").get_by_role("button", name=re.compile("Remove")).click()
    expect(dave.page.get_by_text(re.compile("removed", re.I)).first).to_be_visible()
    expect(words).to_have_count(0)
    dave.open(link)
    dave.page.get_by_label("Your name").fill("Dave")
    dave.button("Join").click()
    expect(dave.page.get_by_text(re.compile("removed", re.I)).first).to_be_visible()
    expect(words).to_have_count(0)
