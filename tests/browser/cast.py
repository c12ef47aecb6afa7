"""The people of the browser tests: what they do, in the words of what they see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import Page, Request, expect

if TYPE_CHECKING:
    from tests.browser.server import Server

PASSWORD = "correct horse battery staple 7"  # noqa: S105  (of people who exist only here)
PICTURE_TIMEOUT_MS = 30_000

# What browsers themselves print when a server goes away on purpose, or a page answers 404 or 410 as it should.
NOT_A_FAULT = re.compile(r"Failed to load resource|WebSocket connection to|net::ERR_|WebTransport|QUIC")


@dataclass
class Person:
    """Somebody with a browser window."""

    name: str
    page: Page
    server: Server
    faults: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.name}: {error}"))
        self.page.on("crash", lambda _: self.faults.append(f"{self.name}: the tab crashed"))
        self.page.on("request", lambda request: self.requests.append(request))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not NOT_A_FAULT.search(text):
            self.faults.append(f"{self.name}: {text}")

    # --- on the site ----------------------------------------------------------

    def sign_up(self) -> None:
        """Create an account, follow the mailed link, sign in."""
        page, email = self.page, f"{self.name.lower()}@example.org"
        page.goto(f"{self.server.origin}/accounts/signup/")
        page.get_by_label("First name").fill(self.name)
        page.get_by_label("Last name").fill("Example")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Create account").click()
        page.goto(self.server.verification_link(email))
        confirm = page.get_by_role("button", name=re.compile("confirm", re.IGNORECASE))
        if confirm.count():
            confirm.click()
        if not page.get_by_role("button", name="Sign out").count():
            self.sign_in()

    def sign_in(self) -> None:
        page = self.page
        page.goto(f"{self.server.origin}/accounts/login/")
        page.get_by_label("Email").fill(f"{self.name.lower()}@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/meetings/"))

    def meet_now(self) -> str:
        """Make a meeting and return its invitation link, words included."""
        page = self.page
        page.goto(f"{self.server.origin}/meetings/")
        page.get_by_role("button", name="Meet now").or_(page.get_by_role("link", name="Meet now")).first.click()
        link = page.get_by_label("Invitation link")
        expect(link).to_have_value(re.compile(r"/j/\d{3}-\d{3}-\d{3}#([a-z]+-){5}[a-z]+$"))
        return link.input_value()

    def start_meeting(self) -> None:
        """Go from the meeting's page into the room."""
        start = self.page.get_by_role("button", name="Start meeting").or_(
            self.page.get_by_role("link", name="Start meeting")
        )
        start.first.click()
        self.join()

    # --- in the room ----------------------------------------------------------

    def open(self, link: str) -> None:
        self.page.goto("about:blank")
        self.page.goto(link)

    def join(self) -> None:
        """Enter from the join page."""
        name = self.page.get_by_label("Your name")
        name.fill(self.name)
        self.page.get_by_role("button", name="Join", exact=True).click()
        expect(self.button("Leave")).to_be_visible()

    def button(self, name: str | re.Pattern[str]):
        return self.page.get_by_role("button", name=name)

    def show(self, panel: str) -> None:
        """Open a panel of the room, unless it is open."""
        toggle = self.button(re.compile(rf"^{panel}"))
        more = self.page.get_by_role("button", name="More", exact=True)
        if more.is_visible() and not toggle.is_visible():
            more.click()
        if toggle.get_attribute("aria-expanded") != "true" and toggle.get_attribute("aria-pressed") != "true":
            toggle.click()

    def say(self, text: str) -> None:
        self.show("Chat")
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def share_screen(self) -> None:
        self.button("Share screen").click()
        expect(self.button("Stop sharing").first).to_be_visible()

    def picture_of(self, presenter: str):
        """The picture that this person sees of somebody's screen."""
        return self.page.get_by_label(f"Screen shared by {presenter}").first

    def safety_words(self) -> str:
        self.show("Security")
        words = self.page.get_by_role("region", name="Safety words")
        expect(words).to_be_visible()
        return words.inner_text()
