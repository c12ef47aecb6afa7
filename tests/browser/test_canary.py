"""Eve with a full copy of the server: marked strings are where the register says, and nowhere else."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.capture import Wire, files_with, is_in_memory, spellings
from tests.browser.cast import PASSWORD, Person
from tests.browser.conftest import Invite
from tests.browser.helper import Helper
from tests.browser.screens import Screen, Window
from tests.browser.server import Server, WaitFor
from tests.browser.test_control import click, hand_over
from tests.browser.test_meeting import PICTURE_TIMEOUT_MS

# How a stream of H.264 in Annex B begins: start code, sequence parameter set, baseline profile.
H264_START = [b"\x00\x00\x00\x01\x67\x42"]


def is_in_a_page(marks: list[bytes]) -> bool:
    """Whether a page of any running browser has one of the marks in its memory."""
    pages = (p for p in psutil.process_iter(["cmdline"]) if "--type=renderer" in (p.info["cmdline"] or []))
    return any(is_in_memory(marks, page) for page in pages)


@pytest.mark.requirement(4)
@pytest.mark.requirement(7)
@pytest.mark.requirement(9)
@pytest.mark.requirement(19)
@pytest.mark.requirement(82)
def test_marked_strings_are_nowhere_in_the_server(
    tmp_path: Path, invite: Invite, viewer_browser: Browser, presenter_screen: Screen
) -> None:
    token = secrets.token_hex(6)
    screen, chat, log, subject, keys = (
        f"canary-{kind}-{token}" for kind in ("screen", "chat", "log", "subject", "keys")
    )
    server = Server.start(tmp_path / "instance")
    wire = Wire.listen(tmp_path / "wire.pcap", ports=[server.instance.port, server.instance.live_port])
    helper = Helper.start(presenter_screen, tmp_path / "helper.log")
    window = Window.show(presenter_screen, title=f"{log}.txt", text=f"{screen}\\n" * 10)
    try:
        alice, bob = invite("Alice", on=server), invite("Bob", presents=True, on=server)
        meet_about(subject, alice, bob)
        say_and_show(chat, alice, bob)
        type_by_control(keys, alice, bob, helper)
        save_chat_as(tmp_path / f"{log}-chat.txt", alice)

        hidden = [mark for text in (screen, chat, log, keys) for mark in spellings(text)] + H264_START
        for process in server.processes():
            assert not is_in_memory(hidden, process), process.cmdline()
        assert is_in_a_page(spellings(chat)), "the search itself would have found nothing"
        assert is_in_a_page(spellings(keys)), "nobody typed"
        assert is_in_a_page(H264_START), "the search itself would have found no picture"

        assert not is_in_memory(spellings(subject), server.part("live"))
    finally:
        helper.stop()
        window.close()
        server.stop()
        packets = wire.stop()
    assert len(packets) > 100_000, "the capture saw the meeting"
    assert keeps_a_record(server), "there is a session record to search"
    assert not [mark for mark in hidden if mark in packets]
    assert files_with([*hidden[:-1], *spellings(subject)], server.data) == [], "the site seals subjects, too"
    printed = "".join(server.output)
    for secret in (screen, chat, log, subject, keys, PASSWORD, "alice@example.org", "Alice"):
        assert secret not in printed


def type_by_control(keys: str, alice: Person, bob: Person, helper: Helper) -> None:
    """Alice controls Bob's computer and types: whatever takes it there, the server has carried it."""
    hand_over(bob, alice, helper)
    click(alice, (0.9, 0.9))
    alice.page.keyboard.insert_text(keys)
    alice.page.get_by_role("button", name="Stop control").click()
    WaitFor(lambda: helper.said("Nobody controls this computer any more"))()


def keeps_a_record(server: Server) -> bool:
    """Whether sizes and times of the meeting lie in the database, or on their way to it."""
    with closing(sqlite3.connect(server.instance.database)) as database:
        kept = database.execute("select count(*) from meetings_stretch where length(objects_sent) > 1").fetchone()[0]
    return kept > 0 or any(server.instance.record_spool.glob("*.jws"))


def meet_about(subject: str, alice: Person, bob: Person) -> None:
    alice.sign_up()
    alice.page.goto(f"{alice.server.origin}/meetings/")
    alice.page.get_by_role("link", name="Schedule a meeting").or_(
        alice.page.get_by_role("button", name="Schedule a meeting")
    ).first.click()
    alice.page.get_by_label("Subject").fill(subject)
    alice.page.get_by_role("button", name="Schedule", exact=True).click()
    link = alice.page.get_by_label("Invitation link").input_value()
    alice.start_meeting()
    bob.open(link)
    bob.join()


def say_and_show(chat: str, alice: Person, bob: Person) -> None:
    bob.share_screen()
    expect(alice.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    alice.say(chat)
    bob.show("Chat")
    expect(bob.page.get_by_text(chat)).to_be_visible()


def save_chat_as(path: Path, person: Person) -> None:
    with person.page.expect_download() as download:
        person.button("Save chat").click()
    download.value.save_as(path)
    assert "canary-chat" in path.read_text()
