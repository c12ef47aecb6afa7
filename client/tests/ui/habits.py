"""Walk through the room with the keyboard alone, as people do who have no mouse, and watch where the focus goes.

Build the harness first, as look.py says; then `python client/tests/ui/habits.py DIR`. An assertion names what is wrong.
"""

from __future__ import annotations

import re
import shutil
import sys

from look import FLAGS, PHONE, WIDE, opened, served
from playwright.sync_api import Page, TimeoutError, expect, sync_playwright

MAX_TABS = 40  # more stops than the room has
PATIENCE_MS = 5000  # as long as Playwright waits for what it expects


def focused(page: Page) -> str:
    """Return the name of what has the focus, as far as a person would call it."""
    return str(page.evaluate("document.activeElement?.ariaLabel ?? document.activeElement?.innerText ?? ''")).strip()


def must(is_so: object, otherwise: str) -> None:
    """Stop the walk where something is not as it should be."""
    if not is_so:
        raise AssertionError(otherwise)


def comes(page: Page, condition: str, otherwise: str, *, arg: object = None) -> None:
    """Wait until `condition`, in the page's own language, is so."""
    try:
        page.wait_for_function(condition, arg=arg, timeout=PATIENCE_MS)
    except TimeoutError as error:
        raise AssertionError(otherwise) from error


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
    comes(page, "localStorage.getItem('conclave.name') === 'Carol'", "the name is not remembered")


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
    comes(
        page,
        "(text) => harness.fake.commands.at(-1).text === text",
        "what was typed is not what was sent",
        arg="one\n<img src=x> https://example.org",
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
    comes(page, "harness.fake.commands.at(-1).type === 'resend'", "a message is not sent again")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save chat").click()
    must(download.value.suggested_filename == "chat-481-516-234.txt", "the file has another name")


def knocks(page: Page, address: str) -> None:
    """A knock is answered by keyboard, each by itself or all whom one sees; the focus is never lost."""
    page.goto(f"{address}?scene=knock")
    tab_to(page, "Admit")
    page.keyboard.press("Enter")
    comes(
        page,
        "(sent) => JSON.stringify(harness.fake.commands.at(-1)) === sent",
        "somebody else was admitted",
        arg='{"type":"admit","participants":["e417000000000000"]}',
    )
    expect(page.get_by_role("button", name="Participants")).to_be_focused()
    page.goto(f"{address}?scene=knocks")
    tab_to(page, "See who")
    page.keyboard.press("Enter")
    tab_to(page, "Admit all")
    page.keyboard.press("Enter")
    comes(page, "harness.fake.commands.at(-1).participants.length === 2", "not all were admitted")


def hands(page: Page, address: str) -> None:
    """Hand and reactions by keyboard; Escape puts the reactions away and nothing else."""
    page.goto(f"{address}?scene=live&panel=people")
    unfold(page, "Raise hand")
    tab_to(page, "Raise hand")
    page.keyboard.press("Enter")
    comes(page, "harness.fake.commands.findLast(({ type }) => type === 'hand')?.isUp", "the hand is not raised")
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
    comes(page, "harness.fake.commands.at(-1).reaction === '❤️'", "another sign was sent")
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
    comes(page, "harness.fake.commands.at(-1).participant === 'b0b0000000000000'", "another person was removed")
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


def shortcuts(page: Page, address: str) -> None:
    """A sheet tells the keys; each does what it says, but not while somebody types or has switched them off."""
    page.goto(f"{address}?scene=cameras")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    told = sheet.locator("kbd").all_inner_texts()
    page.keyboard.press("c")
    expect(page.get_by_role("region", name="Chat", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("p")
    expect(page.get_by_role("region", name="Participants", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    comes(page, "harness.fake.commands.findLast(({ type }) => type === 'hand')?.isUp", "H raises no hand")
    page.keyboard.press("l")
    comes(page, "harness.model.layout.value === 'speaker'", "L does not change the layout")
    page.keyboard.press("v")
    page.wait_for_function("harness.model.camera.stream.value")
    page.keyboard.press("m")
    page.wait_for_function("harness.model.voice.muting.value === 'open'")
    page.keyboard.press("s")
    page.wait_for_function("harness.model.sharing.value === 'yes'")
    page.keyboard.press("s")
    page.wait_for_function("harness.model.sharing.value === 'no'")
    must(set(told) == {*"MVSCPHL?", "Space", "Esc"}, f"the sheet tells of {told}")
    page.keyboard.press("c")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("mvschl?")
    expect(page.get_by_label("Message", exact=True)).to_have_value("mvschl?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("checkbox", name="Single keys").uncheck()
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("p")
    expect(page.get_by_role("region", name="Participants", exact=True)).to_have_count(0)


def viewer(page: Page, address: str) -> None:
    """The shared screen grows by buttons, keys and wheel, is moved, and fits in again; it says how large it is."""
    page.goto(f"{address}?scene=shared")
    level = page.get_by_role("status").filter(has_text="%")
    frame, picture = page.locator(".picture-frame"), page.get_by_label("Screen shared by Bob")
    expect(level).to_contain_text("fitted in")
    fitted = picture.bounding_box()
    page.get_by_role("button", name="100 %").click()
    expect(level).to_have_text("100 %")
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(level).to_have_text("150 %")
    comes(
        page,
        "Math.round(document.querySelector('.picture-surface').offsetWidth * devicePixelRatio) === 1920",
        "150 % is not 150 %",
    )
    frame.evaluate("(frame) => frame.scrollTo(0, 0)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    comes(
        page,
        "(({ scrollLeft, scrollTop }) => scrollLeft > 0 && scrollTop > 0)(document.querySelector('.picture-frame'))",
        "arrows do not move the picture",
    )
    box = frame.bounding_box() or {}
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = frame.evaluate("(frame) => [frame.scrollLeft, frame.scrollTop]")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 50, middle[1] - 40, steps=4)
    page.mouse.up()
    after = frame.evaluate("(frame) => [frame.scrollLeft, frame.scrollTop]")
    must(after == [before[0] + 50, before[1] + 40], f"dragged from {before} to {after}")
    under = """(at) => {
        const box = document.querySelector('.picture-surface').getBoundingClientRect();
        return (at[0] - box.left) / box.width;
    }"""
    page.mouse.move(*middle)
    held = page.evaluate(under, middle)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -150)
    page.keyboard.up("Control")
    expect(level).to_have_text("212 %")
    must(abs(page.evaluate(under, middle) - held) < 0.002, "what is under the pointer does not stay there")
    page.keyboard.press("0")
    expect(level).to_contain_text("fitted in")
    must(picture.bounding_box() == fitted, "it does not fit in as before")
    expect(page.get_by_role("button", name="Smaller")).to_have_attribute("aria-disabled", "true")


def filled(page: Page, address: str) -> None:
    """A double click looks closer; the picture fills the display, and grows there too."""
    page.goto(f"{address}?scene=shared")
    level = page.get_by_role("status").filter(has_text="%")
    page.get_by_label("Screen shared by Bob").dblclick()
    expect(level).not_to_contain_text("fitted in")
    page.get_by_role("button", name="Fit", exact=True).click()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement?.className === 'picture'")
    page.keyboard.press("+")
    expect(level).not_to_contain_text("fitted in")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")


def pinch(page: Page, address: str) -> None:
    """Two fingers apart enlarge the picture, and one moves it."""
    page.goto(f"{address}?scene=shared")
    box = page.locator(".picture-frame").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def put(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": left, "y": top, "id": number} for number, (left, top) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    put("touchStart", (x - 20, y), (x + 20, y))
    for apart in (30, 50, 80, 100):
        put("touchMove", (x - apart, y), (x + apart, y))
    put("touchEnd")
    comes(
        page,
        "(width) => document.querySelector('.picture-surface').offsetWidth > 4 * width",
        "fingers do not enlarge it",
        arg=box["width"],
    )
    before = page.evaluate("document.querySelector('.picture-frame').scrollLeft")
    put("touchStart", (x, y))
    put("touchMove", (x - 30, y))
    put("touchEnd")
    comes(
        page,
        "(left) => document.querySelector('.picture-frame').scrollLeft === left",
        "a finger does not move it",
        arg=before + 30,
    )
    must(page.evaluate("visualViewport.scale") == 1, "the page has grown, not the picture")


def presenting(page: Page, address: str) -> None:
    """Whoever shares is told so in place of the picture, and sees it only on demand, in small."""
    page.goto(f"{address}?scene=presenting")
    expect(page.get_by_text("You are sharing your screen").first).to_be_visible()
    expect(page.locator("figure.picture")).to_have_count(0)
    tab_to(page, "Look at what is shared")
    page.keyboard.press("Enter")
    preview = page.get_by_label("What you share")
    page.wait_for_function("document.querySelector('.own-preview video')?.videoWidth > 0")
    box = preview.bounding_box() or {}
    must(box["width"] <= 384 and box["height"] <= 224, f"the preview is not small: {box}")
    expect(page.get_by_role("button", name="Look at what is shared")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(preview).to_have_count(0)


def screens(page: Page, address: str) -> None:
    """Choosing another screen hands the worker a new surface and takes the old one back."""
    page.goto(f"{address}?scene=several")
    expect(page.get_by_label("Screen shared by Bob")).to_be_visible()
    page.get_by_role("button", name="Carol Çelik").press("Enter")
    expect(page.get_by_role("img", name="Screen shared by Carol Çelik")).to_be_visible()
    comes(
        page,
        """() => {
            const placed = harness.fake.commands.filter((command) => command.type === 'surface');
            const told = placed.map(({ device, surface }) => device.slice(0, 2) + (surface ? ' given' : ' taken'));
            return told.sort().join() === 'b0 given,b0 taken,ca given';
        }""",
        "the surfaces are not where the pictures are",
    )


def coming_back(page: Page, address: str) -> None:
    """Wrong words lead back to the door, with the name kept and the words asked for."""
    page.goto(f"{address}?scene=over-wrong-words")
    page.get_by_role("button", name="Type the words again").press("Enter")
    expect(page.get_by_label("Meeting words")).to_be_focused()
    expect(page.get_by_label("Your name")).to_have_value("Alice Adler")


def main(folder: str) -> None:
    """Walk all walks, at a desk and on a phone."""
    with sync_playwright() as play, served(folder) as address:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*FLAGS, "--auto-select-desktop-capture-source=Entire screen"],
        )
        for size in (WIDE, PHONE):
            for habit in (
                door,
                panels,
                knocks,
                hands,
                dialogs,
                connection,
                presenting,
                screens,
                coming_back,
                *([chat, shortcuts, viewer, filled] if size == WIDE else [pinch]),
            ):
                with opened(browser, size, "light") as page:
                    habit(page, address)
                    sys.stdout.write(f"{habit.__name__} at {size[0]} px: as it should be\n")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
