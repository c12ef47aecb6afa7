"""Walk through the room with the keyboard alone, as people do who have no mouse, and watch where the focus goes.

Build the harness first, as look.py says; then `python client/tests/ui/habits.py DIR`. An assertion names what is wrong.
"""

from __future__ import annotations

import re
import shutil
import sys

from look import PHONE, WIDE, opened, served
from playwright.sync_api import Page, expect, sync_playwright

MAX_TABS = 40  # more stops than the room has


def focused(page: Page) -> str:
    """Return the name of what has the focus, as far as a person would call it."""
    return str(page.evaluate("document.activeElement?.ariaLabel ?? document.activeElement?.innerText ?? ''")).strip()


def must(is_so: object, otherwise: str) -> None:
    """Stop the walk where something is not as it should be."""
    if not is_so:
        raise AssertionError(otherwise)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called `name` has the focus."""
    for _ in range(MAX_TABS):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by keyboard")


def unfold(page: Page, name: str) -> bool:
    """Open what stands behind "More" if `name` is among it; return whether it is."""
    if page.get_by_role("button", name=name, exact=True).is_visible():
        return False
    tab_to(page, "More")
    page.keyboard.press("Enter")
    return True


def door(page: Page, address: str) -> None:
    """Without a name, with wrong words, with the right ones: each step tells what to do and leads on."""
    page.goto(f"{address}?scene=join")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Please type the name")).to_be_visible()
    page.keyboard.type("Carol")
    page.get_by_label("Meeting words").focus()
    page.keyboard.type("only three words")
    page.keyboard.press("Enter")
    expect(page.get_by_text("these are 3")).to_be_visible()
    expect(page.get_by_label("Meeting words")).to_be_focused()
    page.get_by_label("Meeting words").fill("https://host/j/481-516-234#cobalt-relay-onion-siren-tulip-zebra")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    must(page.url.endswith("#cobalt-relay-onion-siren-tulip-zebra"), "the words are not kept for a reload")
    must(page.evaluate("localStorage.getItem('conclave.name')") == "Carol", "the name is not remembered")


def panels(page: Page, address: str) -> None:
    """Each panel takes the focus, and Escape gives it back to the button that opened it."""
    page.goto(f"{address}?scene=crowd")
    for name in ("Chat", "Participants", "Security"):
        is_away = unfold(page, name)
        tab_to(page, name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        if not is_away:
            expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-expanded", "true")
        expect(page.locator(".panel:focus-within")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="More" if is_away else name, exact=True)).to_be_focused()


def chat(page: Page, address: str) -> None:
    """Shift + Enter starts a line, Enter sends; markup stays text; links are safe; opening the panel is reading."""
    page.goto(f"{address}?scene=shared")
    must(page.title().startswith("(4) "), "the title does not count the unread")
    page.get_by_role("button", name="Chat").press("Enter")
    field = page.get_by_label("Message", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("<img src=x> https://example.org")
    page.keyboard.press("Enter")
    expect(field).to_have_value("")
    must(
        page.evaluate("harness.fake.commands.at(-1).text") == "one\n<img src=x> https://example.org",
        "what was typed is not what was sent",
    )
    link = page.get_by_role("link", name="https://example.org").last
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    must(page.locator(".log img").count() == 0, "markup in a message has become an element")
    page.get_by_role("log").press("End")
    expect(page).to_have_title(re.compile(r"^Quarterly"))
    field.fill("x" * 4001)
    expect(page.get_by_text("1 character too many")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Try again").click()
    must(page.evaluate("harness.fake.commands.at(-1).type") == "resend", "a message is not sent again")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save chat").click()
    must(download.value.suggested_filename == "chat-481-516-234.txt", "the file has another name")


def knocks(page: Page, address: str) -> None:
    """A knock is answered by keyboard, each by itself or all whom one sees; the focus is never lost."""
    page.goto(f"{address}?scene=knock")
    tab_to(page, "Admit")
    page.keyboard.press("Enter")
    must(
        page.evaluate("JSON.stringify(harness.fake.commands.at(-1))")
        == '{"type":"admit","participants":["e417000000000000"]}',
        "somebody else was admitted",
    )
    expect(page.get_by_role("button", name="Participants")).to_be_focused()
    page.goto(f"{address}?scene=knocks")
    tab_to(page, "See who")
    page.keyboard.press("Enter")
    tab_to(page, "Admit all")
    page.keyboard.press("Enter")
    must(page.evaluate("harness.fake.commands.at(-1).participants.length") == 2, "not all were admitted")


def hands(page: Page, address: str) -> None:
    """Hand and reactions by keyboard; Escape puts the reactions away and nothing else."""
    page.goto(f"{address}?scene=live&panel=people")
    unfold(page, "Raise hand")
    tab_to(page, "Raise hand")
    page.keyboard.press("Enter")
    must(page.evaluate("harness.fake.commands.at(-1).isUp"), "the hand is not raised")
    unfold(page, "React")
    tab_to(page, "React")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Thumbs up")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Thumbs up")).to_be_hidden()
    expect(page.get_by_role("button", name="React")).to_be_focused()
    expect(page.get_by_role("region", name="Participants", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    must(page.evaluate("harness.fake.commands.at(-1).reaction") == "❤️", "another sign was sent")
    expect(page.get_by_role("button", name="Thumbs up")).to_be_hidden()


def dialogs(page: Page, address: str) -> None:
    """Escape changes nothing and gives the focus back; only the clear word acts."""
    page.goto(f"{address}?scene=crowd")
    tab_to(page, "End meeting for all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="End meeting for all")).to_be_focused()
    page.get_by_role("button", name="Participants").click()
    bob = page.get_by_role("listitem").filter(has_text="Bob")
    bob.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove from meeting").click()
    must(page.evaluate("harness.fake.commands.at(-1).participant") == "b0b0000000000000", "another person was removed")
    page.get_by_role("button", name="End meeting for all").click()
    page.get_by_role("dialog").get_by_role("button", name="End meeting", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("The meeting has ended")).to_be_visible()


def connection(page: Page, address: str) -> None:
    """The test of the connection is behind "More", says what it found, and gives the focus back."""
    page.goto(f"{address}?scene=live")
    tab_to(page, "More")
    page.keyboard.press("Enter")
    tab_to(page, "Connection")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Connection")
    expect(dialog.get_by_text("Your network blocks UDP")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="More", exact=True)).to_be_focused()


def screens(page: Page, address: str) -> None:
    """Choosing another screen hands the worker a new surface and takes the old one back."""
    page.goto(f"{address}?scene=several")
    expect(page.get_by_label("Screen shared by Bob")).to_be_visible()
    page.get_by_role("button", name="Carol Çelik").press("Enter")
    expect(page.get_by_role("img", name="Screen shared by Carol Çelik")).to_be_visible()
    placed = page.evaluate(
        "harness.fake.commands.filter(c => c.type === 'surface').map(c => [c.device.slice(0, 2), c.surface !== null])"
    )
    must(sorted(placed) == sorted([["b0", True], ["b0", False], ["ca", True]]), f"surfaces: {placed}")


def coming_back(page: Page, address: str) -> None:
    """Wrong words lead back to the door, with the name kept and the words asked for."""
    page.goto(f"{address}?scene=over-wrong-words")
    page.get_by_role("button", name="Type the words again").press("Enter")
    expect(page.get_by_label("Meeting words")).to_be_focused()
    expect(page.get_by_label("Your name")).to_have_value("Alice Adler")


def main(folder: str) -> None:
    """Walk all walks, at a desk and on a phone."""
    with sync_playwright() as play, served(folder) as address:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for size in (WIDE, PHONE):
            for habit in (
                door,
                panels,
                knocks,
                hands,
                dialogs,
                connection,
                screens,
                coming_back,
                *([chat] if size == WIDE else []),
            ):
                with opened(browser, size, "light") as page:
                    habit(page, address)
                    sys.stdout.write(f"{habit.__name__} at {size[0]} px: as it should be\n")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
