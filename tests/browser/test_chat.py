"""Chat beyond the main story: to one person alone, and answers."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite


def test_a_private_message_is_read_by_one_person_and_answered_as_privately(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob, carol = invite("Bob"), invite("Carol")
    for person in (bob, carol):
        person.open(link)
        person.join()
        person.safety_words()
        person.show("Chat")
    alice.show("Chat")
    readers = alice.page.get_by_label("To", exact=True)
    expect(readers.get_by_role("option")).to_have_text(["Everyone", "Bob", "Carol"])
    readers.select_option(label="Bob")
    expect(alice.page.get_by_text("Only Bob can read this.")).to_be_visible()
    alice.say("Shall we tell Carol?")

    heard = bob.page.get_by_role("article").filter(has_text="Shall we tell Carol?")
    expect(heard).to_contain_text("only to you")
    heard.hover()
    heard.get_by_role("button", name="Reply").click()
    expect(bob.page.get_by_text("Only Alice can read this.")).to_be_visible()
    bob.say("Not yet.")
    answer = alice.page.get_by_role("article").filter(has_text="Not yet.")
    expect(answer).to_contain_text("only to you")
    expect(answer.get_by_role("button", name="Shall we tell Carol?")).to_be_visible()

    readers.select_option(label="Everyone")
    alice.say("For all of us.")
    expect(carol.page.get_by_text("For all of us.")).to_be_visible()
    expect(carol.page.get_by_role("article")).to_have_count(1)


def test_a_draft_for_somebody_who_leaves_is_not_sent_to_everyone(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob")
    bob.open(link)
    bob.join()
    bob.safety_words()
    alice.show("Chat")
    alice.page.get_by_label("To", exact=True).select_option(label="Bob")
    alice.page.get_by_label("Message", exact=True).fill("Between us")
    bob.button("Leave").click()
    expect(alice.page.get_by_text("Bob is not here now. Choose who shall read this.")).to_be_visible()
    expect(alice.page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(alice.page.get_by_label("Message", exact=True)).to_have_value("Between us")


def test_a_file_is_offered_taken_whole_and_withdrawn(alice: Person, invite: Invite, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 + b"the end"  # 1 MiB: more pieces than the first run has
    report = tmp_path / "report.bin"
    report.write_bytes(content)
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob")
    bob.open(link)
    bob.join()
    bob.safety_words()
    alice.show("Chat")
    with alice.page.expect_file_chooser() as choice:
        alice.button("Send file").click()
    choice.value.set_files(report)

    bob.show("Chat")
    offer = bob.page.get_by_role("article").filter(has_text="report.bin")
    expect(offer).to_contain_text("1 MB")
    with bob.page.expect_download() as download:
        offer.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "report.bin"
    assert Path(download.value.path()).read_bytes() == content
    expect(offer.get_by_role("button", name="Save again")).to_be_visible()

    alice.page.get_by_role("article").filter(has_text="report.bin").get_by_role("button", name="Withdraw").click()
    expect(alice.page.get_by_text("report.bin")).to_have_count(0)


def test_a_file_that_is_too_large_is_told(alice: Person, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(b"\0" * 25_000_001)
    alice.meet_now()
    alice.start_meeting()
    alice.show("Chat")
    with alice.page.expect_file_chooser() as choice:
        alice.button("Send file").click()
    choice.value.set_files(large)
    expect(alice.page.get_by_text("larger than 25 MB")).to_be_visible()
